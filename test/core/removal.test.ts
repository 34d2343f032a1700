import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, mock, test } from 'node:test';
import type { UploadItem, Uploader } from '../../widget/core/index.ts';
import { MIB, startTicketed, type Ticketed } from '../fixtures/ticketed.ts';
import { film, next, record, textFile, until } from '../fixtures/uploads.ts';

/** A stored file of a queue. */
async function stored(uploader: Uploader, file: File): Promise<UploadItem & { status: 'done' }> {
  const [item] = await uploader.add([file]);
  return (await until(uploader, item!.id, 'done')) as UploadItem & { status: 'done' };
}

describe('a stored file that is removed, where the signer allows it,', () => {
  let ticketed: Ticketed;
  before(async () => {
    ticketed = await startTicketed({ allowDelete: true });
  });
  beforeEach(() => {
    ticketed.reset();
    mock.restoreAll();
    mock.method(Math, 'random', () => 0); // waits that would be drawn at random are none
  });
  after(() => ticketed[Symbol.asyncDispose]());

  const deleted = () => ticketed.stack.signer.arrived(1, { path: '/delete' });
  const isGone = async (key: string): Promise<void> => {
    const end = Date.now() + 5000;
    while ((await ticketed.stack.object(key)) && Date.now() < end)
      await new Promise((resolve) => setImmediate(resolve));
    assert.equal(await ticketed.stack.object(key), undefined);
  };

  for (const [what, file] of [
    ['whole', textFile()],
    ['in parts', film(7 * MIB)],
  ] as const) {
    test(`is deleted, sent ${what}`, async () => {
      const uploader = ticketed.start();
      const { id, result } = await stored(uploader, file);
      const removed = record(uploader, 'file-remove');
      uploader.remove(id);
      assert.deepEqual(
        removed.map(({ key }) => key),
        [result.key],
      );
      assert.equal(uploader.items.length, 0);
      await isGone(result.key);
    });
  }

  test('is deleted though the signer is busy first', async () => {
    const uploader = ticketed.start();
    const { id, result } = await stored(uploader, textFile());
    ticketed.stack.signer.faults = [{ do: 'answer', status: 503, path: '/delete', times: 2 }];
    uploader.remove(id);
    await deleted();
    await isGone(result.key);
    assert.equal(ticketed.called('/delete').length, 3);
  });

  test('is told of when it cannot be deleted', async () => {
    const uploader = ticketed.start();
    const { id, result } = await stored(uploader, textFile());
    ticketed.stack.signer.faults = [{ do: 'answer', status: 403, path: '/delete' }];
    const error = next(uploader, 'delete-error');
    uploader.remove(id);
    const { key, status, name, phase } = await error;
    assert.deepEqual([key, status, name, phase], [result.key, 403, 'note.txt', 'sign']);
    assert.ok(await ticketed.stack.object(result.key));
    assert.equal(uploader.items.length, 0);
  });

  test('stays when the whole list is cleared, or the next file takes its place', async () => {
    const uploader = ticketed.start({ limits: { multiple: false } });
    const first = await stored(uploader, textFile('first.txt'));
    const second = await stored(uploader, textFile('second.txt'));
    uploader.clear();
    assert.equal(uploader.items.length, 0);
    const third = await stored(uploader, textFile('third.txt'));
    uploader.remove(third.id);
    await isGone(third.result.key);
    assert.equal(ticketed.called('/delete').length, 1);
    for (const { result } of [first, second]) assert.ok(await ticketed.stack.object(result.key));
  });
});

test('a stored file that is removed stays where the signer does not delete', async () => {
  await using ticketed = await startTicketed();
  const uploader = ticketed.start();
  const { id, result } = await stored(uploader, textFile());
  uploader.remove(id);
  await stored(uploader, textFile());
  assert.deepEqual(ticketed.called('/delete'), []);
  assert.ok(await ticketed.stack.object(result.key));
});
