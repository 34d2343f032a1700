import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { type RetryKind, UploadError, type UploadErrorInit } from '../../widget/core/errors.ts';
import { steadyNetwork } from '../../widget/core/network.ts';
import { Retry, RetryQuota } from '../../widget/core/retry.ts';

const fail = (retry: RetryKind, init: Partial<UploadErrorInit> = {}): UploadError =>
  new UploadError('storage-busy', 'busy', { phase: 'upload', retry, status: 500, ...init });

describe('Retry', () => {
  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout', 'Date'] });
    // the longest wait that full jitter can draw
    mock.method(Math, 'random', () => 1);
  });
  afterEach(() => {
    mock.timers.reset();
    mock.restoreAll();
  });

  it('doubles the wait from half a second, and fails after the fifth attempt', async () => {
    const { failed, waits } = begin();
    for (let time = 0; time < 4; time += 1) await failed(fail('transient'));
    assert.deepEqual(waits, [500, 1000, 2000, 4000]);
    await assert.rejects(failed(fail('transient')), { code: 'storage-busy', status: 500, retry: 'never' });
  });

  it('counts attempts without a response apart from those with an error response', async () => {
    const { failed, waits } = begin();
    for (let time = 0; time < 8; time += 1) await failed(fail('transient', { status: undefined }));
    for (let time = 0; time < 4; time += 1) await failed(fail('transient'));
    assert.equal(waits.length, 12);
    await assert.rejects(failed(fail('transient')), { code: 'storage-busy' });
  });

  it('retries an error of the signer up to 50 times', async () => {
    const { failed, waits } = begin();
    for (let time = 0; time < 30; time += 1) await failed(fail('transient', { phase: 'sign' }));
    assert.equal(waits.length, 30);
  });

  it('doubles the wait of a throttled request from one second up to twenty', async () => {
    const { failed, waits } = begin();
    for (let time = 0; time < 8; time += 1) await failed(fail('throttle', { status: undefined }));
    assert.deepEqual(waits, [1000, 2000, 4000, 8000, 16_000, 20_000, 20_000, 20_000]);
  });

  it('spends no attempt while the storage only asks to slow down', async () => {
    const { retry, failed } = begin();
    for (let time = 0; time < 60; time += 1) await failed(fail('throttle', { status: 503 }));
    assert.equal(retry.failed, 0);
  });

  it('ends after 10 broken requests, if the host can be reached', async () => {
    for (const sent of ['all', 'part', 'nothing'] as const) {
      const { failed } = begin();
      const silent = fail('transient', { status: undefined, sent });
      for (let time = 1; time < 10; time += 1) await failed(silent, true);
      await assert.rejects(failed(silent, true), { retry: 'never' }, sent);
    }
  });

  it('tries after 20, 40 and then every 60 seconds whether an offline network works, and spends no attempt', async () => {
    const { retry, reasons } = begin(undefined, Object.assign(new EventTarget(), { online: false }));
    for (const seconds of [20, 40, 60, 60]) {
      let isOver = false;
      const waiting = retry.waitAfter(fail('transient', { status: undefined })).then(() => (isOver = true));
      const started = Date.now();
      while (!isOver) {
        mock.timers.tick(1_000);
        for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
      }
      await waiting;
      assert.ok(Math.abs(Date.now() - started - seconds * 1000) <= 1_000, String(Date.now() - started));
    }
    assert.deepEqual([retry.failed, new Set(reasons)], [0, new Set(['offline'])]);
  });

  it('counts the attempts of a network that is said to be offline when the host can be reached', async () => {
    const { retry, failed, reasons } = begin(undefined, Object.assign(new EventTarget(), { online: false }));
    await failed(fail('transient', { status: undefined, sent: 'part' }), true);
    assert.deepEqual([retry.failed, reasons], [1, ['retry']]);
  });

  it('retries a request without a response up to 50 times', async () => {
    const { failed, waits } = begin();
    const silent = fail('transient', { status: undefined });
    for (let time = 0; time < 30; time += 1) await failed(silent);
    assert.equal(waits.length, 30);
  });

  it('waits as long as the server demands, at most a minute', async () => {
    const { failed, waits } = begin();
    await failed(fail('throttle', { retryAfter: 3000 }));
    await failed(fail('throttle', { retryAfter: 3_600_000 }));
    assert.deepEqual(waits, [3000, 60_000]);
  });

  it('starts counting again after a success', async () => {
    const { retry, failed, waits } = begin();
    await failed(fail('transient'));
    await failed(fail('transient'));
    retry.succeed();
    assert.equal(retry.failed, 0);
    await failed(fail('transient'));
    assert.deepEqual(waits, [500, 1000, 500]);
  });

  for (const kind of ['never', 'sign-again'] as const) {
    it(`throws an error of the kind "${kind}" at once`, async () => {
      const error = fail(kind);
      await assert.rejects(begin().retry.waitAfter(error), error);
    });
  }

  it('counts no attempt while offline, and continues once online', async () => {
    const network = Object.assign(new EventTarget(), { online: false });
    const { retry, reasons } = begin(undefined, network);
    const waiting = retry.waitAfter(fail('transient', { status: undefined }));
    network.online = true;
    network.dispatchEvent(new Event('wake'));
    await waiting;
    assert.deepEqual([reasons, retry.failed], [['offline'], 0]);
  });

  it('rejects an aborted wait with the reason of its signal', async () => {
    const { retry, controller } = begin();
    const waiting = retry.waitAfter(fail('transient'));
    controller.abort(new Error('enough'));
    await assert.rejects(waiting, /enough/);
  });

  it('allows one request every 20 seconds when the shared quota is spent, until one succeeds', async () => {
    const quota = new RetryQuota();
    const { signal } = new AbortController();
    for (let spent = 0; spent < 500; spent += 10) await quota.spend(10, signal);
    const order: string[] = [];
    const first = quota.spend(14, signal).then(() => order.push('first'));
    const second = quota.spend(14, signal).then(() => order.push('second'));
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
    assert.deepEqual(order, []);
    mock.timers.tick(20_000);
    await first;
    assert.deepEqual(order, ['first']);
    quota.refund(14);
    await second;
    assert.deepEqual(order, ['first', 'second']);
  });
});

function begin(quota = new RetryQuota(), network = steadyNetwork()) {
  const controller = new AbortController();
  const waits: number[] = [];
  const reasons: string[] = [];
  const retry = new Retry({
    quota,
    network,
    signal: controller.signal,
    onWait: ({ delay, reason }) => {
      waits.push(delay);
      reasons.push(reason);
    },
  });
  /** Fails once, and lets the time of the wait pass. */
  const failed = async (error: UploadError, isReachable?: boolean): Promise<void> => {
    const waiting = retry.waitAfter(error, isReachable);
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
    mock.timers.tick(waits.at(-1) ?? 0);
    await waiting;
  };
  return { retry, failed, waits, reasons, controller, network };
}
