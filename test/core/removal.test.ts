import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, mock, test } from 'node:test';
import type { UploadItem, Uploader } from '../../widget/core/index.ts';
import { nextEvent, recordDetails } from '../fixtures/events.ts';
import { MiB, textFile, videoFile } from '../fixtures/files.ts';
import { type SignerFixture, startSignerFixture } from '../fixtures/signer-fixture.ts';
import { untilStatus } from '../fixtures/wait.ts';

/** Uploads a file. */
async function upload(uploader: Uploader, file: File): Promise<UploadItem & { status: 'done' }> {
  const [item] = await uploader.add([file]);
  return (await untilStatus(uploader, item!.id, 'done')) as UploadItem & { status: 'done' };
}

describe('A stored file that is removed, where the signer allows its deletion,', () => {
  let fixture: SignerFixture;
  before(async () => {
    fixture = await startSignerFixture({ allowDelete: true });
  });
  beforeEach(() => {
    fixture.reset();
    mock.restoreAll();
    mock.method(Math, 'random', () => 0); // no random waits
  });
  after(() => fixture[Symbol.asyncDispose]());

  const deleted = () => fixture.servers.signer.arrived(1, { path: '/delete' });
  const isGone = async (key: string): Promise<void> => {
    const end = Date.now() + 5000;
    while ((await fixture.servers.storedObject(key)) && Date.now() < end)
      await new Promise((resolve) => setImmediate(resolve));
    assert.equal(await fixture.servers.storedObject(key), undefined);
  };

  for (const [what, file] of [
    ['whole', textFile()],
    ['in parts', videoFile(7 * MiB)],
  ] as const) {
    test(`is deleted when it was sent ${what}`, async () => {
      const uploader = fixture.start();
      const { id, result } = await upload(uploader, file);
      const removed = recordDetails(uploader, 'file-remove');
      uploader.removeFile(id);
      assert.deepEqual(
        removed.map(({ key }) => key),
        [result.key],
      );
      assert.equal(uploader.items.length, 0);
      await isGone(result.key);
    });
  }

  test('is deleted although the signer is busy first', async () => {
    const uploader = fixture.start();
    const { id, result } = await upload(uploader, textFile());
    fixture.servers.signer.faults = [{ do: 'answer', status: 503, path: '/delete', times: 2 }];
    uploader.removeFile(id);
    await deleted();
    await isGone(result.key);
    assert.equal(fixture.signerRequests('/delete').length, 3);
  });

  test('is reported by delete-error when it cannot be deleted', async () => {
    const uploader = fixture.start();
    const { id, result } = await upload(uploader, textFile());
    fixture.servers.signer.faults = [{ do: 'answer', status: 403, path: '/delete' }];
    const error = nextEvent(uploader, 'delete-error');
    uploader.removeFile(id);
    const { key, status, name, phase } = (await error).detail;
    assert.deepEqual([key, status, name, phase], [result.key, 403, 'note.txt', 'sign']);
    assert.ok(await fixture.servers.storedObject(result.key));
    assert.equal(uploader.items.length, 0);
  });

  test('stays when the list is cleared, or the next file replaces it', async () => {
    const uploader = fixture.start({ limits: { multiple: false } });
    const first = await upload(uploader, textFile('first.txt'));
    const second = await upload(uploader, textFile('second.txt'));
    uploader.clear();
    assert.equal(uploader.items.length, 0);
    const third = await upload(uploader, textFile('third.txt'));
    uploader.removeFile(third.id);
    await isGone(third.result.key);
    assert.equal(fixture.signerRequests('/delete').length, 1);
    for (const { result } of [first, second]) assert.ok(await fixture.servers.storedObject(result.key));
  });
});

describe('A stored file that is removed and can come back', () => {
  let fixture: SignerFixture;
  before(async () => {
    fixture = await startSignerFixture({ allowDelete: true });
  });
  beforeEach(() => fixture.reset());
  after(() => fixture[Symbol.asyncDispose]());

  const isStored = async (key: string): Promise<boolean> => !!(await fixture.servers.storedObject(key));
  const names = (uploader: Uploader): string => uploader.items.map(({ name }) => name).join();
  const uploadAll = async (uploader: Uploader): Promise<(UploadItem & { status: 'done' })[]> => [
    await upload(uploader, textFile('a')),
    await upload(uploader, textFile('b')),
    await upload(uploader, textFile('c')),
  ];

  test('is out of the list and stored until deleteRemoved()', async () => {
    const uploader = fixture.start();
    const { id, result } = await upload(uploader, textFile());
    const removed = recordDetails(uploader, 'file-remove');
    uploader.removeFile(id, { canRestore: true });
    assert.equal(removed[0]?.key, result.key);
    assert.deepEqual(uploader.items, []);
    assert.equal(uploader.item(id), undefined);
    assert.deepEqual(
      uploader.removed.map((item) => item.id),
      [id],
    );
    await upload(uploader, textFile('next'));
    assert.ok(await isStored(result.key));
    await uploader.deleteRemoved();
    assert.equal(await isStored(result.key), false);
    assert.deepEqual(uploader.removed, []);
    uploader.restoreFile(id);
    assert.equal(names(uploader), 'next');
  });

  test('comes back at its place, with its id, in any order', async () => {
    const uploader = fixture.start();
    const files = await uploadAll(uploader);
    const restored = recordDetails(uploader, 'file-restore');
    for (const index of [1, 0, 2]) uploader.removeFile(files[index]!.id, { canRestore: true });
    await upload(uploader, textFile('d'));
    for (const [index, list] of [[1, 'b,d'] as const, [2, 'b,c,d'] as const, [0, 'a,b,c,d'] as const]) {
      uploader.restoreFile(files[index]!.id);
      assert.equal(names(uploader), list);
    }
    assert.deepEqual(uploader.items.slice(0, 3), files);
    assert.deepEqual(
      restored.map(({ name, key }) => [name, key]),
      [1, 2, 0].map((index) => [files[index]!.name, files[index]!.result.key]),
    );
    await uploader.deleteRemoved();
    for (const { result } of files) assert.ok(await isStored(result.key));
  });

  test('can be removed again, and is then deleted', async () => {
    const uploader = fixture.start();
    const { id, result } = await upload(uploader, textFile());
    uploader.removeFile(id, { canRestore: true });
    uploader.restoreFile(id);
    uploader.removeFile(id, { canRestore: true });
    await uploader.deleteRemoved(id);
    assert.equal(await isStored(result.key), false);
  });

  test('does not count towards the limits', async () => {
    const uploader = fixture.start({ limits: { maxFiles: 1 } });
    const first = await upload(uploader, textFile('first'));
    uploader.removeFile(first.id, { canRestore: true });
    await upload(uploader, textFile('second'));
    uploader.restoreFile(first.id);
    const [third] = await uploader.add([textFile('third')]);
    assert.deepEqual([names(uploader), third?.status], ['first,second,third', 'rejected']);
  });

  test('is deleted by clear() and forget(), and stays with destroy()', async () => {
    for (const end of ['clear', 'forget', 'destroy'] as const) {
      const uploader = fixture.start();
      const [a, b] = await uploadAll(uploader);
      uploader.removeFile(a!.id, { canRestore: true });
      await uploader[end]();
      if (end === 'destroy') await upload(fixture.start(), textFile('later'));
      else await fixture.servers.signer.arrived(end === 'clear' ? 1 : 2, { path: '/delete' });
      const endTime = Date.now() + 5000;
      while (end !== 'destroy' && (await isStored(a!.result.key)) && Date.now() < endTime);
      assert.deepEqual([await isStored(a!.result.key), await isStored(b!.result.key)], [end === 'destroy', true], end);
      assert.deepEqual(uploader.removed, []);
    }
  });

  test('is never an unfinished one', async () => {
    const uploader = fixture.start({ auto: false });
    const [item] = await uploader.add([textFile()]);
    uploader.removeFile(item!.id, { canRestore: true });
    assert.deepEqual(uploader.removed, []);
    uploader.restoreFile(item!.id);
    assert.deepEqual(uploader.items, []);
  });

  test('is every removed stored file with keepRemoved, which clear() and forget() keep stored', async () => {
    const uploader = fixture.start({ keepRemoved: true });
    const [a, b, c] = await uploadAll(uploader);
    uploader.removeFile(a!.id);
    uploader.clear();
    assert.deepEqual(uploader.removed, []);
    const d = await upload(uploader, textFile('d'));
    uploader.removeFile(d.id);
    await uploader.forget();
    await upload(uploader, textFile('later'));
    for (const { result } of [a!, b!, c!, d]) assert.ok(await isStored(result.key));
    assert.deepEqual(fixture.signerRequests('/delete'), []);
  });

  test('is reported by delete-error when it cannot be deleted, and deleteRemoved() resolves', async () => {
    const uploader = fixture.start({ keepRemoved: true });
    const [a, b] = await uploadAll(uploader);
    for (const { id } of [a!, b!]) uploader.removeFile(id);
    fixture.servers.signer.faults = [{ do: 'answer', status: 403, path: '/delete', times: 1 }];
    const errors = recordDetails(uploader, 'delete-error');
    await uploader.deleteRemoved();
    const stored = await Promise.all([a!, b!].map(({ result }) => isStored(result.key)));
    assert.equal(stored.filter(Boolean).length, 1);
    assert.equal(errors[0]?.key, [a!, b!][stored.indexOf(true)]!.result.key);
  });
});

test('A stored file that is removed stays where the signer does not allow its deletion', async () => {
  await using fixture = await startSignerFixture();
  const uploader = fixture.start();
  const { id, result } = await upload(uploader, textFile());
  uploader.removeFile(id);
  await upload(uploader, textFile());
  assert.deepEqual(fixture.signerRequests('/delete'), []);
  assert.ok(await fixture.servers.storedObject(result.key));
});
