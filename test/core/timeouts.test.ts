import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, mock, test } from 'node:test';
import { callWithRetries } from '../../widget/core/retrying-call.ts';
import type { Transport, TransportOptions } from '../../widget/core/http.ts';
import { steadyNetwork } from '../../widget/core/network.ts';
import { RetryQuota } from '../../widget/core/retry.ts';
import { send } from '../../widget/core/send.ts';
import { RequestLimiter } from '../../widget/core/request-limiter.ts';

beforeEach(() => {
  mock.timers.enable({ apis: ['setInterval', 'setTimeout', 'Date'] });
  mock.method(Math, 'random', () => 0); // waits that would be drawn at random are none
});
afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
});

/** Time goes by, a second after the other, and all that follows from each happens. */
async function pass(seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    mock.timers.tick(1_000);
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  }
}

/** What became of a promise so far. */
function settled(promise: Promise<unknown>): { code?: unknown } {
  const outcome: { code?: unknown } = {};
  promise.catch((error: { code: string }) => (outcome.code = error.code));
  return outcome;
}

describe('a request to the storage', () => {
  /** A request that a test drives. */
  async function begin(): Promise<{ request: TransportOptions; outcome: { code?: unknown } }> {
    let request!: TransportOptions;
    const transport: Transport = (_request, options) => {
      request = options;
      return new Promise((_, reject) =>
        options.signal.addEventListener('abort', () => reject(options.signal.reason as Error)),
      );
    };
    const outcome = settled(
      send(
        { method: 'POST', url: 'https://bucket.example/', body: new Blob() },
        {
          ...{
            send: transport,
            signal: new AbortController().signal,
            network: steadyNetwork(),
            limiter: new RequestLimiter(),
          },
          ...{ timeout: 30_000, onProgress: () => {}, onSent: () => {} },
        },
      ),
    );
    await Promise.resolve();
    return { request, outcome };
  }

  test('whose every byte takes its time is left alone', async () => {
    const { request, outcome } = await begin();
    for (let loaded = 1; loaded <= 60; loaded += 1) {
      await pass(25);
      request.onProgress(loaded, 61);
    }
    assert.equal(outcome.code, undefined);
  });

  test('that is all sent has a minute to be answered', async () => {
    const { request, outcome } = await begin();
    request.onSent();
    await pass(59);
    assert.equal(outcome.code, undefined);
    await pass(3);
    assert.equal(outcome.code, 'timeout');
  });

  test('that took long on a slow line has as long to be answered, and five minutes at most', async () => {
    for (const [took, patience] of [
      [200, 200],
      [2000, 300],
    ] as const) {
      const { request, outcome } = await begin();
      for (let second = 0; second < took; second += 20) {
        request.onProgress(second, took);
        await pass(20);
      }
      request.onSent();
      await pass(patience - 2);
      assert.equal(outcome.code, undefined);
      await pass(4);
      assert.equal(outcome.code, 'timeout');
    }
  });
});

test('a signer that says nothing for fifteen seconds is asked again', async () => {
  const asked: AbortSignal[] = [];
  const call = (signal: AbortSignal): Promise<never> => {
    asked.push(signal);
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
  };
  const { signal } = new AbortController();
  settled(callWithRetries(call, { quota: new RetryQuota(), network: steadyNetwork(), signal }));
  await pass(15);
  assert.equal(asked.length, 1);
  await pass(2);
  assert.equal(asked.length, 2);
  assert.ok(asked[0]!.aborted && !asked[1]!.aborted);
});
