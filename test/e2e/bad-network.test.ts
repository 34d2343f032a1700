import { expect } from '@open-wc/testing';
import { loadedOf } from '../../widget/core/item.ts';
import type { S3UploaderElement } from '../../widget/index.ts';
import { film, MIB, next, until } from '../fixtures/page.ts';
import { openStack, type RemoteStack, sha256 } from '../fixtures/stack-client.ts';

import '../../widget/define.ts';

describe('A file on a bad line', function () {
  this.timeout(120_000);
  this.retries(2); // figures of time: a machine that has other things to do makes them worse, and never better
  let stack: RemoteStack;
  let tag: S3UploaderElement;
  before(async () => {
    stack = await openStack({ partSize: 8 * MIB });
  });
  beforeEach(async () => {
    await Promise.all([stack.storage.reset(), stack.signer.reset()]);
    tag = Object.assign(document.createElement('s3-uploader'), { endpoint: stack.endpoint });
    document.body.append(tag);
  });
  afterEach(() => {
    tag.clear();
    tag.remove();
  });
  after(() => stack.close());

  for (const [what, size, path] of [
    ['in parts', 32 * MIB, 'partNumber='],
    ['by one POST', 15 * MIB, ''],
  ] as const) {
    it(`${what}, half sent when the machine falls asleep, goes on within 5 s of waking, ten minutes later`, async () => {
      await stack.storage.faults({ do: 'stall', at: { share: 0.5 }, path });
      const file = film(size);
      const success = next(tag, 'upload-success');
      await tag.add([file]);
      const isSent = (): Promise<boolean> =>
        stack.storage.log().then(({ requests }) => requests.some(({ bytes }) => bytes > MIB));
      await until('some of it at the storage', isSent);
      // and for some frames no byte has gone into any buffer on the way
      let loaded: number[] = [];
      await until('nothing that moves', () => {
        loaded = [...loaded, loadedOf(tag.files[0]!)].slice(-15);
        return loaded.length === 15 && loaded[0] === loaded.at(-1);
      });
      const before = (await stack.storage.log()).requests.length;
      // what stalls is dead: nobody lets it go; only what comes after it passes
      await stack.storage.faults();
      const { now } = Date;
      const woken = performance.now();
      Date.now = () => now() + 600_000;
      try {
        await stack.storage.arrived(before + 1);
        expect(performance.now() - woken).to.be.below(5000);
        const { key } = (await success).detail;
        expect((await stack.object(key))?.sha256).to.equal(await sha256(file));
      } finally {
        Date.now = now;
      }
    });
  }

  it('goes three times as fast in four parts at once as by one POST, over 100 ms and 2 MiB/s a connection', async () => {
    const line = { latency: 100, bytesPerSecond: 2 * MIB };
    const whole = await openStack({ multipartFrom: 1024 * MIB });
    const parted = await openStack({ partSize: 12 * MIB });
    const file = film(48 * MIB);
    await tag.add([]); // what shows and sends files is there
    const took = async (over: RemoteStack): Promise<number> => {
      tag.endpoint = over.endpoint;
      await tag.updateComplete;
      await Promise.all([over.storage.pace(line), over.signer.pace(line)]);
      const success = next(tag, 'upload-success');
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
