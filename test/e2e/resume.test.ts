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

const FILE_BYTES = 30 * MiB;
/** WebKit under automation stores no files in IndexedDB: its session writes nothing to disk. */
const KEEPS_FILES = !/AppleWebKit(?!.*Chrome)/.test(navigator.userAgent);

/** Creates an equal file each time, as when a visitor picks it again. */
const sameFile = (size = FILE_BYTES, lastModified = 1_700_000_000_000): File =>
  videoFile(size, 'film.mp4', lastModified);

describe('A resumable upload', function () {
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

  /** Opens a page with the element in an iframe. `close` ends it as suddenly as closing a tab. */
  async function openPage(
    more: Partial<S3UploaderElement> = {},
    prepare?: (page: Window & typeof globalThis) => void,
    html = 'frame.html',
  ): Promise<{ element: S3UploaderElement; close(): void }> {
    const frame = document.createElement('iframe');
    frame.src = `/test/e2e/${html}`;
    const loaded = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }));
    document.body.append(frame);
    frames.push(frame);
    await loaded;
    const page = frame.contentWindow as Window & typeof globalThis;
    await page.customElements.whenDefined('s3-uploader');
    prepare?.(page);
    const element = page.document.createElement('s3-uploader');
    page.document.body.append(
      Object.assign(element, { endpoint: servers.endpoint, multiple: true, noWakeLock: true, ...more }),
    );
    return { element, close: () => frame.remove() };
  }

  const records = (): Promise<
    [string, { file?: File; handle?: FileSystemFileHandle; ticket: string; lastModified: number }][]
  > => entries(createStore('s3-uploader', 'uploads'));

  const partsSent = async () =>
    (await servers.storage.readLog()).requests.filter(
      ({ method, path }) => method === 'PUT' && path.includes('partNumber='),
    );

  /** Closes the page when four of the six parts are stored, and two are being sent. */
  async function closeAtTwoThirds(file: File): Promise<void> {
    const { element, close } = await openPage();
    const stalled = [5, 6].map((part) => ({ do: 'stall', at: { share: 0.5 }, path: `partNumber=${part}` }) as const);
    await servers.storage.setFaults(...stalled);
    await element.add([file]);
    await until('four parts', async () => (await partsSent()).filter(({ status }) => status === 200).length === 4);
    await until('the record', async () => (await records())[0]?.[1].file ?? (!KEEPS_FILES && (await records()).length));
    close();
    await servers.storage.reset();
  }

  const bytesSent = async (): Promise<number> => (await partsSent()).reduce((sum, { bytes }) => sum + bytes, 0);

  it('continues with the missing parts after a reload, automatically if the browser keeps files', async () => {
    const file = sameFile();
    await closeAtTwoThirds(file);
    const { element } = await openPage();
    const success = nextEvent(element, 'upload-success');
    if (!KEEPS_FILES) {
      await until('the row', () => element.files.length);
      await element.add([sameFile()]);
    }
    const { detail } = await success;
    expect((await servers.storedObject(detail.key))?.sha256).to.equal(await sha256(file));
    expect(await bytesSent()).to.be.below(0.45 * FILE_BYTES);
    await until('no record', async () => (await records()).length === 0);
  });

  it('asks for a file that the browser did not keep, and continues when it is picked again', async () => {
    const file = sameFile();
    await closeAtTwoThirds(file);
    for (const [key, { file: _kept, ...record }] of await records()) {
      await set(key, record, createStore('s3-uploader', 'uploads'));
    }
    const { element } = await openPage();
    await until('the message', () => rowTexts(element)[0]?.includes('Choose this file again to continue.'));
    const status = await until('the list', () => byRole(element, 'status'));
    await until('the announcement', () => status.textContent === 'film.mp4: Choose this file again to continue.');
    expect(element.files[0]).to.include({ status: 'paused', name: 'film.mp4' });
    const success = nextEvent(element, 'upload-success');
    await element.add([sameFile()]);
    const { detail } = await success;
    expect(element.files.length).to.equal(1);
    expect((await servers.storedObject(detail.key))?.sha256).to.equal(await sha256(file));
    expect(await bytesSent()).to.be.below(0.45 * FILE_BYTES);
  });

  it('is neither shown to the next visitor nor uploaded as theirs, and is deleted by forget()', async () => {
    const shared = await startRemoteServers({
      multipartFrom: 6 * MiB,
      partSize: 5 * MiB,
      hasVisitors: true,
      allowHeaders: ['x-visitor'],
    });
    const as = (visitor: string) => ({ endpoint: shared.endpoint, headers: { 'x-visitor': visitor } });
    await shared.storage.setFaults({ do: 'stall', at: { bytes: 0 }, path: 'partNumber=' });
    const anns = await openPage(as('ann'));
    await anns.element.add([sameFile(15 * MiB)]);
    await until('the record', async () => (await records()).length);
    anns.close();
    await shared.storage.reset();
    const { element } = await openPage(as('bob'));
    const calls = async (path: string) => (await shared.signer.readLog()).requests.filter((call) => call.path === path);
    await until('the refusal', async () => (await calls('/sign/parts/list')).some(({ status }) => status === 403));
    const [bobs] = await element.add([videoFile(15 * MiB, 'bobs.mp4')]);
    await until('the upload', () => element.files.find(({ id }) => id === bobs!.id)?.status === 'done');
    expect(element.files.map(({ name }) => name)).to.deep.equal(['bobs.mp4']);
    expect((await calls('/sign')).length).to.equal(2);
    expect((await records()).length).to.equal(1);
    await element.forget();
    expect([element.files, await records()]).to.deep.equal([[], []]);
    await shared.close();
  });

  it('reads a file that is too large to keep from its file handle, at a click', async () => {
    const file = sameFile();
    await closeAtTwoThirds(file);
    const hasHandle = await replaceFileByHandle(file).catch(() => undefined);
    // only Chromium gives a page the handle of a dropped file, so other browsers need not store it
    if (!hasHandle) return expect(navigator.userAgent).not.to.match(/Chrome/);
    // handles of the origin private file system need no permission
    const { element } = await openPage({}, (page) => {
      Object.assign(page.FileSystemFileHandle.prototype, { queryPermission: () => Promise.resolve('prompt') });
    });
    await until('the row', () => rowTexts(element)[0]?.includes('film.mp4'));
    expect(element.files[0]?.status).to.equal('paused');
    const success = nextEvent(element, 'upload-success');
    byRole(element, 'button', /^Resume film/)!.click();
    const { detail } = await success;
    expect((await servers.storedObject(detail.key))?.sha256).to.equal(await sha256(file));
    return expect(await bytesSent()).to.be.below(0.45 * FILE_BYTES);
  });

  it('continues automatically with a large dropped file, by its handle, with the built files in Chromium', async () => {
    const { path } = await executeServerCommand<{ path: string }, Commands['create-large-file']>('create-large-file', {
      name: 'large.mp4',
      size: 257 * MiB,
    });
    const { element } = await openPage({}, undefined, 'frame-cdn.html');
    await until('the button', () => byRole(element, 'button', 'Choose files'));
    await servers.storage.setFaults({ do: 'stall', at: { share: 0.5 }, path: 'partNumber=' });
    const frame = frames[0]!.getBoundingClientRect();
    const { x, y } = element.getBoundingClientRect();
    const payload = { x: Math.round(frame.x + x + 20), y: Math.round(frame.y + y + 20), files: [path] };
    const isDropped = await executeServerCommand<boolean, Commands['real-drop']>('real-drop', payload);
    if (!isDropped) return expect(navigator.userAgent).not.to.match(/Chrome/);
    const [, record] = await until('the handle', async () => (await records()).find(([, { handle }]) => handle));
    expect(record.file).to.equal(undefined);
    expect(record.handle?.name).to.equal('large.mp4');
    // the visitor's permission outlives a reload, so the next page asks nothing
    frames[0]!.remove();
    await servers.storage.reset();
    const { element: next } = await openPage({}, undefined, 'frame-cdn.html');
    const { detail } = await nextEvent(next, 'upload-success');
    expect(detail.name).to.equal('large.mp4');
    return expect(next.files.length).to.equal(1);
  });

  /** Replaces the file in each record by a handle of an equal file in the origin private file system. */
  async function replaceFileByHandle(file: File): Promise<true> {
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

  it('continues although other records are invalid or expired, and these are deleted', async () => {
    const file = sameFile();
    await closeAtTwoThirds(file);
    const store = createStore('s3-uploader', 'uploads');
    const [[, record] = []] = await records();
    const others: Record<string, unknown> = {
      nothing: null,
      text: 'x',
      half: { ticket: 't', expires: Date.now() + 1e6 },
      proto: JSON.parse('{"__proto__":{"ticket":"t"},"ticket":"t","expires":9e15}'),
      stranger: { ...record, key: 'of-another' },
      over: { ...record, key: 'over', expires: Date.now() - 1 },
      unreadable: { ...record, key: 'unreadable', file: 'x' },
      older: { ...record, key: 'older', group: undefined },
    };
    for (const [key, value] of Object.entries(others)) await set(key, value, store);
    const { element } = await openPage();
    await until('the row', () => element.files.length);
    expect(element.files.length).to.equal(1);
    const success = nextEvent(element, 'upload-success');
    if (!KEEPS_FILES) await element.add([sameFile()]);
    await success;
    await until('no record', async () => (await records()).length === 0);
  });

  it('finishes without a record when IndexedDB throws', async () => {
    const { element } = await openPage({}, (page) => {
      page.indexedDB.open = () => {
        throw new DOMException('full', 'QuotaExceededError');
      };
    });
    const file = sameFile(10 * MiB);
    const success = nextEvent(element, 'upload-success');
    await element.add([file]);
    const { detail } = await success;
    expect((await servers.storedObject(detail.key))?.sha256).to.equal(await sha256(file));
    expect(await records()).to.deep.equal([]);
  });

  for (const [what, databases] of [
    [
      'is denied',
      () => {
        throw new DOMException('denied', 'SecurityError');
      },
    ],
    ['does not exist', undefined],
  ] as const) {
    it(`is stored without an unhandled error if the list of databases ${what}`, async () => {
      const rejections: unknown[] = [];
      const { element } = await openPage({}, (page) => {
        Object.defineProperty(page.indexedDB, 'databases', { value: databases });
        page.addEventListener('unhandledrejection', (event) => {
          event.preventDefault();
          rejections.push(event.reason);
        });
      });
      const success = nextEvent(element, 'upload-success');
      await element.add([sameFile(10 * MiB)]);
      await success;
      expect(rejections).to.deep.equal([]);
    });
  }

  /** Closes a page at 60 % and opens another, which has to ask for the file. */
  async function openWithoutFile(more?: Partial<S3UploaderElement>): Promise<S3UploaderElement> {
    await closeAtTwoThirds(sameFile());
    for (const [key, { file: _kept, ...record }] of await records()) {
      await set(key, record, createStore('s3-uploader', 'uploads'));
    }
    const { element } = await openPage(more);
    await until('the row', () => element.files.length === 1);
    return element;
  }

  it('continues with the same file although its time has changed', async () => {
    const element = await openWithoutFile();
    const success = nextEvent(element, 'upload-success');
    await element.add([sameFile(FILE_BYTES, 1)]);
    const { detail } = await success;
    expect(element.files.length).to.equal(1);
    expect((await servers.storedObject(detail.key))?.sha256).to.equal(await sha256(sameFile()));
    expect(await bytesSent()).to.be.below(0.45 * FILE_BYTES);
  });

  it('is aborted and replaced by a file of the same name and size with other bytes', async () => {
    const element = await openWithoutFile({ noAuto: true });
    const [old] = element.files;
    const changed = new File([sameFile(FILE_BYTES - 1), '!'], 'film.mp4', { type: 'video/mp4', lastModified: 1 });
    const [item] = await element.add([changed]);
    expect(element.files.map(({ id, status }) => [id, status])).to.deep.equal([[item!.id, 'ready']]);
    expect(item!.id).to.not.equal(old!.id);
    await servers.signer.arrived(1, { path: '/abort' });
    await until('no record', async () => (await records()).length === 0);
  });

  it('is never continued by two pages at once', async () => {
    const first = await openPage();
    await servers.storage.setFaults({ do: 'stall', at: { share: 0.5 }, path: 'partNumber=2' });
    await first.element.add([sameFile(10 * MiB, 5)]);
    // a page of an earlier test may have written its record late
    const record = await until('the record', async () =>
      (await records()).find(([, { lastModified }]) => lastModified === 5),
    );
    const locks: [name: string, isFree: boolean][] = [];
    const second = await openPage({}, ({ LockManager: { prototype } }) => {
      type Request = (name: string, options: LockOptions, use: LockGrantedCallback<unknown>) => Promise<unknown>;
      const request = prototype.request as Request;
      (prototype as { request: Request }).request = function (this: LockManager, name, options, use) {
        return request.call(this, name, options, (lock) => {
          locks.push([name, !!lock]);
          return use(lock);
        });
      };
    });
    await until('the second page', () => locks.length);
    expect(locks).to.deep.equal([[`s3-uploader:${record[0]}`, false]]);
    expect(second.element.files).to.deep.equal([]);
    const success = nextEvent(first.element, 'upload-success');
    await servers.storage.reset();
    await success;
  });

  it('keeps the file, its properties and its ticket in the record, and no signed URL', async () => {
    const { element } = await openPage();
    await servers.storage.setFaults({ do: 'stall', at: { share: 0.5 }, path: 'partNumber=2' });
    await element.add([sameFile(10 * MiB)]);
    await until('the record', async () => (await records()).length);
    const [[, record] = []] = await records();
    expect(
      Object.keys(record!)
        .filter((name) => name !== 'file')
        .sort(),
    ).to.deep.equal([
      ...['checksum', 'expires', 'fingerprint', 'group', 'key', 'lastModified', 'metadata', 'name', 'partSize'],
      ...['path', 'scope', 'size', 'ticket', 'type', 'visitor'],
    ]);
    expect(JSON.stringify(record)).not.to.match(/X-Amz|Signature|https?:\/\/[^"]*\?/);
    const success = nextEvent(element, 'upload-success');
    await servers.storage.reset();
    await success;
  });

  it('leaves no record when it ends before its file is saved', async () => {
    const store = resumeStore('here');
    const file = sameFile();
    const { name, size, type, lastModified } = file;
    const expires = Date.now() + 60_000;
    const saved = store.save({ key: 'k', ticket: 't', partSize: MiB, name, size, type, lastModified, expires, file });
    const dropped = store.drop('k');
    await Promise.all([saved, dropped]);
    expect(await records()).to.deep.equal([]);
  });

  it('leaves no record with the attribute no-resume', async () => {
    const { element } = await openPage({ noResume: true });
    const success = nextEvent(element, 'upload-success');
    await element.add([sameFile(10 * MiB)]);
    await success;
    expect(await records()).to.deep.equal([]);
  });
});
