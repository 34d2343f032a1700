import { expect } from '@open-wc/testing';
import { executeServerCommand } from '@web/test-runner-commands';
import { createStore, entries, set } from 'idb-keyval';
import type { S3UploaderElement } from '../../widget/element/s3-uploader.ts';
import { resumeStore } from '../../widget/browser/resume-store.ts';
import type { Commands } from '../runner/commands.ts';
import { nextEvent } from '../fixtures/events.ts';
import { MiB, videoFile } from '../fixtures/files.ts';
import { byRole, rowTexts } from '../fixtures/queries.ts';
import { type RemoteServers, sha256, startRemoteServers } from '../fixtures/remote-servers.ts';
import { until } from '../fixtures/wait.ts';

const SIZE = 40 * MiB;
/** A WebKit that is driven keeps no files in IndexedDB: its session leaves nothing on the disk. */
const KEEPS_FILES = !/AppleWebKit(?!.*Chrome)/.test(navigator.userAgent);

/** The same file each time, as a visitor who picks it again brings it. */
const sameFile = (size = SIZE, lastModified = 1_700_000_000_000): File => videoFile(size, 'film.mp4', lastModified);

describe('After a reload', function () {
  this.timeout(90_000);
  let servers: RemoteServers;
  const frames: HTMLIFrameElement[] = [];
  before(async () => {
    servers = await startRemoteServers({ multipartFrom: 6 * MiB, partSize: 5 * MiB });
  });
  beforeEach(() => Promise.all([servers.storage.reset(), servers.signer.reset()]));
  afterEach(async () => {
    for (const frame of frames.splice(0)) frame.remove();
    for (const request of await indexedDB.databases()) {
      if (request.name !== 's3-uploader') continue;
      const store = createStore('s3-uploader', 'uploads');
      await store('readwrite', (uploads) => void uploads.clear());
    }
  });
  after(() => servers.close());

  /** A page of its own with the tag; its end is as sudden as that of a tab. */
  async function openPage(
    more: Partial<S3UploaderElement> = {},
    prepare?: (page: Window & typeof globalThis) => void,
    html = 'frame.html',
  ): Promise<{ tag: S3UploaderElement; close(): void }> {
    const frame = document.createElement('iframe');
    frame.src = `/test/e2e/${html}`;
    const loaded = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }));
    document.body.append(frame);
    frames.push(frame);
    await loaded;
    const page = frame.contentWindow as Window & typeof globalThis;
    await page.customElements.whenDefined('s3-uploader');
    prepare?.(page);
    const tag = page.document.createElement('s3-uploader');
    page.document.body.append(
      Object.assign(tag, { endpoint: servers.endpoint, multiple: true, noWakeLock: true, ...more }),
    );
    return { tag, close: () => frame.remove() };
  }

  const records = (): Promise<[string, { file?: File; handle?: FileSystemFileHandle; ticket: string }][]> =>
    entries(createStore('s3-uploader', 'uploads'));

  const partsSent = async () =>
    (await servers.storage.readLog()).requests.filter(
      ({ method, path }) => method === 'PUT' && path.includes('partNumber='),
    );

  /** Closes the page when five of the eight parts are stored, and three are on their way. */
  async function closeAt60(file: File): Promise<void> {
    const { tag, close } = await openPage();
    const stalled = [6, 7, 8].map((part) => ({ do: 'stall', at: { share: 0.5 }, path: `partNumber=${part}` }) as const);
    await servers.storage.setFaults(...stalled);
    await tag.add([file]);
    await until('five parts', async () => (await partsSent()).filter(({ status }) => status === 200).length === 5);
    await until('the record', async () => (await records())[0]?.[1].file ?? (!KEEPS_FILES && (await records()).length));
    close();
    await servers.storage.reset();
  }

  const bytesSent = async (): Promise<number> => (await partsSent()).reduce((sum, { bytes }) => sum + bytes, 0);

  it('an upload goes on with what is missing, by itself where the browser keeps files', async () => {
    const file = sameFile();
    await closeAt60(file);
    const { tag } = await openPage();
    const success = nextEvent(tag, 'upload-success');
    if (!KEEPS_FILES) {
      await until('the row', () => tag.files.length);
      await tag.add([sameFile()]);
    }
    const { detail } = await success;
    expect((await servers.storedObject(detail.key))?.sha256).to.equal(await sha256(file));
    expect(await bytesSent()).to.be.below(0.45 * SIZE);
    await until('nothing to remember', async () => (await records()).length === 0);
  });

  it('a file that the browser did not keep is asked for, and known again when it is picked', async () => {
    const file = sameFile();
    await closeAt60(file);
    for (const [key, { file: _kept, ...record }] of await records()) {
      await set(key, record, createStore('s3-uploader', 'uploads'));
    }
    const { tag } = await openPage();
    await until('the words', () => rowTexts(tag)[0]?.includes('Choose this file again to go on.'));
    const status = await until('the list', () => byRole(tag, 'status'));
    await until('the same for the ears', () => status.textContent === 'film.mp4: Choose this file again to go on.');
    expect(tag.files[0]).to.include({ status: 'paused', name: 'film.mp4' });
    const success = nextEvent(tag, 'upload-success');
    await tag.add([sameFile()]);
    const { detail } = await success;
    expect(tag.files.length).to.equal(1);
    expect((await servers.storedObject(detail.key))?.sha256).to.equal(await sha256(file));
    expect(await bytesSent()).to.be.below(0.45 * SIZE);
  });

  it('a file that is too large to be kept is read again from where it was, at a click', async () => {
    const file = sameFile();
    await closeAt60(file);
    const kept = await keepWayTo(file).catch(() => undefined);
    // only Chromium tells a page the way to a file that was dropped, so no other needs to keep it
    if (!kept) return expect(navigator.userAgent).not.to.match(/Chrome/);
    const { tag } = await openPage();
    await until('the row', () => rowTexts(tag)[0]?.includes('film.mp4'));
    expect(tag.files[0]?.status).to.equal('paused');
    const success = nextEvent(tag, 'upload-success');
    byRole(tag, 'button', /^Resume film/)!.click();
    const { detail } = await success;
    expect((await servers.storedObject(detail.key))?.sha256).to.equal(await sha256(file));
    return expect(await bytesSent()).to.be.below(0.45 * SIZE);
  });

  it('the record of a large dropped file has its handle, with the built files in Chromium', async () => {
    const { path } = await executeServerCommand<{ path: string }, Commands['create-large-file']>('create-large-file', {
      name: 'large.mp4',
      size: 257 * MiB,
    });
    const { tag } = await openPage({}, undefined, 'frame-cdn.html');
    await until('the button', () => byRole(tag, 'button', 'Choose files'));
    await servers.storage.setFaults({ do: 'stall', at: { share: 0.5 }, path: 'partNumber=' });
    const frame = frames[0]!.getBoundingClientRect();
    const { x, y } = tag.getBoundingClientRect();
    const payload = { x: Math.round(frame.x + x + 20), y: Math.round(frame.y + y + 20), files: [path] };
    const isDropped = await executeServerCommand<boolean, Commands['real-drop']>('real-drop', payload);
    if (!isDropped) return expect(navigator.userAgent).not.to.match(/Chrome/);
    const [, record] = await until('the handle', async () => (await records()).find(([, { handle }]) => handle));
    expect(record.file).to.equal(undefined);
    return expect(record.handle?.name).to.equal('large.mp4');
  });

  /** In place of the file itself: the way to one like it, in the browser's own file system. */
  async function keepWayTo(file: File): Promise<true> {
    const folder = await navigator.storage.getDirectory();
    const handle = await folder.getFileHandle('film.mp4', { create: true });
    const writable = await handle.createWritable();
    await writable.write(file);
    await writable.close();
    const { lastModified } = await handle.getFile();
    for (const [key, { file: _kept, ...record }] of await records()) {
      await set(key, { ...record, lastModified, handle }, createStore('s3-uploader', 'uploads'));
    }
    return true;
  }

  it('what is no record, or is over, is cleared away, and the rest is gone on with', async () => {
    const file = sameFile();
    await closeAt60(file);
    const store = createStore('s3-uploader', 'uploads');
    const [[, record] = []] = await records();
    const others: Record<string, unknown> = {
      nothing: null,
      text: 'x',
      half: { ticket: 't', expires: Date.now() + 1e6 },
      proto: JSON.parse('{"__proto__":{"ticket":"t"},"ticket":"t","expires":9e15}'),
      stranger: { ...record, key: 'of-another' },
      over: { ...record, key: 'over', expires: Date.now() - 1 },
    };
    for (const [key, value] of Object.entries(others)) await set(key, value, store);
    const { tag } = await openPage();
    await until('the row', () => tag.files.length);
    expect(tag.files.length).to.equal(1);
    const success = nextEvent(tag, 'upload-success');
    if (!KEEPS_FILES) await tag.add([sameFile()]);
    await success;
    await until('nothing to remember', async () => (await records()).length === 0);
  });

  it('storage that throws costs the resume, and nothing else', async () => {
    const { tag } = await openPage({}, (page) => {
      page.indexedDB.open = () => {
        throw new DOMException('full', 'QuotaExceededError');
      };
    });
    const file = sameFile(10 * MiB);
    const success = nextEvent(tag, 'upload-success');
    await tag.add([file]);
    const { detail } = await success;
    expect((await servers.storedObject(detail.key))?.sha256).to.equal(await sha256(file));
    expect(await records()).to.deep.equal([]);
  });

  it('another file of that name is another upload', async () => {
    await closeAt60(sameFile());
    for (const [key, { file: _kept, ...record }] of await records()) {
      await set(key, record, createStore('s3-uploader', 'uploads'));
    }
    const { tag } = await openPage({ noAuto: true });
    await until('the row', () => tag.files.length === 1);
    await tag.add([sameFile(SIZE, 1)]);
    expect(tag.files.map(({ status }) => status)).to.deep.equal(['paused', 'ready']);
  });

  it('two pages never drive one upload', async () => {
    const first = await openPage();
    await servers.storage.setFaults({ do: 'stall', at: { share: 0.5 }, path: 'partNumber=2' });
    await first.tag.add([sameFile(10 * MiB)]);
    await until('the record', async () => (await records()).length);
    // another upload that nobody drives, and that comes after the first: once it is seen, the first has been looked at
    const [[, record] = []] = await records();
    await set('~', { ...record, key: '~', name: 'free.mp4', file: undefined }, createStore('s3-uploader', 'uploads'));
    const second = await openPage();
    await until('the free one', () => second.tag.files.length);
    expect(second.tag.files.map(({ name }) => name)).to.deep.equal(['free.mp4']);
    const success = nextEvent(first.tag, 'upload-success');
    await servers.storage.reset();
    await success;
  });

  it('nothing is kept but the ticket and what the file was', async () => {
    const { tag } = await openPage();
    await servers.storage.setFaults({ do: 'stall', at: { share: 0.5 }, path: 'partNumber=2' });
    await tag.add([sameFile(10 * MiB)]);
    await until('the record', async () => (await records()).length);
    const [[, record] = []] = await records();
    expect(
      Object.keys(record!)
        .filter((name) => name !== 'file')
        .sort(),
    ).to.deep.equal([
      ...['checksum', 'expires', 'key', 'lastModified', 'metadata', 'name', 'partSize'],
      ...['path', 'scope', 'size', 'ticket', 'type'],
    ]);
    expect(JSON.stringify(record)).not.to.match(/X-Amz|Signature|https?:\/\/[^"]*\?/);
    const success = nextEvent(tag, 'upload-success');
    await servers.storage.reset();
    await success;
  });

  it('an upload that ends before its file is kept leaves nothing to go on with', async () => {
    const store = resumeStore('here');
    const file = sameFile();
    const { name, size, type, lastModified } = file;
    const expires = Date.now() + 60_000;
    const saved = store.save({ key: 'k', ticket: 't', partSize: MiB, name, size, type, lastModified, expires, file });
    const dropped = store.drop('k');
    await Promise.all([saved, dropped]);
    expect(await records()).to.deep.equal([]);
  });

  it('no-resume remembers nothing', async () => {
    const { tag } = await openPage({ noResume: true });
    const success = nextEvent(tag, 'upload-success');
    await tag.add([sameFile(10 * MiB)]);
    await success;
    expect(await records()).to.deep.equal([]);
  });
});
