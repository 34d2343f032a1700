import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Sockets } from '../../widget/core/request-limiter.ts';

const { signal } = new AbortController();

/** How many get a place now. */
async function places(sockets: Sockets): Promise<number> {
  let got = 0;
  const controller = new AbortController();
  const tries = Array.from({ length: 10 }, () => sockets.enter(controller.signal).then(() => (got += 1)));
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  controller.abort();
  await Promise.allSettled(tries);
  for (let place = 0; place < got; place += 1) sockets.leave();
  return got;
}

test('six at a time', async () => assert.equal(await places(new Sockets()), 6));

test('first come, first served', async () => {
  const sockets = new Sockets();
  for (let used = 0; used < 6; used += 1) await sockets.enter(signal);
  const order: number[] = [];
  const waiting = [1, 2, 3].map((number) => sockets.enter(signal).then(() => order.push(number)));
  for (let freed = 0; freed < 3; freed += 1) sockets.leave();
  await Promise.all(waiting);
  assert.deepEqual(order, [1, 2, 3]);
});

test('a storage that asks to slow down gets half as many, and one more after ten requests that went well', async () => {
  const sockets = new Sockets();
  const eras = await Promise.all(Array.from({ length: 6 }, () => sockets.enter(signal)));
  // a complaint of each is one complaint
  for (const era of eras) sockets.slow(era);
  for (let freed = 0; freed < eras.length; freed += 1) sockets.leave();
  assert.equal(await places(sockets), 3);
  for (let time = 0; time < 3; time += 1) {
    sockets.slow(await sockets.enter(signal));
    sockets.leave();
  }
  assert.equal(await places(sockets), 1);
  for (let time = 0; time < 10; time += 1) sockets.clear();
  assert.equal(await places(sockets), 2);
});

test('it is half of those that run, where fewer run than may', async () => {
  const sockets = new Sockets();
  const [era] = await Promise.all(Array.from({ length: 4 }, () => sockets.enter(signal)));
  sockets.slow(era!);
  for (let used = 0; used < 4; used += 1) sockets.leave();
  assert.equal(await places(sockets), 2);
});

test('who gives up waiting takes no place', async () => {
  const sockets = new Sockets();
  for (let used = 0; used < 6; used += 1) await sockets.enter(signal);
  const controller = new AbortController();
  const waiting = sockets.enter(controller.signal);
  controller.abort(new Error('no more'));
  await assert.rejects(waiting, /no more/);
  for (let used = 0; used < 6; used += 1) sockets.leave();
  assert.equal(await places(sockets), 6);
});
