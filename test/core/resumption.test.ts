import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, mock, test } from 'node:test';
import type { Uploader } from '../../widget/core/index.ts';
import type { ResumeRecord } from '../../widget/core/resume-record.ts';
import { nextEvent } from '../fixtures/events.ts';
import { MiB, videoFile } from '../fixtures/files.ts';
import { Origin } from '../fixtures/shared-records.ts';
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
    await uploader.add([videoFile(15 * MiB)]);
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
    await uploader.add([videoFile(15 * MiB)]);
    await fixture.servers.signer.arrived(1, { path: '/abort' });
    assert.deepEqual([[...origin.records], [...origin.locks], fixture.partsSent()], [[], [], []]);
  });

  test('is aborted and forgotten when its file has changed', async () => {
    const { openAsBlob } = await import('node:fs');
    const { mkdtemp, writeFile } = await import('node:fs/promises');
    const path = `${await mkdtemp('/tmp/s3-uploader-file-')}/film.mp4`;
    await writeFile(path, new Uint8Array(15 * MiB));
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
    await first.add([videoFile(15 * MiB)]);
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
    const [item] = await first.add([videoFile(15 * MiB)]);
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
  /** Closes a page that has begun to upload the file. */
  async function interrupt(file: File, origin: Origin): Promise<void> {
    fixture.servers.storage.faults = [stall];
    const page = fixture.start({ resume: origin.openStore() });
    await page.add([file]);
    // not the arrival of a part: under load, one that an earlier test has sent and aborted may arrive only now
    while (!origin.records.size) await new Promise(setImmediate);
    page.destroy();
    fixture.servers.storage.reset();
  }

  /** The only record, without the file that a browser may have kept. */
  function keptRecord({ records }: Origin): [string, ResumeRecord] {
    const [[key, { file: _file, ...record }]] = [...records] as [[string, ResumeRecord]];
    return [key, record];
  }

  /** Closes a page that has begun to upload a file which the browser does not keep. */
  async function interruptWithoutFile(origin: Origin): Promise<[string, ResumeRecord]> {
    await interrupt(videoFile(15 * MiB), origin);
    const kept = keptRecord(origin);
    origin.records.set(...kept);
    return kept;
  }

  test('is forgotten when it cannot be reopened, and the others are listed', async () => {
    const origin = new Origin();
    const [key, record] = await interruptWithoutFile(origin);
    origin.records.clear();
    origin.records.set('bad', { ...record, key: 'bad', ticket: '' });
    origin.records.set(key, record);
    const uploader = fixture.start({ resume: origin.openStore() });
    await uploader.restore();
    assert.deepEqual(
      uploader.items.map(({ status }) => status),
      ['paused'],
    );
    assert.deepEqual([[...origin.records.keys()], [...origin.locks]], [[key], [key]]);
  });

  test('goes on when readAgain() may read its file', async () => {
    const origin = new Origin();
    const file = videoFile(15 * MiB);
    await interrupt(file, origin);
    const [key, kept] = keptRecord(origin);
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
    await interruptWithoutFile(origin);
    const uploader = fixture.start({ resume: origin.openStore() });
    await uploader.restore();
    const { id } = uploader.items[0]!;
    assert.equal(uploader.readAgain(id), undefined);
    uploader.resume(id);
    assert.equal(uploader.item(id)!.status, 'paused');
  });

  /** Closes a page that has begun to upload the file, and opens another, which has to ask for it. */
  async function reopen(file: File, over: Partial<ResumeRecord> = {}): Promise<[Uploader, string]> {
    const origin = new Origin();
    await interrupt(file, origin);
    const [key, kept] = keptRecord(origin);
    origin.records.set(key, { ...kept, ...over });
    const uploader = fixture.start({ resume: origin.openStore() });
    await uploader.restore();
    return [uploader, uploader.items[0]!.id];
  }

  test('goes on with a file that has the same bytes and another time', async () => {
    const [uploader, id] = await reopen(videoFile(15 * MiB, 'film.mp4', 1));
    const [item] = await uploader.add([videoFile(15 * MiB, 'film.mp4', 2)]);
    assert.equal(item!.id, id);
    await fixture.assertStored(await untilStatus(uploader, id, 'done'));
    assert.equal(fixture.signerRequests('').length, 1);
  });

  for (const place of ['first', 'last', 'middle'] as const) {
    test(`is aborted and replaced by a file whose ${place} byte is another`, async () => {
      const [uploader, id] = await reopen(videoFile(15 * MiB, 'film.mp4', 1));
      const bytes = new Uint8Array(await videoFile(15 * MiB).arrayBuffer());
      bytes[{ first: 0, last: bytes.length - 1, middle: bytes.length / 2 }[place]]! ^= 1;
      const [item] = await uploader.add([new File([bytes], 'film.mp4', { type: 'video/mp4', lastModified: 2 })]);
      assert.deepEqual([uploader.items.length, item!.id === id], [1, false]);
      await fixture.servers.signer.arrived(1, { path: '/abort' });
      await fixture.assertStored(await untilStatus(uploader, item!.id, 'done'));
    });
  }

  test('stays beside a file of another folder, and one that cannot be compared', async () => {
    const changed = (): File => new File([new Uint8Array(15 * MiB).fill(9)], 'film.mp4', { lastModified: 2 });
    const [ofFolder] = await reopen(videoFile(15 * MiB, 'film.mp4', 1), { path: 'a/film.mp4' });
    await ofFolder.add([changed()], () => 'b/film.mp4');
    assert.equal(ofFolder.items.length, 2);
    const [old] = await reopen(videoFile(15 * MiB, 'film.mp4', 1), { fingerprint: undefined });
    await old.add([changed()]);
    assert.equal(old.items.length, 2);
  });

  test('is listed once, however often the records are read', async () => {
    const origin = new Origin();
    await interruptWithoutFile(origin);
    const uploader = fixture.start({ resume: { ...origin.openStore(), lock: async () => true } });
    await uploader.restore();
    await uploader.restore();
    assert.equal(uploader.items.length, 1);
  });

  test('goes on, and is not aborted, when its record is read twice at the same time without locks', async () => {
    const origin = new Origin();
    await interrupt(videoFile(15 * MiB), origin);
    const uploader = fixture.start({ resume: { ...origin.openStore(), lock: async () => true } });
    await Promise.all([uploader.restore(), uploader.restore()]);
    const [item] = uploader.items;
    await fixture.assertStored(await untilStatus(uploader, item!.id, 'done'));
    assert.equal(uploader.items.length, 1);
    assert.equal(fixture.signerRequests('/abort').length, 0);
  });
});
