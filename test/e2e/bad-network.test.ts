import { expect } from '@open-wc/testing';
import { loadedOf } from '../../widget/core/item.ts';
import type { S3UploaderElement } from '../../widget/index.ts';
import { nextEvent } from '../fixtures/events.ts';
import { MiB, videoFile } from '../fixtures/files.ts';
import { type RemoteServers, sha256, startRemoteServers } from '../fixtures/remote-servers.ts';
import { until } from '../fixtures/wait.ts';
import type { Pace } from '../helpers/faults.ts';

import '../../widget/define.ts';

describe('An upload over a bad network', function () {
  this.timeout(120_000);
  this.retries(2); // a busy machine makes these times longer, never shorter
  let servers: RemoteServers;
  let element: S3UploaderElement;
  before(async () => {
    servers = await startRemoteServers({ partSize: 8 * MiB });
  });
  beforeEach(async () => {
    await Promise.all([servers.storage.reset(), servers.signer.reset()]);
    element = Object.assign(document.createElement('s3-uploader'), { endpoint: servers.endpoint });
    document.body.append(element);
  });
  afterEach(() => {
    element.clear();
    element.remove();
  });
  after(() => servers.close());

  for (const [what, size, path] of [
    ['in parts', 32 * MiB, 'partNumber='],
    ['by one POST', 15 * MiB, ''],
  ] as const) {
    it(`${what} continues within 5 s of waking when the machine slept for ten minutes with half of the file sent`, async () => {
      await servers.storage.setFaults({ do: 'stall', at: { share: 0.5 }, path });
      const file = videoFile(size);
      const success = nextEvent(element, 'upload-success');
      await element.add([file]);
      const isSent = (): Promise<boolean> =>
        servers.storage.readLog().then(({ requests }) => requests.some(({ bytes }) => bytes > MiB));
      await until('1 MiB at the storage', isSent);
      // the buffers on the way are full once the progress stays the same for 15 frames
      let loaded: number[] = [];
      await until('progress that stays the same', () => {
        loaded = [...loaded, loadedOf(element.files[0]!)].slice(-15);
        return loaded.length === 15 && loaded[0] === loaded.at(-1);
      });
      const before = (await servers.storage.readLog()).requests.length;
      // the stalled requests stay stalled; only new ones pass
      await servers.storage.setFaults();
      const { now } = Date;
      const wakeTime = performance.now();
      Date.now = () => now() + 600_000;
      try {
        await servers.storage.arrived(before + 1);
        expect(performance.now() - wakeTime).to.be.below(5000);
        const { key } = (await success).detail;
        expect((await servers.storedObject(key))?.sha256).to.equal(await sha256(file));
      } finally {
        Date.now = now;
      }
    });
  }

  it('is at least three times as fast in six parts at once as by one POST, at 100 ms and 1 MiB/s a connection', async () => {
    const pace = { latency: 100, bytesPerSecond: MiB };
    const postServers = await startRemoteServers({ multipartFrom: 1024 * MiB });
    const partServers = await startRemoteServers({ partSize: 8 * MiB });
    const file = videoFile(32 * MiB);
    const measureUpload = async (remote: RemoteServers, pace: Pace): Promise<number> => {
      element.endpoint = remote.endpoint;
      await element.updateComplete;
      await Promise.all([remote.storage.setPace(pace), remote.signer.setPace(pace)]);
      const success = nextEvent(element, 'upload-success');
      const began = performance.now();
      await element.add([file]);
      await success;
      return performance.now() - began;
    };
    await measureUpload(partServers, {}); // loads the chunks
    const inParts = await measureUpload(partServers, pace);
    const byPost = await measureUpload(postServers, pace);
    await Promise.all([partServers.close(), postServers.close()]);
    expect(byPost / inParts).to.be.above(3);
  });
});
