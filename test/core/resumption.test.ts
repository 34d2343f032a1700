import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, mock, test } from 'node:test';
import type { ResumeRecord, ResumeStore } from '../../widget/core/resume-record.ts';
import { nextEvent } from '../fixtures/events.ts';
import { MiB, videoFile } from '../fixtures/files.ts';
import { type SignerFixture, startSignerFixture } from '../fixtures/signer-fixture.ts';
import { untilStatus } from '../fixtures/wait.ts';

let fixture: SignerFixture;
before(async () => {
  fixture = await startSignerFixture();
});
after(() => fixture[Symbol.asyncDispose]());
beforeEach(() => {
  mock.method(Math, 'random', () => 0); // no random waits
});
afterEach(() => {
  fixture.reset();
  mock.restoreAll();
});

/** What pages share, and who holds what. */
class Shelf {
  readonly records = new Map<string, ResumeRecord>();
  readonly held = new Set<string>();

  /** As one page sees it. */
  page(): ResumeStore {
    return {
      save: async (record) => void this.records.set(record.key, record),
      drop: async (key) => void this.records.delete(key),
      load: async () => [...this.records.values()],
      lock: async (key, signal) => {
        await Promise.resolve();
        if (signal.aborted || this.held.has(key)) return !this.held.has(key);
        this.held.add(key);
        signal.addEventListener('abort', () => this.held.delete(key));
        return true;
      },
    };
  }
}

const stall = { do: 'stall', at: { bytes: 0 }, path: 'partNumber=' } as const;

describe('an upload in parts', () => {
  test('that is canceled while it is being remembered is not remembered', async () => {
    const shelf = new Shelf();
    const page = shelf.page();
    const uploader = fixture.start({
      resume: {
        ...page,
        lock: async (key, signal) => {
          uploader.cancel();
          return page.lock(key, signal);
        },
      },
    });
    await uploader.add([videoFile(12 * MiB)]);
    await fixture.servers.signer.arrived(1, { path: '/abort' });
    assert.deepEqual([[...shelf.records], [...shelf.held]], [[], []]);
  });

  test('whose file has changed is freed, and nothing is left to go on with', async () => {
    const { openAsBlob } = await import('node:fs');
    const { mkdtemp, writeFile } = await import('node:fs/promises');
    const path = `${await mkdtemp('/tmp/s3-uploader-file-')}/film.mp4`;
    await writeFile(path, new Uint8Array(12 * MiB));
    const file = new File([await openAsBlob(path)], 'film.mp4', { type: 'video/mp4' });
    await writeFile(path, new Uint8Array(10));
    const shelf = new Shelf();
    const uploader = fixture.start({ resume: shelf.page() });
    const error = nextEvent(uploader, 'upload-error');
    await uploader.add([file]);
    assert.equal((await error).detail.code, 'file-changed');
    await fixture.servers.signer.arrived(1, { path: '/abort' });
    assert.deepEqual([[...shelf.records], [...shelf.held]], [[], []]);
  });

  test('goes on in another page once the first has let it go, with the parts that are missing', async () => {
    const shelf = new Shelf();
    fixture.servers.storage.faults = [{ ...stall, path: 'partNumber=2' }];
    const first = fixture.start({ resume: shelf.page() });
    await first.add([videoFile(12 * MiB)]);
    const stored = (): boolean =>
      fixture.servers.storage.requests.filter(({ path, status }) => /partNumber=[13]/.test(path) && status === 200)
        .length === 2;
    while (!stored()) await new Promise(setImmediate);
    const other = fixture.start({ resume: shelf.page() });
    await other.restore();
    assert.equal(other.items.length, 0);
    first.suspend();
    fixture.servers.storage.release();
    await other.restore();
    await fixture.assertStored(await untilStatus(other, other.items[0]!.id, 'done'));
    assert.deepEqual(fixture.partsSent().sort(), [1, 2, 2, 3]);
    assert.deepEqual([[...shelf.records], [...shelf.held]], [[], []]);
    first.resume();
    await untilStatus(first, first.items[0]!.id, 'done');
  });

  test('is in use where it is resumed by a page that has let it go to another', async () => {
    const shelf = new Shelf();
    fixture.servers.storage.faults = [stall];
    const first = fixture.start({ resume: shelf.page() });
    const [item] = await first.add([videoFile(12 * MiB)]);
    await fixture.servers.storage.arrived(1, { path: 'partNumber=' });
    first.suspend();
    const other = fixture.start({ resume: shelf.page() });
    await other.restore();
    const error = nextEvent(first, 'upload-error');
    first.resume(item!.id);
    assert.equal((await error).detail.code, 'in-use');
  });
});

describe('what is remembered', () => {
  const record = (over: Partial<ResumeRecord>): ResumeRecord => ({
    ...{ key: 'k', ticket: 't', partSize: 5 * MiB, name: 'film.mp4', size: 12 * MiB, type: 'video/mp4' },
    ...{ lastModified: 1, expires: Date.now() + 1e6 },
    ...over,
  });

  test('and cannot be reopened is forgotten, and the rest is shown all the same', async () => {
    const shelf = new Shelf();
    shelf.records.set('bad', record({ key: 'bad', ticket: '' }));
    shelf.records.set('good', record({ key: 'good' }));
    const uploader = fixture.start({ resume: shelf.page() });
    await uploader.restore();
    assert.deepEqual(
      uploader.items.map(({ status }) => status),
      ['paused'],
    );
    assert.deepEqual([[...shelf.records.keys()], [...shelf.held]], [['good'], ['good']]);
  });

  test('is read anew with the visitor’s leave, where the browser has kept the way to the file', async () => {
    const shelf = new Shelf();
    const file = videoFile(12 * MiB);
    fixture.servers.storage.faults = [stall];
    const before = fixture.start({ resume: shelf.page() });
    await before.add([file]);
    await fixture.servers.storage.arrived(1, { path: 'partNumber=' });
    before.destroy();
    fixture.servers.storage.release();
    const [[key, { file: _file, ...kept }] = ['', record({})]] = shelf.records;
    let isAllowed = false;
    shelf.records.set(key, { ...kept, readAgain: async () => (isAllowed ? file : undefined) });
    const uploader = fixture.start({ resume: shelf.page() });
    await uploader.restore();
    const { id } = uploader.items[0]!;
    await uploader.readAgain(id);
    assert.equal(uploader.item(id)!.status, 'paused');
    isAllowed = true;
    await uploader.readAgain(id);
    await fixture.assertStored(await untilStatus(uploader, id, 'done'));
  });

  test('without a way to the file waits for it', async () => {
    const shelf = new Shelf();
    shelf.records.set('k', record({}));
    const uploader = fixture.start({ resume: shelf.page() });
    await uploader.restore();
    const { id } = uploader.items[0]!;
    assert.equal(uploader.readAgain(id), undefined);
    uploader.resume(id);
    assert.equal(uploader.item(id)!.status, 'paused');
  });
});
