import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, mock, test } from 'node:test';
import type { ResumeRecord, ResumeStore } from '../../widget/core/resume-record.ts';
import { MIB, startTicketed, type Ticketed } from '../fixtures/ticketed.ts';
import { film, next, until } from '../fixtures/uploads.ts';

let bench: Ticketed;
before(async () => {
  bench = await startTicketed();
});
after(() => bench[Symbol.asyncDispose]());
beforeEach(() => {
  mock.method(Math, 'random', () => 0); // waits that would be drawn at random are none
});
afterEach(() => {
  bench.reset();
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
      hold: async (key, signal) => {
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
    const uploader = bench.start({
      resume: {
        ...page,
        hold: async (key, signal) => {
          uploader.cancel();
          return page.hold(key, signal);
        },
      },
    });
    await uploader.add([film(12 * MIB)]);
    await bench.stack.signer.arrived(1, { path: '/abort' });
    assert.deepEqual([[...shelf.records], [...shelf.held]], [[], []]);
  });

  test('whose file has changed is freed, and nothing is left to go on with', async () => {
    const { openAsBlob } = await import('node:fs');
    const { mkdtemp, writeFile } = await import('node:fs/promises');
    const path = `${await mkdtemp('/tmp/s3-uploader-file-')}/film.mp4`;
    await writeFile(path, new Uint8Array(12 * MIB));
    const file = new File([await openAsBlob(path)], 'film.mp4', { type: 'video/mp4' });
    await writeFile(path, new Uint8Array(10));
    const shelf = new Shelf();
    const uploader = bench.start({ resume: shelf.page() });
    const error = next(uploader, 'upload-error');
    await uploader.add([file]);
    assert.equal((await error).code, 'file-changed');
    await bench.stack.signer.arrived(1, { path: '/abort' });
    assert.deepEqual([[...shelf.records], [...shelf.held]], [[], []]);
  });

  test('goes on in another page once the first has let it go, with the parts that are missing', async () => {
    const shelf = new Shelf();
    bench.stack.storage.faults = [{ ...stall, path: 'partNumber=2' }];
    const first = bench.start({ resume: shelf.page() });
    await first.add([film(12 * MIB)]);
    const stored = (): boolean =>
      bench.stack.storage.requests.filter(({ path, status }) => /partNumber=[13]/.test(path) && status === 200)
        .length === 2;
    while (!stored()) await new Promise(setImmediate);
    const other = bench.start({ resume: shelf.page() });
    await other.restore();
    assert.equal(other.items.length, 0);
    first.suspend();
    bench.stack.storage.release();
    await other.restore();
    await bench.assertStored(await until(other, other.items[0]!.id, 'done'));
    assert.deepEqual(bench.partsSent().sort(), [1, 2, 2, 3]);
    assert.deepEqual([[...shelf.records], [...shelf.held]], [[], []]);
    first.resume();
    await until(first, first.items[0]!.id, 'done');
  });

  test('is in use where it is resumed by a page that has let it go to another', async () => {
    const shelf = new Shelf();
    bench.stack.storage.faults = [stall];
    const first = bench.start({ resume: shelf.page() });
    const [item] = await first.add([film(12 * MIB)]);
    await bench.stack.storage.arrived(1, { path: 'partNumber=' });
    first.suspend();
    const other = bench.start({ resume: shelf.page() });
    await other.restore();
    const error = next(first, 'upload-error');
    first.resume(item!.id);
    assert.equal((await error).code, 'in-use');
  });
});

describe('what is remembered', () => {
  const record = (over: Partial<ResumeRecord>): ResumeRecord => ({
    ...{ key: 'k', ticket: 't', partSize: 5 * MIB, name: 'film.mp4', size: 12 * MIB, type: 'video/mp4' },
    ...{ lastModified: 1, expires: Date.now() + 1e6 },
    ...over,
  });

  test('and cannot be reopened is forgotten, and the rest is shown all the same', async () => {
    const shelf = new Shelf();
    shelf.records.set('bad', record({ key: 'bad', ticket: '' }));
    shelf.records.set('good', record({ key: 'good' }));
    const uploader = bench.start({ resume: shelf.page() });
    await uploader.restore();
    assert.deepEqual(
      uploader.items.map(({ status }) => status),
      ['paused'],
    );
    assert.deepEqual([[...shelf.records.keys()], [...shelf.held]], [['good'], ['good']]);
  });

  test('is read anew with the visitor’s leave, where the browser has kept the way to the file', async () => {
    const shelf = new Shelf();
    const file = film(12 * MIB);
    bench.stack.storage.faults = [stall];
    const before = bench.start({ resume: shelf.page() });
    await before.add([file]);
    await bench.stack.storage.arrived(1, { path: 'partNumber=' });
    before.destroy();
    bench.stack.storage.release();
    const [[key, { file: _file, ...kept }] = ['', record({})]] = shelf.records;
    let isAllowed = false;
    shelf.records.set(key, { ...kept, reread: async () => (isAllowed ? file : undefined) });
    const uploader = bench.start({ resume: shelf.page() });
    await uploader.restore();
    const { id } = uploader.items[0]!;
    await uploader.reread(id);
    assert.equal(uploader.item(id)!.status, 'paused');
    isAllowed = true;
    await uploader.reread(id);
    await bench.assertStored(await until(uploader, id, 'done'));
  });

  test('without a way to the file waits for it', async () => {
    const shelf = new Shelf();
    shelf.records.set('k', record({}));
    const uploader = bench.start({ resume: shelf.page() });
    await uploader.restore();
    const { id } = uploader.items[0]!;
    assert.equal(uploader.reread(id), undefined);
    uploader.resume(id);
    assert.equal(uploader.item(id)!.status, 'paused');
  });
});
