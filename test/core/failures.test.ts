import assert from 'node:assert/strict';
import { describe, mock, test } from 'node:test';
import { UploadError } from '../../widget/core/errors.ts';
import { type FileInfo, loadedOf } from '../../widget/core/item.ts';
import type { Grant, Sign } from '../../widget/core/sign.ts';
import { deferred } from '../fixtures/deferred.ts';
import { nextEvent, recordDetails } from '../fixtures/events.ts';
import { bytesFile, textFile } from '../fixtures/files.ts';
import { signPosts } from '../fixtures/sign-posts.ts';
import { useStorageFixture } from '../fixtures/storage-fixture.ts';
import { untilStatus } from '../fixtures/wait.ts';
import { s3ErrorXml } from '../fixtures/s3-error-xml.ts';

const fixture = await useStorageFixture();

/** Makes random waits zero. */
const withoutWaits = (): void => void mock.method(Math, 'random', () => 0);

describe('After a failure', () => {
  test('an error 500 is retried twice', async () => {
    withoutWaits();
    fixture.proxy.faults = [{ do: 'answer', status: 500, body: s3ErrorXml('InternalError'), times: 2 }];
    const uploader = fixture.uploader();
    const retries = recordDetails(uploader, 'upload-retry');
    const [item] = await uploader.add([textFile()]);
    await fixture.assertStored(await untilStatus(uploader, item!.id, 'done'));
    assert.deepEqual(
      retries.map(({ attempt, code, s3Code }) => [attempt, code, s3Code]),
      [
        [1, 'storage-busy', 'InternalError'],
        [2, 'storage-busy', 'InternalError'],
      ],
    );
  });

  test('a file fails after five errors 500, the next one is stored, and retry() stores the first', async () => {
    withoutWaits();
    fixture.proxy.faults = [{ do: 'answer', status: 500, body: s3ErrorXml('InternalError'), times: 5 }];
    const uploader = fixture.uploader({ concurrency: 1 });
    const [bad, good] = await uploader.add([textFile('bad.txt'), textFile('good.txt')]);
    const failed = await untilStatus(uploader, bad!.id, 'failed');
    await fixture.assertStored(await untilStatus(uploader, good!.id, 'done'));
    assert.equal(failed.status === 'failed' && failed.error.code, 'storage-busy');
    assert.equal(fixture.proxy.requests.length, 6);
    uploader.retry();
    await fixture.assertStored(await untilStatus(uploader, bad!.id, 'done'));
  });

  for (const share of [0.1, 0.5, 0.99]) {
    test(`a connection that was cut at ${share * 100} % is used again, and the file is stored byte for byte`, async () => {
      withoutWaits();
      fixture.proxy.faults = [{ do: 'cut', at: { share }, times: 2 }];
      const uploader = fixture.uploader();
      const progress = recordDetails(uploader, 'upload-progress');
      const [item] = await uploader.add([bytesFile(1_500_000)]);
      await fixture.assertStored(await untilStatus(uploader, item!.id, 'done'));
      assert.equal(fixture.proxy.requests.length, 3);
      assert.ok(progress.every(({ loaded }, index) => loaded > (progress[index - 1]?.loaded ?? 0)));
    });
  }

  for (const at of [{ bytes: 0 }, { share: 0.4 }]) {
    test(`a request that stalls at ${JSON.stringify(at)} is aborted after the timeout and repeated`, async () => {
      withoutWaits();
      fixture.proxy.faults = [{ do: 'stall', at, times: 1 }];
      const uploader = fixture.uploader({ timeout: 300 });
      const retries = recordDetails(uploader, 'upload-retry');
      // more than the kernel buffers while the server reads nothing
      const [item] = await uploader.add([bytesFile(24_000_000)]);
      await fixture.assertStored(await untilStatus(uploader, item!.id, 'done'));
      assert.equal(retries[0]!.code, 'timeout');
    });
  }

  test('a file whose response was lost is stored once, under one key', async () => {
    withoutWaits();
    fixture.proxy.faults = [{ do: 'reset', times: 1 }];
    const uploader = fixture.uploader();
    const successes = recordDetails(uploader, 'upload-success');
    const [item] = await uploader.add([textFile()]);
    await fixture.assertStored(await untilStatus(uploader, item!.id, 'done'));
    assert.equal(successes.length, 1);
    const posts = fixture.proxy.requests.filter(({ method }) => method === 'POST');
    assert.equal(new Set(posts.map(({ path }) => path)).size, 1);
  });

  test('a retry waits as long as Retry-After says', async () => {
    withoutWaits();
    const headers = { 'retry-after': '1' };
    fixture.proxy.faults = [{ do: 'answer', status: 503, headers, body: s3ErrorXml('SlowDown'), times: 1 }];
    const uploader = fixture.uploader();
    const [item] = await uploader.add([textFile()]);
    await fixture.assertStored(await untilStatus(uploader, item!.id, 'done'));
    const [first, second] = fixture.proxy.requests;
    assert.ok(second!.start - first!.start >= 990, String(second!.start - first!.start));
  });

  test('an expired signature is renewed and not sent again', async () => {
    const body = s3ErrorXml('AccessDenied', 'Invalid according to Policy: Policy expired.');
    fixture.proxy.faults = [{ do: 'answer', status: 403, body, times: 1 }];
    const sign = signPosts({ url: fixture.proxy.url });
    const uploader = fixture.uploader({ sign });
    const [item] = await uploader.add([textFile()]);
    await fixture.assertStored(await untilStatus(uploader, item!.id, 'done'));
    assert.deepEqual(sign.batches, [1, 1]);
  });

  test('a file fails with signer-clock after two expired signatures', async () => {
    const body = s3ErrorXml('AccessDenied', 'Invalid according to Policy: Policy expired.');
    fixture.proxy.faults = [{ do: 'answer', status: 403, body }];
    const sign = signPosts({ url: fixture.proxy.url });
    const uploader = fixture.uploader({ sign });
    const error = nextEvent(uploader, 'upload-error');
    await uploader.add([textFile()]);
    assert.equal((await error).detail.code, 'signer-clock');
    assert.deepEqual(sign.batches, [1, 1]);
  });

  test('a signature that expired in the queue is not used', async () => {
    fixture.proxy.pace = { latency: 150 };
    const sign = signPosts({ url: fixture.proxy.url, lifetime: 200 });
    const uploader = fixture.uploader({ sign, concurrency: 1 });
    const complete = nextEvent(uploader, 'upload-complete');
    await uploader.add([textFile('1.txt'), textFile('2.txt'), textFile('3.txt')]);
    assert.equal((await complete).detail.done.length, 3);
    assert.deepEqual(sign.batches, [3, 2, 1]);
  });

  test('a file that the policy refuses fails at once with the storage’s own code', async () => {
    const uploader = fixture.uploader({
      sign: async (files) => {
        const grants = await signPosts({ url: fixture.proxy.url })(files, { signal: new AbortController().signal });
        return grants.map(
          (grant) =>
            ({ ...grant, fields: { ...('fields' in grant && grant.fields), 'x-amz-meta-more': 'x' } }) as Grant,
        );
      },
    });
    const error = nextEvent(uploader, 'upload-error');
    await uploader.add([textFile()]);
    const { code, s3Code, status, retryable, phase, message } = (await error).detail;
    assert.deepEqual(
      [code, s3Code, status, retryable, phase],
      ['storage-refused', 'AccessDenied', 403, true, 'upload'],
    );
    assert.equal(fixture.proxy.requests.length, 1);
    assert.doesNotMatch(message, /eyJ|Signature=/);
  });

  test('a storage that cannot be reached six times gets the file at last', async () => {
    withoutWaits();
    // the probe is not answered either
    fixture.proxy.faults = [{ do: 'cut', at: { bytes: 0 }, method: '*', times: 11 }];
    const uploader = fixture.uploader();
    const retries = recordDetails(uploader, 'upload-retry');
    const [item] = await uploader.add([new File([], 'empty.txt')]);
    await fixture.assertStored(await untilStatus(uploader, item!.id, 'done'));
    assert.deepEqual([...new Set(retries.map(({ code }) => code))], ['network']);
    const methods = fixture.proxy.requests.map(({ method }) => method);
    assert.equal(methods.filter((method) => method === 'POST').length, 7);
  });

  test('a probe without a response times out, and the file is stored', async () => {
    withoutWaits();
    mock.method(AbortSignal, 'timeout', () => AbortSignal.abort());
    fixture.proxy.faults = [
      { do: 'cut', at: { bytes: 0 }, method: 'POST', times: 2 },
      { do: 'swallow', stored: false, method: 'GET' },
    ];
    const uploader = fixture.uploader();
    const [item] = await uploader.add([new File([], 'empty.txt')]);
    await fixture.assertStored(await untilStatus(uploader, item!.id, 'done'));
  });

  test('a storage without a CORS rule is recognized by a probe', async () => {
    withoutWaits();
    const sign: Sign = async (files) =>
      files.map(({ id }) => ({
        id,
        key: 'k',
        method: 'POST',
        url: `${fixture.proxy.url}/uploads`,
        fields: { key: 'k' },
      }));
    // to a page, a bucket without CORS looks like requests without a response
    fixture.proxy.faults = [{ do: 'cut', at: { bytes: 0 }, method: 'POST' }];
    const uploader = fixture.uploader({ sign });
    const error = nextEvent(uploader, 'upload-error');
    await uploader.add([new File([], 'empty.txt')]);
    const { code, message } = (await error).detail;
    assert.equal(code, 'cors');
    assert.match(message, /127\.0\.0\.1:\d+ responds.*CORS/);
    const bodies = fixture.proxy.requests.filter(({ method, bytes }) => method === 'POST' && bytes > 100);
    assert.ok(bodies.length <= 3, String(bodies.length));
  });

  test('a file waits while offline, counts no attempt, and goes on once online', async () => {
    const network = Object.assign(new EventTarget(), { online: false });
    // the probe is not answered either
    fixture.proxy.faults = [{ do: 'cut', at: { bytes: 0 }, times: 2 }];
    const uploader = fixture.uploader({ network });
    const retries = recordDetails(uploader, 'upload-retry');
    const [item] = await uploader.add([textFile()]);
    const waiting = await untilStatus(uploader, item!.id, 'waiting');
    assert.equal(waiting.status === 'waiting' && waiting.reason, 'offline');
    network.online = true;
    network.dispatchEvent(new Event('wake'));
    await fixture.assertStored(await untilStatus(uploader, item!.id, 'done'));
    assert.deepEqual(retries, []);
  });

  test('a request that was in flight while the machine slept is repeated', async () => {
    withoutWaits();
    const network = Object.assign(new EventTarget(), { online: true });
    fixture.proxy.faults = [{ do: 'swallow', stored: false, times: 1 }];
    const uploader = fixture.uploader({ network });
    const [item] = await uploader.add([bytesFile(100_000)]);
    await untilStatus(uploader, item!.id, 'finishing');
    const woken = performance.now();
    network.dispatchEvent(new Event('wake'));
    await fixture.assertStored(await untilStatus(uploader, item!.id, 'done'));
    assert.ok(performance.now() - woken < 5000);
  });

  test('a file that can no longer be read fails as changed, not as a network error', async () => {
    const { openAsBlob } = await import('node:fs');
    const { mkdtemp, writeFile } = await import('node:fs/promises');
    const path = `${await mkdtemp('/tmp/s3-uploader-file-')}/gone.bin`;
    await writeFile(path, new Uint8Array(100_000));
    const file = new File([await openAsBlob(path)], 'gone.bin');
    await writeFile(path, new Uint8Array(10));
    const uploader = fixture.uploader();
    const error = nextEvent(uploader, 'upload-error');
    const [, good] = await uploader.add([file, textFile()]);
    const { code, retryable } = (await error).detail;
    assert.deepEqual([code, retryable], ['file-changed', false]);
    await fixture.assertStored(await untilStatus(uploader, good!.id, 'done'));
  });

  test('a signer that wants a sign-in is called once, the queue pauses, and resume() goes on', async () => {
    const posts = signPosts({ url: fixture.proxy.url });
    let calls = 0;
    const sign: Sign = async (files, options) => {
      if (++calls === 1) throw new UploadError('auth-required', 'sign in', { phase: 'sign', status: 401 });
      return posts(files, options);
    };
    const uploader = fixture.uploader({ sign });
    const authRequired = nextEvent(uploader, 'auth-required');
    await uploader.add([1, 2, 3, 4, 5].map((number) => textFile(`${number}.txt`)));
    assert.equal((await authRequired).detail.status, 401);
    assert.ok(uploader.items.every(({ status }) => status === 'paused'));
    assert.equal(calls, 1);
    const complete = nextEvent(uploader, 'upload-complete');
    uploader.resume();
    assert.equal((await complete).detail.done.length, 5);
  });

  test('a file that becomes ready while the visitor has to sign in waits for resume(), too', async () => {
    const posts = signPosts({ url: fixture.proxy.url });
    let isSignedIn = false;
    const sign: Sign = async (files, options) => {
      if (!isSignedIn) throw new UploadError('auth-required', 'sign in', { phase: 'sign', status: 401 });
      return posts(files, options);
    };
    const checked = deferred<undefined>();
    const check = ({ name }: FileInfo) => (name === 'slow.txt' ? checked.promise : Promise.resolve(undefined));
    const uploader = fixture.uploader({ sign, check });
    const authRequired = recordDetails(uploader, 'auth-required');
    const adding = uploader.add([textFile('quick.txt'), textFile('slow.txt')]);
    await nextEvent(uploader, 'auth-required');
    checked.resolve(undefined);
    await adding;
    await untilStatus(uploader, uploader.items[1]!.id, 'paused');
    assert.equal(authRequired.length, 1);
    isSignedIn = true;
    const complete = nextEvent(uploader, 'upload-complete');
    uploader.resume();
    assert.equal((await complete).detail.done.length, 2);
  });

  test('a refusal that arrives after resume() pauses nothing: the visitor has signed in since', async () => {
    const posts = signPosts({ url: fixture.proxy.url });
    const asked = deferred<undefined>();
    const answered = deferred<undefined>();
    let calls = 0;
    const sign: Sign = async (files, options) => {
      if (++calls > 1) return posts(files, options);
      asked.resolve(undefined);
      await answered.promise;
      throw new UploadError('auth-required', 'sign in', { phase: 'sign', status: 401 });
    };
    const uploader = fixture.uploader({ sign });
    const authRequired = recordDetails(uploader, 'auth-required');
    await uploader.add([textFile('1.txt'), textFile('2.txt')]);
    await asked.promise;
    uploader.pause();
    const complete = nextEvent(uploader, 'upload-complete');
    uploader.resume();
    answered.resolve(undefined);
    assert.equal((await complete).detail.done.length, 2);
    assert.deepEqual([authRequired.length, calls], [0, 2]);
  });

  test('a file that the signer refuses fails alone', async () => {
    const posts = signPosts({ url: fixture.proxy.url });
    const sign: Sign = async (files, options) => {
      const grants = await posts(files.slice(1), options);
      return [{ id: files[0]!.id, error: { code: 'file-too-large', message: 'no', limit: 7 } }, ...grants];
    };
    const uploader = fixture.uploader({ sign });
    const error = nextEvent(uploader, 'upload-error');
    const [, good] = await uploader.add([textFile('1.txt'), textFile('2.txt')]);
    const { code, limit, phase } = (await error).detail;
    assert.deepEqual([code, limit, phase], ['file-too-large', 7, 'sign']);
    await fixture.assertStored(await untilStatus(uploader, good!.id, 'done'));
  });

  test('a file at 100 % is not done before the storage has responded', async () => {
    fixture.proxy.faults = [{ do: 'swallow', times: 1 }];
    const uploader = fixture.uploader();
    const [item] = await uploader.add([bytesFile(100_000)]);
    const finishing = await untilStatus(uploader, item!.id, 'finishing');
    assert.equal(loadedOf(finishing), 100_000);
    fixture.proxy.release();
    await untilStatus(uploader, item!.id, 'done');
  });

  test('destroy() leaves no file and dispatches no error', async () => {
    fixture.proxy.faults = [{ do: 'stall', at: { bytes: 0 } }];
    const uploader = fixture.uploader();
    const errors = recordDetails(uploader, 'upload-error');
    await uploader.add([textFile()]);
    await fixture.proxy.arrived(1);
    uploader.destroy();
    assert.deepEqual([uploader.items, errors], [[], []]);
  });
});
