import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { UploadError } from '../../widget/core/errors.ts';
import type { UploadItem, UploaderOptions } from '../../widget/core/index.ts';
import { loadOnce } from '../../widget/core/lazy.ts';
import { nextEvent } from '../fixtures/events.ts';
import { textFile } from '../fixtures/files.ts';
import { nodeTransport } from '../fixtures/node-transport.ts';
import { signPosts } from '../fixtures/sign-posts.ts';
import { useStorageFixture } from '../fixtures/storage-fixture.ts';
import { until, untilStatus } from '../fixtures/wait.ts';
import { statuses } from '../fixtures/statuses.ts';

const fixture = await useStorageFixture();

const files = (count: number): File[] => Array.from({ length: count }, (_, index) => textFile(`${index}.txt`));

describe('configure()', () => {
  test('replaces the frozen options and leaves those of the caller alone', () => {
    const given: UploaderOptions = { sign: signPosts({ url: fixture.proxy.url }), send: nodeTransport, concurrency: 1 };
    const uploader = fixture.uploader(given);
    const before = uploader.options;
    uploader.configure({ concurrency: 2 });
    assert.ok(Object.isFrozen(before) && Object.isFrozen(uploader.options));
    assert.deepEqual([before.concurrency, uploader.options.concurrency, given.concurrency], [1, 2, 1]);
    assert.equal(uploader.options.sign, given.sign);
  });

  test('changes limits for the files that are added next', async () => {
    const uploader = fixture.uploader({ auto: false });
    await uploader.add([textFile('first.txt')]);
    uploader.configure({ limits: { maxFileSize: 5 } });
    await uploader.add([textFile('second.txt')]);
    uploader.configure({ limits: undefined });
    await uploader.add([textFile('third.txt')]);
    assert.deepEqual(statuses(uploader), [
      ['first.txt', 'ready'],
      ['second.txt', 'rejected'],
      ['third.txt', 'ready'],
    ]);
  });

  test('has a new signer sign all that is not signed yet', async () => {
    const first = signPosts({ url: fixture.proxy.url });
    const second = signPosts({ url: fixture.proxy.url });
    const uploader = fixture.uploader({ sign: first });
    const [before] = await uploader.add([textFile('1.txt')]);
    await untilStatus(uploader, before!.id, 'done');
    uploader.configure({ sign: second });
    const [after] = await uploader.add([textFile('2.txt')]);
    await untilStatus(uploader, after!.id, 'done');
    assert.deepEqual([first.batches, second.batches], [[1], [1]]);
  });
});

describe('The option gate', () => {
  /** A gate that keeps back some files, and records the names of those it was called with. */
  function gateWithout(...names: string[]) {
    const calls: string[][] = [];
    const gate = (items: readonly UploadItem[]): readonly UploadItem[] => {
      calls.push(items.map(({ name }) => name));
      return items.filter(({ name }) => !names.includes(name));
    };
    return { calls, gate };
  }

  test('gets all files that start() is about to start, and keeps back those it does not return', async () => {
    const { calls, gate } = gateWithout('1.txt');
    const uploader = fixture.uploader({ auto: false, gate });
    await uploader.add(files(3));
    assert.deepEqual(calls, []);
    const complete = nextEvent(uploader, 'upload-complete');
    uploader.start();
    assert.equal((await complete).detail.done.length, 2);
    assert.deepEqual(calls, [['0.txt', '1.txt', '2.txt']]);
    assert.deepEqual(statuses(uploader), [
      ['0.txt', 'done'],
      ['1.txt', 'ready'],
      ['2.txt', 'done'],
    ]);
    uploader.configure({ gate: undefined });
    uploader.start();
    await untilStatus(uploader, uploader.items[1]!.id, 'done');
  });

  test('gets each file that starts as it is added', async () => {
    const { calls, gate } = gateWithout('0.txt');
    const uploader = fixture.uploader({ gate });
    const complete = nextEvent(uploader, 'upload-complete');
    await uploader.add(files(2));
    await complete;
    assert.deepEqual(calls, [['0.txt'], ['1.txt']]);
    assert.deepEqual(statuses(uploader), [
      ['0.txt', 'ready'],
      ['1.txt', 'done'],
    ]);
  });

  test('gets a file that was checked once it is ready', async () => {
    const { calls, gate } = gateWithout();
    const uploader = fixture.uploader({ gate, check: () => Promise.resolve(undefined) });
    const added = uploader.add(files(1));
    assert.deepEqual(calls, []);
    await added;
    assert.deepEqual(calls, [['0.txt']]);
  });

  test('keeps back failed and canceled files from retry(), which stay as they are', async () => {
    const { calls, gate } = gateWithout('0.txt', '1.txt');
    const refused = new UploadError('signer-refused', 'no', { phase: 'sign' });
    const uploader = fixture.uploader({ auto: false, sign: () => Promise.reject(refused) });
    await uploader.add(files(3));
    uploader.start();
    uploader.cancel(uploader.items[1]!.id);
    await until('two failed files', () => uploader.items.filter(({ status }) => status === 'failed').length === 2);
    uploader.configure({ gate, sign: signPosts({ url: fixture.proxy.url }) });
    uploader.retry();
    uploader.retry(uploader.items[1]!.id);
    await untilStatus(uploader, uploader.items[2]!.id, 'done');
    assert.deepEqual(calls, [['0.txt', '2.txt'], ['1.txt']]);
    assert.deepEqual(statuses(uploader), [
      ['0.txt', 'failed'],
      ['1.txt', 'canceled'],
      ['2.txt', 'done'],
    ]);
  });

  test('may set metadata of the files, which is signed', async () => {
    const sign = signPosts({ url: fixture.proxy.url });
    const signed: unknown[] = [];
    const uploader = fixture.uploader({
      sign: (batch, options) => {
        signed.push(...batch.map(({ metadata }) => metadata));
        return sign(batch, options);
      },
      gate: (items) => {
        for (const { id, name } of items) uploader.setMetadata(id, { title: name });
        return items;
      },
    });
    const [item] = await uploader.add(files(1));
    await untilStatus(uploader, item!.id, 'done');
    assert.deepEqual(signed, [{ title: '0.txt' }]);
  });

  test('may remove files, and returns no others than those it got', async () => {
    const uploader = fixture.uploader({ auto: false });
    const [first, second, third] = await uploader.add(files(3));
    uploader.configure({
      gate: () => {
        uploader.removeFile(first!.id);
        return [first!, second!, third!];
      },
    });
    uploader.start(first!.id);
    assert.deepEqual(statuses(uploader), [
      ['1.txt', 'ready'],
      ['2.txt', 'ready'],
    ]);
  });

  test('is not called by resume(), nor for no files', async () => {
    const { calls, gate } = gateWithout();
    const uploader = fixture.uploader({ gate });
    uploader.start();
    uploader.retry();
    const [item] = await uploader.add(files(1));
    uploader.pause();
    uploader.resume();
    await untilStatus(uploader, item!.id, 'done');
    assert.deepEqual(calls, [['0.txt']]);
  });
});

describe('The option load', () => {
  /** A `load` that loads so many chunks and then none, and records the signals it gets for the others. */
  function stuckLoad(chunks = 0) {
    const signals: (AbortSignal | undefined)[] = [];
    let loaded = 0;
    const load = <T>(chunk: () => Promise<T>, signal?: AbortSignal): Promise<T> => {
      if (++loaded <= chunks) return chunk();
      signals.push(signal);
      return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)));
    };
    return { signals, load };
  }

  test('gets the signal of the run that needs the chunk, which cancel() aborts', async () => {
    // the first one checks what the signer has granted to all files
    const { signals, load } = stuckLoad(1);
    const url = `${fixture.proxy.url}/uploads/k`;
    const uploader = fixture.uploader({
      load,
      sign: async (batch) => batch.map(({ id }) => ({ id, key: 'k', method: 'PUT', url })),
    });
    const [item] = await uploader.add(files(1));
    await until('a chunk', () => signals.length);
    assert.equal(signals[0]?.aborted, false);
    uploader.cancel(item!.id);
    assert.deepEqual([signals[0]?.aborted, uploader.item(item!.id)!.status], [true, 'canceled']);
  });

  test('gets a signal for checksums, which destroy() aborts', async () => {
    const { signals, load } = stuckLoad();
    const uploader = fixture.uploader({ load, checksum: 'crc32' });
    await uploader.add(files(1));
    await until('a chunk', () => signals.length);
    uploader.destroy();
    assert.equal(signals[0]?.aborted, true);
  });

  test('loads a chunk once by default', async () => {
    let attempts = 0;
    const chunk = (): Promise<never> => {
      attempts += 1;
      return Promise.reject(new TypeError('offline'));
    };
    await assert.rejects(loadOnce(chunk), /offline/);
    assert.equal(attempts, 1);
  });
});
