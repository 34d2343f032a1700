import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { UploadError } from '../../widget/core/errors.ts';
import {
  canSetMetadata,
  createItem,
  isActive,
  isPending,
  isSettled,
  isUnfinished,
  loadedOf,
  transition,
  type UploadItem,
  type UploadState,
  type UploadStatus,
} from '../../widget/core/item.ts';
import { textFile } from '../fixtures/files.ts';

const file = textFile('note.txt', 'words');
const info = { id: '1', file, name: file.name, size: file.size, type: file.type };
const ready = createItem(info, { status: 'ready' });
const error = new UploadError('network', 'gone', { phase: 'upload' });

const STATES: Record<UploadStatus, UploadState> = {
  rejected: { status: 'rejected', error },
  preparing: { status: 'preparing' },
  ready: { status: 'ready' },
  queued: { status: 'queued', loaded: 0 },
  signing: { status: 'signing', loaded: 0 },
  uploading: { status: 'uploading', loaded: 0 },
  finishing: { status: 'finishing', loaded: 0 },
  waiting: { status: 'waiting', loaded: 0, reason: 'retry', attempt: 1, delay: 500, error },
  paused: { status: 'paused', loaded: 0 },
  done: { status: 'done', result: { key: 'k', location: 'l' } },
  failed: { status: 'failed', loaded: 0, error },
  canceled: { status: 'canceled' },
};
const STATUSES = Object.keys(STATES) as UploadStatus[];
const inStatus = (status: UploadStatus): UploadItem => ({ ...info, ...STATES[status] });

const PREDICATES = { isActive, isPending, isUnfinished, isSettled, canSetMetadata };

/** The properties of a file in each status, and the statuses that may follow. */
const TABLE: readonly [UploadStatus, predicates: string, successors: string][] = [
  ['rejected', 'isSettled', ''],
  ['preparing', 'isPending isUnfinished canSetMetadata', 'rejected ready canceled'],
  ['ready', 'isUnfinished canSetMetadata', 'queued paused canceled'],
  ['queued', 'isPending isUnfinished', 'signing paused failed canceled'],
  ['signing', 'isActive isPending isUnfinished', 'uploading waiting paused failed canceled'],
  ['uploading', 'isActive isPending isUnfinished', 'signing uploading finishing waiting paused failed canceled'],
  ['finishing', 'isActive isPending isUnfinished', 'signing uploading finishing waiting paused done failed canceled'],
  ['waiting', 'isActive isPending isUnfinished', 'signing uploading finishing waiting paused failed canceled'],
  ['paused', 'isUnfinished', 'queued paused failed canceled'],
  ['done', 'isSettled', ''],
  ['failed', '', 'queued canceled'],
  ['canceled', 'isSettled canSetMetadata', 'preparing queued'],
];

describe('An item', () => {
  for (const [status, predicates, successors] of TABLE) {
    test(`that is ${status} is ${predicates || 'none of the predicates'}`, () => {
      const matching = Object.entries(PREDICATES).filter(([, predicate]) => predicate(inStatus(status)));
      assert.equal(matching.map(([name]) => name).join(' '), predicates);
    });

    test(`that is ${status} may become ${successors || 'nothing else'}`, () => {
      const allowed = STATUSES.filter((next) => {
        try {
          return transition(inStatus(status), STATES[next]).status === next;
        } catch (thrown) {
          assert.equal((thrown as Error).message, `Unexpected transition from ${status} to ${next}`);
          return false;
        }
      });
      assert.equal(allowed.join(' '), successors);
    });
  }

  test('goes from ready to done, one state at a time, each a new frozen object', () => {
    const queued = transition(ready, { status: 'queued', loaded: 0 });
    const signing = transition(queued, { status: 'signing', loaded: 0 });
    const uploading = transition(signing, { status: 'uploading', loaded: 3 });
    const finishing = transition(uploading, { status: 'finishing', loaded: 5 });
    const done = transition(finishing, { status: 'done', result: { key: 'k', location: 'l' } });
    assert.equal(loadedOf(done), 5);
    assert.equal(ready.status, 'ready');
    assert.ok([ready, queued, done].every(Object.isFrozen));
    assert.deepEqual([queued, signing, uploading, finishing].map(isPending), [true, true, true, true]);
    assert.deepEqual([queued, done].map(isActive), [false, false]);
  });

  test('never loses progress, unless it starts again', () => {
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
    test(`that is ready cannot be ${status} next`, () => {
      const state = { status, loaded: 0, reason: 'retry', attempt: 0, delay: 0, error } as const;
      assert.throws(() => transition(ready, state), { message: `Unexpected transition from ready to ${status}` });
    });
  }

  test('that is done stays done', () => {
    const done: UploadItem = { ...ready, status: 'done', result: { key: 'k', location: 'l' } };
    assert.throws(() => transition(done, { status: 'canceled' }), /from done to canceled/);
  });

  test('keeps its state and members with other metadata', () => {
    const changed = transition(ready, { metadata: { title: 'Sea' } });
    assert.deepEqual(changed, { ...ready, metadata: { title: 'Sea' } });
    assert.deepEqual(transition(changed, { status: 'queued', loaded: 0 }).metadata, { title: 'Sea' });
  });

  test('whose upload has begun refuses other metadata', () => {
    assert.throws(() => transition(inStatus('uploading'), { metadata: {} }), /"note\.txt" cannot change any more/);
  });

  test('that failed at the signer accepts other metadata', () => {
    const refused = new UploadError('signer-refused', 'a title is missing', { phase: 'sign' });
    const failed: UploadItem = { ...info, status: 'failed', loaded: 0, error: refused };
    assert.ok(canSetMetadata(failed) && !canSetMetadata(inStatus('failed')));
  });

  test('that is prepared or was lost may get another file, and no other may', () => {
    const made = { file: textFile('made.md'), picked: file, name: 'made.md', size: 12, type: 'text/markdown' };
    const prepared = transition(inStatus('preparing'), { status: 'ready', ...made });
    assert.deepEqual([prepared.name, prepared.picked, prepared.status], ['made.md', file, 'ready']);
    const { file: _lost, ...rest } = info;
    const lost: UploadItem = { ...rest, status: 'paused', loaded: 0, error };
    const found = transition(lost, { status: 'paused', loaded: 0, file });
    assert.deepEqual([found.file, 'error' in found], [file, false]);
    assert.throws(() => transition(ready, { status: 'queued', loaded: 0, file }), /from ready to queued/);
  });
});
