import { expect } from '@open-wc/testing';
import { createStore, values } from 'idb-keyval';
import { browserNetwork, keepScreenAwake, promptBeforeUnload, xhr } from '../../widget/browser/index.ts';
import { Uploader } from '../../widget/core/index.ts';
import { MiB, textFile, videoFile } from '../fixtures/files.ts';
import { type RemoteServers, sha256, startRemoteServers } from '../fixtures/remote-servers.ts';
import { until } from '../fixtures/wait.ts';

/** WebKit under automation stores no files in IndexedDB. */
const KEEPS_FILES = !/AppleWebKit(?!.*Chrome)/.test(navigator.userAgent);

interface HeadlessPage {
  /** Keys that the example logged. */
  readonly keys: string[];
  readonly rows: () => string[];
  pick(...files: File[]): void;
  /** Whether the browser would ask before the page is left. */
  asksBeforeUnload(): boolean;
  readonly resources: () => string[];
  close(): void;
}

describe('The README’s example of the queue without the element', () => {
  let servers: RemoteServers;
  const frames: HTMLIFrameElement[] = [];
  before(async () => {
    servers = await startRemoteServers({ multipartFrom: 6 * MiB, partSize: 5 * MiB });
  });
  beforeEach(() => Promise.all([servers.storage.reset(), servers.signer.reset()]));
  afterEach(() => {
    for (const frame of frames.splice(0)) frame.remove();
  });
  after(() => servers.close());

  async function openPage(): Promise<HeadlessPage> {
    const frame = Object.assign(document.createElement('iframe'), { src: servers.headlessPageUrl });
    const loaded = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }));
    document.body.append(frame);
    frames.push(frame);
    await loaded;
    const page = frame.contentWindow as Window & typeof globalThis & { logged: string[] };
    // WebKit fires `load` before the modules have run
    await until('the script', () => page.document.body.dataset['state'] === 'ready');
    const input = page.document.querySelector<HTMLInputElement>('#files')!;
    return {
      keys: page.logged,
      rows: () => [...page.document.querySelectorAll('#list li')].map(({ textContent }) => textContent),
      pick(...files) {
        const transfer = new page.DataTransfer();
        for (const file of files) transfer.items.add(file);
        input.files = transfer.files;
        input.dispatchEvent(new page.Event('change'));
      },
      asksBeforeUnload() {
        const event = new page.Event('beforeunload', { cancelable: true });
        page.dispatchEvent(event);
        return event.defaultPrevented;
      },
      resources: () => page.performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname),
      close: () => frame.remove(),
    };
  }

  it('uploads picked files, whole and in parts, with checksums from a worker', async () => {
    const page = await openPage();
    const files = [videoFile(1000, 'short.mp4'), videoFile(10 * MiB, 'long.mp4')];
    page.pick(...files);
    await until('both files', () => page.keys.length === 2);
    await until('both rows', () => page.rows().join() === 'short.mp4: done,long.mp4: done');
    const stored = await Promise.all(page.keys.map((key) => servers.storedObject(key)));
    expect(stored.map((object) => object?.sha256)).to.have.members(await Promise.all(files.map(sha256)));
    const { requests } = await servers.storage.readLog();
    expect(requests.filter(({ headers }) => headers['x-amz-checksum-crc32'])).to.have.lengthOf(2);
    expect(page.resources()).to.include('/dist/browser/checksum-worker.js');
    expect(page.resources()).not.to.include('/dist/core/checksum.js');
  });

  it('asks before the page is left during an upload, and resumes it after a reload', async () => {
    const first = await openPage();
    const file = videoFile(15 * MiB, 'film.mp4', 1_700_000_000_000);
    const stalled = [2, 3].map((part) => ({ do: 'stall', at: { share: 0.5 }, path: `partNumber=${part}` }) as const);
    await servers.storage.setFaults(...stalled);
    expect(first.asksBeforeUnload()).to.equal(false);
    first.pick(file);
    await until('the prompt', first.asksBeforeUnload);
    await until('one part', async () => (await sentParts()).some(({ status }) => status === 200));
    await until('the record', async () => {
      const [record] = await values<{ file?: File }>(createStore('s3-uploader', 'uploads'));
      return KEEPS_FILES ? record?.file : record;
    });
    first.close();
    await servers.storage.reset();

    const second = await openPage();
    await until('the unfinished upload', () => second.rows().length === 1);
    if (!KEEPS_FILES) second.pick(file);
    await until('the upload', () => second.keys.length === 1);
    expect((await servers.storedObject(second.keys[0]!))?.sha256).to.equal(await sha256(file));
    const again = (await sentParts()).filter(({ path }) => /partNumber=1\b/.test(path));
    expect(again, 'requests for the stored part').to.deep.equal([]);
    await until('no prompt', () => !second.asksBeforeUnload());
  });

  const sentParts = async () =>
    (await servers.storage.readLog()).requests.filter(({ path }) => path.includes('partNumber='));
});

describe('An aborted signal', () => {
  /** A queue with a file that is never signed, and so stays pending. */
  async function pendingQueue(): Promise<Uploader> {
    const queue = new Uploader({ sign: () => new Promise(() => {}), send: xhr });
    await queue.add([textFile()]);
    return queue;
  }

  it('ends the prompt of promptBeforeUnload()', async () => {
    const asks = (): boolean => !dispatchEvent(new Event('beforeunload', { cancelable: true }));
    const queue = await pendingQueue();
    const controller = new AbortController();
    promptBeforeUnload(queue, controller.signal);
    expect(asks()).to.equal(true);
    controller.abort();
    expect(asks()).to.equal(false);
    queue.destroy();
  });

  it('releases the lock of keepScreenAwake()', async () => {
    const queue = await pendingQueue();
    const controller = new AbortController();
    const { request } = navigator.wakeLock;
    let requests = 0;
    let releases = 0;
    const lock = { released: false, release: () => Promise.resolve(void (releases += 1)) };
    navigator.wakeLock.request = async () => {
      requests += 1;
      return lock as unknown as WakeLockSentinel;
    };
    try {
      keepScreenAwake(queue, { signal: controller.signal });
      await until('the lock', () => requests === 1);
      controller.abort();
      await until('the release', () => releases === 1);
      expect(requests).to.equal(1);
    } finally {
      navigator.wakeLock.request = request;
    }
    queue.destroy();
  });

  it('ends the events of browserNetwork()', () => {
    const controller = new AbortController();
    const network = browserNetwork(controller.signal);
    let wakes = 0;
    network.addEventListener('wake', () => (wakes += 1));
    dispatchEvent(new Event('online'));
    controller.abort();
    dispatchEvent(new Event('online'));
    expect(wakes).to.equal(1);
  });
});
