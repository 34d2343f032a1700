import { expect } from '@open-wc/testing';
import { loadedOf } from '../../widget/core/item.ts';
import type { S3UploaderElement } from '../../widget/index.ts';
import { nextEvent } from '../fixtures/events.ts';
import { MiB, videoFile } from '../fixtures/files.ts';
import { type RemoteServers, sha256, startRemoteServers } from '../fixtures/remote-servers.ts';
import { until } from '../fixtures/wait.ts';

import '../../widget/define.ts';

describe('A file on a bad line', function () {
  this.timeout(120_000);
  this.retries(2); // figures of time: a machine that has other things to do makes them worse, and never better
  let servers: RemoteServers;
  let tag: S3UploaderElement;
  before(async () => {
    servers = await startRemoteServers({ partSize: 8 * MiB });
  });
  beforeEach(async () => {
    await Promise.all([servers.storage.reset(), servers.signer.reset()]);
    tag = Object.assign(document.createElement('s3-uploader'), { endpoint: servers.endpoint });
    document.body.append(tag);
  });
  afterEach(() => {
    tag.clear();
    tag.remove();
  });
  after(() => servers.close());

  for (const [what, size, path] of [
    ['in parts', 32 * MiB, 'partNumber='],
    ['by one POST', 15 * MiB, ''],
  ] as const) {
    it(`${what}, half sent when the machine falls asleep, goes on within 5 s of waking, ten minutes later`, async () => {
      await servers.storage.setFaults({ do: 'stall', at: { share: 0.5 }, path });
      const file = videoFile(size);
      const success = nextEvent(tag, 'upload-success');
      await tag.add([file]);
      const isSent = (): Promise<boolean> =>
        servers.storage.readLog().then(({ requests }) => requests.some(({ bytes }) => bytes > MiB));
      await until('some of it at the storage', isSent);
      // and for some frames no byte has gone into any buffer on the way
      let loaded: number[] = [];
      await until('nothing that moves', () => {
        loaded = [...loaded, loadedOf(tag.files[0]!)].slice(-15);
        return loaded.length === 15 && loaded[0] === loaded.at(-1);
      });
      const before = (await servers.storage.readLog()).requests.length;
      // what stalls is dead: nobody lets it go; only what comes after it passes
      await servers.storage.setFaults();
      const { now } = Date;
      const woken = performance.now();
      Date.now = () => now() + 600_000;
      try {
        await servers.storage.arrived(before + 1);
        expect(performance.now() - woken).to.be.below(5000);
        const { key } = (await success).detail;
        expect((await servers.storedObject(key))?.sha256).to.equal(await sha256(file));
      } finally {
        Date.now = now;
      }
    });
  }

  it('goes three times as fast in four parts at once as by one POST, over 100 ms and 2 MiB/s a connection', async () => {
    const line = { latency: 100, bytesPerSecond: 2 * MiB };
    const whole = await startRemoteServers({ multipartFrom: 1024 * MiB });
    const parted = await startRemoteServers({ partSize: 12 * MiB });
    const file = videoFile(48 * MiB);
    await tag.add([]); // what shows and sends files is there
    const took = async (over: RemoteServers): Promise<number> => {
      tag.endpoint = over.endpoint;
      await tag.updateComplete;
      await Promise.all([over.storage.setPace(line), over.signer.setPace(line)]);
      const success = nextEvent(tag, 'upload-success');
      const began = performance.now();
      await tag.add([file]);
      await success;
      return performance.now() - began;
    };
    const inParts = await took(parted);
    const byPost = await took(whole);
    await Promise.all([parted.close(), whole.close()]);
    expect(byPost / inParts).to.be.above(3);
  });
});
