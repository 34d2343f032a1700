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

/** The records and locks that the pages of an origin share. */
class Origin {
  readonly records = new Map<string, ResumeRecord>();
  readonly locks = new Set<string>();

  /** The store of one page. */
  openStore(): ResumeStore {
    return {
      save: async (record) => void this.records.set(record.key, record),
      drop: async (key) => void this.records.delete(key),
      load: async () => [...this.records.values()],
      lock: async (key, signal) => {
        await Promise.resolve();
        if (signal.aborted || this.locks.has(key)) return !this.locks.has(key);
        this.locks.add(key);
        signal.addEventListener('abort', () => this.locks.delete(key));
        return true;
      },
    };
  }
}

const stall = { do: 'stall', at: { bytes: 0 }, path: 'partNumber=' } as const;

describe('A multipart upload', () => {
  test('is not remembered when it is canceled while it is being locked', async () => {
    const origin = new Origin();
    const store = origin.openStore();
    const uploader = fixture.start({
      resume: {
        ...store,
        lock: async (key, signal) => {
          uploader.cancel();
          return store.lock(key, signal);
        },
      },
    });
    await uploader.add([videoFile(12 * MiB)]);
    await fixture.servers.signer.arrived(1, { path: '/abort' });
    assert.deepEqual([[...origin.records], [...origin.locks]], [[], []]);
  });

  test('is not remembered when it is canceled while the resumption is being loaded', async () => {
    const origin = new Origin();
    const uploader = fixture.start({
      resume: origin.openStore(),
      load: async (chunk) => {
        uploader.cancel();
        return chunk();
      },
    });
    await uploader.add([videoFile(12 * MiB)]);
    await fixture.servers.signer.arrived(1, { path: '/abort' });
    assert.deepEqual([[...origin.records], [...origin.locks], fixture.partsSent()], [[], [], []]);
  });

  test('is aborted and forgotten when its file has changed', async () => {
    const { openAsBlob } = await import('node:fs');
    const { mkdtemp, writeFile } = await import('node:fs/promises');
    const path = `${await mkdtemp('/tmp/s3-uploader-file-')}/film.mp4`;
    await writeFile(path, new Uint8Array(12 * MiB));
    const file = new File([await openAsBlob(path)], 'film.mp4', { type: 'video/mp4' });
    await writeFile(path, new Uint8Array(10));
    const origin = new Origin();
    const uploader = fixture.start({ resume: origin.openStore() });
    const error = nextEvent(uploader, 'upload-error');
    await uploader.add([file]);
    assert.equal((await error).detail.code, 'file-changed');
    await fixture.servers.signer.arrived(1, { path: '/abort' });
    assert.deepEqual([[...origin.records], [...origin.locks]], [[], []]);
  });

  test('is resumed by another page with the missing parts once the first page is suspended', async () => {
    const origin = new Origin();
    fixture.servers.storage.faults = [{ ...stall, path: 'partNumber=2' }];
    const first = fixture.start({ resume: origin.openStore() });
    await first.add([videoFile(12 * MiB)]);
    const stored = (): boolean =>
      fixture.servers.storage.requests.filter(({ path, status }) => /partNumber=[13]/.test(path) && status === 200)
        .length === 2;
    while (!stored()) await new Promise(setImmediate);
    const other = fixture.start({ resume: origin.openStore() });
    await other.restore();
    assert.equal(other.items.length, 0);
    first.suspend();
    fixture.servers.storage.release();
    await other.restore();
    await fixture.assertStored(await untilStatus(other, other.items[0]!.id, 'done'));
    assert.deepEqual(fixture.partsSent().sort(), [1, 2, 2, 3]);
    assert.deepEqual([[...origin.records], [...origin.locks]], [[], []]);
    first.resume();
    await untilStatus(first, first.items[0]!.id, 'done');
  });

  test('fails as in-use when another page has resumed it since', async () => {
    const origin = new Origin();
    fixture.servers.storage.faults = [stall];
    const first = fixture.start({ resume: origin.openStore() });
    const [item] = await first.add([videoFile(12 * MiB)]);
    await fixture.servers.storage.arrived(1, { path: 'partNumber=' });
    first.suspend();
    const other = fixture.start({ resume: origin.openStore() });
    await other.restore();
    const error = nextEvent(first, 'upload-error');
    first.resume(item!.id);
    assert.equal((await error).detail.code, 'in-use');
  });
});

describe('A remembered upload', () => {
  const record = (over: Partial<ResumeRecord>): ResumeRecord => ({
    ...{ key: 'k', ticket: 't', partSize: 5 * MiB, name: 'film.mp4', size: 12 * MiB, type: 'video/mp4' },
    ...{ lastModified: 1, expires: Date.now() + 1e6 },
    ...over,
  });

  test('is forgotten when it cannot be reopened, and the others are listed', async () => {
    const origin = new Origin();
    origin.records.set('bad', record({ key: 'bad', ticket: '' }));
    origin.records.set('good', record({ key: 'good' }));
    const uploader = fixture.start({ resume: origin.openStore() });
    await uploader.restore();
    assert.deepEqual(
      uploader.items.map(({ status }) => status),
      ['paused'],
    );
    assert.deepEqual([[...origin.records.keys()], [...origin.locks]], [['good'], ['good']]);
  });

  test('goes on when readAgain() may read its file', async () => {
    const origin = new Origin();
    const file = videoFile(12 * MiB);
    fixture.servers.storage.faults = [stall];
    const before = fixture.start({ resume: origin.openStore() });
    await before.add([file]);
    await fixture.servers.storage.arrived(1, { path: 'partNumber=' });
    before.destroy();
    fixture.servers.storage.release();
    const [[key, { file: _file, ...kept }] = ['', record({})]] = origin.records;
    let isAllowed = false;
    origin.records.set(key, { ...kept, readAgain: async () => (isAllowed ? file : undefined) });
    const uploader = fixture.start({ resume: origin.openStore() });
    await uploader.restore();
    const { id } = uploader.items[0]!;
    await uploader.readAgain(id);
    assert.equal(uploader.item(id)!.status, 'paused');
    isAllowed = true;
    await uploader.readAgain(id);
    await fixture.assertStored(await untilStatus(uploader, id, 'done'));
  });

  test('stays paused while its file is missing', async () => {
    const origin = new Origin();
    origin.records.set('k', record({}));
    const uploader = fixture.start({ resume: origin.openStore() });
    await uploader.restore();
    const { id } = uploader.items[0]!;
    assert.equal(uploader.readAgain(id), undefined);
    uploader.resume(id);
    assert.equal(uploader.item(id)!.status, 'paused');
  });
});
