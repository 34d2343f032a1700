import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestLimiter } from '../../widget/core/request-limiter.ts';

const { signal } = new AbortController();

/** How many get a place now. */
async function places(sockets: RequestLimiter): Promise<number> {
  let got = 0;
  const controller = new AbortController();
  const tries = Array.from({ length: 10 }, () => sockets.acquire(controller.signal).then(() => (got += 1)));
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  controller.abort();
  await Promise.allSettled(tries);
  for (let place = 0; place < got; place += 1) sockets.release();
  return got;
}

test('six at a time', async () => assert.equal(await places(new RequestLimiter()), 6));

test('first come, first served', async () => {
  const sockets = new RequestLimiter();
  for (let used = 0; used < 6; used += 1) await sockets.acquire(signal);
  const order: number[] = [];
  const waiting = [1, 2, 3].map((number) => sockets.acquire(signal).then(() => order.push(number)));
  for (let freed = 0; freed < 3; freed += 1) sockets.release();
  await Promise.all(waiting);
  assert.deepEqual(order, [1, 2, 3]);
});

test('a storage that asks to slow down gets half as many, and one more after ten requests that went well', async () => {
  const sockets = new RequestLimiter();
  const eras = await Promise.all(Array.from({ length: 6 }, () => sockets.acquire(signal)));
  // a complaint of each is one complaint
  for (const era of eras) sockets.throttle(era);
  for (let freed = 0; freed < eras.length; freed += 1) sockets.release();
  assert.equal(await places(sockets), 3);
  for (let time = 0; time < 3; time += 1) {
    sockets.throttle(await sockets.acquire(signal));
    sockets.release();
  }
  assert.equal(await places(sockets), 1);
  for (let time = 0; time < 10; time += 1) sockets.succeed();
  assert.equal(await places(sockets), 2);
});

test('it is half of those that run, where fewer run than may', async () => {
  const sockets = new RequestLimiter();
  const [era] = await Promise.all(Array.from({ length: 4 }, () => sockets.acquire(signal)));
  sockets.throttle(era!);
  for (let used = 0; used < 4; used += 1) sockets.release();
  assert.equal(await places(sockets), 2);
});

test('who gives up waiting takes no place', async () => {
  const sockets = new RequestLimiter();
  for (let used = 0; used < 6; used += 1) await sockets.acquire(signal);
  const controller = new AbortController();
  const waiting = sockets.acquire(controller.signal);
  controller.abort(new Error('no more'));
  await assert.rejects(waiting, /no more/);
  for (let used = 0; used < 6; used += 1) sockets.release();
  assert.equal(await places(sockets), 6);
});
