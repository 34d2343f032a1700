import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, mock, test } from 'node:test';
import { Connections } from '../../widget/core/connections.ts';
import { callWithRetries } from '../../widget/core/retrying-call.ts';
import type { Transport, TransportOptions } from '../../widget/core/http.ts';
import { steadyNetwork } from '../../widget/core/network.ts';
import { RetryQuota } from '../../widget/core/retry.ts';
import { send } from '../../widget/core/send.ts';
import { loadOnce } from '../../widget/core/lazy.ts';

beforeEach(() => {
  mock.timers.enable({ apis: ['setInterval', 'setTimeout', 'Date'] });
  mock.method(Math, 'random', () => 0); // no random waits
});
afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
});

/** Time passes, second by second, each with the promises that settle in it. */
async function pass(seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    mock.timers.tick(1_000);
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  }
}

/** Records the code of the error that a promise rejects with. */
function outcomeOf(promise: Promise<unknown>): { code?: unknown } {
  const outcome: { code?: unknown } = {};
  promise.catch((error: { code: string }) => (outcome.code = error.code));
  return outcome;
}

describe('A request to the storage', () => {
  /** Starts a request whose progress the test reports. */
  async function begin(
    body = new Blob(),
    timeout = 30_000,
    connections = new Connections(),
  ): Promise<{ request: TransportOptions; outcome: { code?: unknown } }> {
    let request!: TransportOptions;
    const transport: Transport = (_request, options) => {
      request = options;
      return new Promise((_, reject) =>
        options.signal.addEventListener('abort', () => reject(options.signal.reason as Error)),
      );
    };
    const outcome = outcomeOf(
      send(
        { method: 'POST', url: 'https://bucket.example/', body },
        {
          ...{
            send: transport,
            signal: new AbortController().signal,
            network: steadyNetwork(),
            connections,
            load: loadOnce,
          },
          ...{ timeout, onProgress: () => {}, onSent: () => {} },
        },
      ),
    );
    await Promise.resolve();
    return { request, outcome };
  }

  test('is not aborted while each byte is slow', async () => {
    const { request, outcome } = await begin();
    for (let loaded = 1; loaded <= 60; loaded += 1) {
      await pass(25);
      request.onProgress(loaded, 61);
    }
    assert.equal(outcome.code, undefined);
  });

  test('times out a minute after the last byte', async () => {
    const { request, outcome } = await begin();
    request.onSent();
    await pass(59);
    assert.equal(outcome.code, undefined);
    await pass(3);
    assert.equal(outcome.code, 'timeout');
  });

  test('may wait for its response as long as a slow network needs for the body, and at least for the timeout', async () => {
    for (const [bytes, timeout, seconds] of [
      [64 * 2 ** 20, 30_000, 1024],
      [1, 200_000, 200],
    ] as const) {
      const { request, outcome } = await begin(new Blob([new Uint8Array(bytes)]), timeout);
      request.onProgress(bytes, bytes);
      request.onSent();
      await pass(seconds - 2);
      assert.equal(outcome.code, undefined);
      await pass(200);
      assert.equal(outcome.code, 'timeout');
    }
  });

  test('may take as long as a slow network needs for the body while no request has reported progress', async () => {
    const { outcome } = await begin(new Blob([new Uint8Array(20 * 2 ** 20)]), 5_000);
    await pass(320);
    assert.equal(outcome.code, undefined);
    await pass(10);
    assert.equal(outcome.code, 'timeout');
  });

  test('waits in the line of the browser while other requests to its host move, for at most two minutes', async () => {
    const connections = new Connections();
    const { outcome } = await begin(new Blob(['file']), 30_000, connections);
    connections.to('bucket.example').hasSeenProgress = true;
    for (let second = 0; second < 118; second += 1) {
      connections.to('bucket.example').lastProgress = Date.now();
      await pass(1);
    }
    assert.equal(outcome.code, undefined);
    await pass(4);
    assert.equal(outcome.code, 'timeout');
  });

  test('waits in the line of the browser while another page sends to its host', async () => {
    class BusyConnections extends Connections {
      override isBusyElsewhere = (host: string): Promise<boolean> => Promise.resolve(host === 'bucket.example');
    }
    const connections = new BusyConnections();
    const { outcome } = await begin(new Blob(['file']), 30_000, connections);
    connections.to('bucket.example').hasSeenProgress = true;
    await pass(118);
    assert.equal(outcome.code, undefined);
    await pass(4);
    assert.equal(outcome.code, 'timeout');
  });

  test('does not wait for requests to another host', async () => {
    const connections = new Connections();
    const { outcome } = await begin(new Blob(['file']), 30_000, connections);
    connections.to('bucket.example').hasSeenProgress = true;
    connections.to('other.example').lastProgress = Infinity;
    await pass(32);
    assert.equal(outcome.code, 'timeout');
  });

  test('times out as long after the last byte as the sending took, at most five minutes', async () => {
    for (const [took, timeout] of [
      [200, 200],
      [2000, 300],
    ] as const) {
      const { request, outcome } = await begin();
      for (let second = 0; second < took; second += 20) {
        request.onProgress(second, took);
        await pass(20);
      }
      request.onSent();
      await pass(timeout - 2);
      assert.equal(outcome.code, undefined);
      await pass(4);
      assert.equal(outcome.code, 'timeout');
    }
  });
});

test('a call to a signer that does not respond for fifteen seconds is repeated', async () => {
  const calls: AbortSignal[] = [];
  const call = (signal: AbortSignal): Promise<never> => {
    calls.push(signal);
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
  };
  const { signal } = new AbortController();
  outcomeOf(callWithRetries(call, { quota: new RetryQuota(), network: steadyNetwork(), signal }));
  await pass(15);
  assert.equal(calls.length, 1);
  await pass(2);
  assert.equal(calls.length, 2);
  assert.ok(calls[0]!.aborted && !calls[1]!.aborted);
});
