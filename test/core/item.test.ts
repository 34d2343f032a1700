import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UploadError } from '../../widget/core/errors.ts';
import { isActive, isPending, loadedOf, transition, type UploadItem } from '../../widget/core/item.ts';
import { textFile } from '../fixtures/files.ts';

const file = textFile('note.txt', 'words');
const ready: UploadItem = { id: '1', file, name: file.name, size: file.size, type: file.type, status: 'ready' };
const error = new UploadError('network', 'gone', { phase: 'upload' });

test('a file goes from ready to done, one state at a time, and each is a new frozen object', () => {
  const queued = transition(ready, { status: 'queued', loaded: 0 });
  const signing = transition(queued, { status: 'signing', loaded: 0 });
  const uploading = transition(signing, { status: 'uploading', loaded: 3 });
  const finishing = transition(uploading, { status: 'finishing', loaded: 5 });
  const done = transition(finishing, { status: 'done', result: { key: 'k', location: 'l' } });
  assert.equal(loadedOf(done), 5);
  assert.equal(ready.status, 'ready');
  assert.ok(Object.isFrozen(done) && Object.isFrozen(queued));
  assert.deepEqual([queued, signing, uploading, finishing].map(isPending), [true, true, true, true]);
  assert.deepEqual([queued, done].map(isActive), [false, false]);
});

test('progress never goes back but by a fresh start', () => {
  const queued = transition(ready, { status: 'queued', loaded: 0 });
  const signing = transition(queued, { status: 'signing', loaded: 0 });
  const uploading = transition(signing, { status: 'uploading', loaded: 4 });
  const waiting = transition(uploading, {
    status: 'waiting',
    loaded: 0,
    reason: 'retry',
    attempt: 1,
    delay: 500,
    error,
  });
  assert.equal(loadedOf(waiting), 4);
  const failed = transition(waiting, { status: 'failed', loaded: 0, error });
  assert.equal(loadedOf(transition(failed, { status: 'queued', loaded: 0 })), 0);
});

for (const status of ['uploading', 'finishing', 'waiting'] as const) {
  test(`a file that is ready cannot be ${status} at once`, () => {
    const state = { status, loaded: 0, reason: 'retry', attempt: 0, delay: 0, error } as const;
    assert.throws(() => transition(ready, state), { message: `Unexpected transition from ready to ${status}` });
  });
}

test('what is done stays done', () => {
  const done: UploadItem = { ...ready, status: 'done', result: { key: 'k', location: 'l' } };
  assert.throws(() => transition(done, { status: 'canceled' }), /from done to canceled/);
});
