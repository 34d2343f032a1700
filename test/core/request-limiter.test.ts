import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Connections } from '../../widget/core/connections.ts';
import { RequestLimiter } from '../../widget/core/request-limiter.ts';

const { signal } = new AbortController();

/** The number of requests that may start now. */
async function freeSlots(limiter: RequestLimiter): Promise<number> {
  let started = 0;
  const controller = new AbortController();
  const requests = Array.from({ length: 10 }, () => limiter.acquire(controller.signal).then(() => (started += 1)));
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  controller.abort();
  await Promise.allSettled(requests);
  for (let ended = 0; ended < started; ended += 1) limiter.release();
  return started;
}

describe('The connections of a page', () => {
  it('limit the requests to each host', async () => {
    const connections = new Connections();
    for (let used = 0; used < 6; used += 1) await connections.to('one.example').acquire(signal);
    assert.equal(await freeSlots(connections.to('one.example')), 0);
    assert.equal(await freeSlots(connections.to('two.example')), 6);
  });

  it('are busy with a host from its first request to the end of its last', async () => {
    const log: string[] = [];
    class LoggedConnections extends Connections {
      protected override onBusy(host: string): () => void {
        log.push(`busy ${host}`);
        return () => log.push('idle');
      }
    }
    const limiter = new LoggedConnections().to('one.example');
    for (let round = 0; round < 2; round += 1) {
      await limiter.acquire(signal);
      await limiter.acquire(signal);
      limiter.release();
      limiter.release();
    }
    assert.deepEqual(log, ['busy one.example', 'idle', 'busy one.example', 'idle']);
  });
});

describe('The request limiter', () => {
  it('runs six requests at a time', async () => assert.equal(await freeSlots(new RequestLimiter()), 6));

  it('starts waiting requests in the order in which they came', async () => {
    const limiter = new RequestLimiter();
    for (let used = 0; used < 6; used += 1) await limiter.acquire(signal);
    const order: number[] = [];
    const waiting = [1, 2, 3].map((number) => limiter.acquire(signal).then(() => order.push(number)));
    for (let freed = 0; freed < 3; freed += 1) limiter.release();
    await Promise.all(waiting);
    assert.deepEqual(order, [1, 2, 3]);
  });

  it('halves the requests each time the storage asks to slow down, and adds one after ten successes', async () => {
    const limiter = new RequestLimiter();
    const before = await Promise.all(Array.from({ length: 6 }, () => limiter.acquire(signal)));
    // refusals of requests that ran together count once
    for (const throttles of before) limiter.throttle(throttles);
    for (let freed = 0; freed < before.length; freed += 1) limiter.release();
    limiter.succeed();
    assert.equal(await freeSlots(limiter), 3);
    for (let time = 0; time < 3; time += 1) {
      limiter.throttle(await limiter.acquire(signal));
      limiter.release();
    }
    limiter.succeed();
    assert.equal(await freeSlots(limiter), 1);
    for (let time = 0; time < 10; time += 1) limiter.succeed();
    assert.equal(await freeSlots(limiter), 2);
  });

  it('halves the number of running requests when fewer run than its limit allows', async () => {
    const limiter = new RequestLimiter();
    const [throttles] = await Promise.all(Array.from({ length: 4 }, () => limiter.acquire(signal)));
    limiter.throttle(throttles!);
    for (let used = 0; used < 4; used += 1) limiter.release();
    limiter.succeed();
    assert.equal(await freeSlots(limiter), 2);
  });

  it('runs one request at a time while the storage only asks to slow down', async () => {
    const limiter = new RequestLimiter();
    for (let time = 0; time < 20; time += 1) {
      limiter.throttle(await limiter.acquire(signal));
      limiter.release();
      assert.equal(await freeSlots(limiter), 1);
    }
    for (let time = 0; time < 51; time += 1) limiter.succeed();
    assert.equal(await freeSlots(limiter), 6, 'all requests run again after a while');
  });

  it('gives no slot to a request that was aborted while it waited', async () => {
    const limiter = new RequestLimiter();
    for (let used = 0; used < 6; used += 1) await limiter.acquire(signal);
    const controller = new AbortController();
    const waiting = limiter.acquire(controller.signal);
    controller.abort(new Error('no more'));
    await assert.rejects(waiting, /no more/);
    for (let used = 0; used < 6; used += 1) limiter.release();
    assert.equal(await freeSlots(limiter), 6);
  });
});
