import assert from 'node:assert/strict';
import { after, afterEach, before, describe, mock, test } from 'node:test';
import type { Network } from '../../widget/core/network.ts';
import { recordDetails } from '../fixtures/events.ts';
import { MiB, videoFile } from '../fixtures/files.ts';
import { type SignerFixture, startSignerFixture } from '../fixtures/signer-fixture.ts';
import { untilStatus } from '../fixtures/wait.ts';

let fixture: SignerFixture;
before(async () => {
  fixture = await startSignerFixture();
});
after(() => fixture[Symbol.asyncDispose]());
afterEach(() => {
  fixture.reset();
  mock.restoreAll();
});

const openNetwork = (): Network & { online: boolean } => Object.assign(new EventTarget(), { online: true });

const wake = (network: Network): void => void network.dispatchEvent(new Event('wake'));

describe('After the machine has slept', () => {
  test('parts that were in flight are sent again within 5 s', async () => {
    fixture.servers.storage.faults = [{ do: 'swallow', stored: false, path: 'partNumber=', times: 3 }];
    const network = openNetwork();
    const uploader = fixture.start({ network });
    const [item] = await uploader.add([videoFile(15 * MiB)]);
    await fixture.servers.storage.arrived(3, { path: 'partNumber=' });
    // bytes that are sent after the sleep would count as progress
    const isRead = () =>
      fixture.servers.storage.requests.every(({ path, bytes }) => !/partNumber/.test(path) || bytes === 5 * MiB);
    while (!isRead()) await new Promise(setImmediate);
    const woken = performance.now();
    wake(network);
    await fixture.servers.storage.arrived(4, { path: 'partNumber=' });
    assert.ok(performance.now() - woken < 5000, String(performance.now() - woken));
    await fixture.assertStored(await untilStatus(uploader, item!.id, 'done'));
  });

  for (const [path, parts] of [
    ['/parts', 12],
    ['/complete', 3],
  ] as const) {
    test(`a call to ${path} that was in flight is repeated within 5 s`, async () => {
      fixture.servers.signer.faults = [{ do: 'swallow', path, times: 1 }];
      const network = openNetwork();
      const uploader = fixture.start({ network });
      const [item] = await uploader.add([videoFile(parts * 5 * MiB)]);
      await fixture.servers.signer.arrived(1, { path });
      const woken = performance.now();
      wake(network);
      await fixture.servers.signer.arrived(2, { path });
      assert.ok(performance.now() - woken < 5000, String(performance.now() - woken));
      await fixture.assertStored(await untilStatus(uploader, item!.id, 'done'));
      assert.equal(fixture.partsSent().length, parts);
    });
  }
});

test('Hours offline count as no attempt of any part', async () => {
  const network = openNetwork();
  const uploader = fixture.start({ network });
  const retries = recordDetails(uploader, 'upload-retry');
  fixture.servers.storage.faults = [
    { do: 'cut', at: { share: 0.5 }, path: 'partNumber=', times: 3 },
    // the request that finds out whether the network works after all
    { do: 'cut', at: { bytes: 0 }, path: '/' },
  ];
  network.online = false;
  const [item] = await uploader.add([videoFile(15 * MiB)]);
  await fixture.servers.storage.arrived(3, { path: 'partNumber=' });
  await untilStatus(uploader, item!.id, 'waiting');
  for (let time = 0; time < 20; time += 1) wake(network);
  network.online = true;
  wake(network);
  await fixture.assertStored(await untilStatus(uploader, item!.id, 'done'));
  assert.equal(fixture.partsSent().length, 6);
  assert.deepEqual(retries, []);
});
