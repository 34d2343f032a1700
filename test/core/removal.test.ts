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

test('A stored file that is removed stays where the signer does not allow its deletion', async () => {
  await using fixture = await startSignerFixture();
  const uploader = fixture.start();
  const { id, result } = await upload(uploader, textFile());
  uploader.removeFile(id);
  await upload(uploader, textFile());
  assert.deepEqual(fixture.signerRequests('/delete'), []);
  assert.ok(await fixture.servers.storedObject(result.key));
});
