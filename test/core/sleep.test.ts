import assert from 'node:assert/strict';
import { after, afterEach, before, describe, mock, test } from 'node:test';
import type { Network } from '../../widget/core/network.ts';
import { MIB, startTicketed, type Ticketed } from '../fixtures/ticketed.ts';
import { film, record, until } from '../fixtures/uploads.ts';

let bench: Ticketed;
before(async () => {
  bench = await startTicketed();
});
after(() => bench[Symbol.asyncDispose]());
afterEach(() => {
  bench.reset();
  mock.restoreAll();
});

type Line = Network & { online: boolean };
const line = (): Line => Object.assign(new EventTarget(), { online: true });

const wake = (network: Network): void => void network.dispatchEvent(new Event('wake'));

describe('a machine that wakes up', () => {
  test('drops the parts that were in flight, and goes on within 5 s', async () => {
    bench.stack.storage.faults = [{ do: 'swallow', stored: false, path: 'partNumber=', times: 3 }];
    const network = line();
    const uploader = bench.start({ network });
    const [item] = await uploader.add([film(15 * MIB)]);
    await bench.stack.storage.arrived(3, { path: 'partNumber=' });
    // a byte that moves after waking would be a sign of life
    const isRead = () =>
      bench.stack.storage.requests.every(({ path, bytes }) => !/partNumber/.test(path) || bytes === 5 * MIB);
    while (!isRead()) await new Promise(setImmediate);
    const woken = performance.now();
    wake(network);
    await bench.stack.storage.arrived(4, { path: 'partNumber=' });
    assert.ok(performance.now() - woken < 5000, String(performance.now() - woken));
    await bench.assertStored(await until(uploader, item!.id, 'done'));
  });

  for (const path of ['/parts', '/complete']) {
    test(`asks the signer anew for what it was asked at ${path} before, within 5 s`, async () => {
      bench.stack.signer.faults = [{ do: 'swallow', path, times: 1 }];
      const network = line();
      const uploader = bench.start({ network });
      const [item] = await uploader.add([film(12 * MIB)]);
      await bench.stack.signer.arrived(1, { path });
      const woken = performance.now();
      wake(network);
      await bench.stack.signer.arrived(2, { path });
      assert.ok(performance.now() - woken < 5000, String(performance.now() - woken));
      await bench.assertStored(await until(uploader, item!.id, 'done'));
      assert.deepEqual(bench.partsSent().sort(), [1, 2, 3]);
    });
  }
});

test('a line that is down for hours burns no try of any part', async () => {
  const network = line();
  const uploader = bench.start({ network });
  const retries = record(uploader, 'upload-retry');
  bench.stack.storage.faults = [{ do: 'cut', at: { share: 0.5 }, path: 'partNumber=', times: 3 }];
  network.online = false;
  const [item] = await uploader.add([film(12 * MIB)]);
  await bench.stack.storage.arrived(3, { path: 'partNumber=' });
  await until(uploader, item!.id, 'waiting');
  for (let time = 0; time < 20; time += 1) wake(network);
  network.online = true;
  wake(network);
  await bench.assertStored(await until(uploader, item!.id, 'done'));
  assert.equal(bench.partsSent().length, 6);
  assert.deepEqual(retries, []);
});
