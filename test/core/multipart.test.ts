import assert from 'node:assert/strict';
import { createHash, getRandomValues, randomUUID } from 'node:crypto';
import { after, afterEach, before, beforeEach, describe, mock, test } from 'node:test';
import { Uploader, type UploaderOptions, type UploadItem } from '../../widget/core/index.ts';
import { partsOf } from '../../widget/core/parts.ts';
import { endpoint } from '../../widget/sign/contract/endpoint.ts';
import type { LoggedRequest } from '../helpers/faults.ts';
import { nodeTransport } from '../fixtures/node-transport.ts';
import { nextEvent, recordDetails } from '../fixtures/events.ts';
import { MiB, videoFile } from '../fixtures/files.ts';
import { startServers, type UploadServers } from '../fixtures/upload-servers.ts';
import { untilStatus } from '../fixtures/wait.ts';

const ORIGIN = 'https://site.example';

let servers: UploadServers;
let uploaders: Uploader[] = [];
before(async () => {
  servers = await startServers(ORIGIN, { multipartFrom: 6 * MiB, partSize: 5 * MiB });
});
after(() => servers.close());
beforeEach(() => {
  servers.storage.reset();
  servers.signer.reset();
  // no random waits
  mock.method(Math, 'random', () => 0);
});
afterEach(() => {
  for (const uploader of uploaders) uploader.destroy();
  uploaders = [];
  mock.restoreAll();
});

function start(options: Partial<UploaderOptions> = {}): Uploader {
  const sign = endpoint({ url: servers.endpoint, headers: { origin: ORIGIN } });
  const uploader = new Uploader({ sign, send: nodeTransport, ...options });
  uploaders.push(uploader);
  return uploader;
}

async function assertStored(item: UploadItem): Promise<void> {
  assert.equal(item.status, 'done');
  const object = await servers.storedObject(item.result.key);
  const bytes = Buffer.from(await item.file!.arrayBuffer());
  assert.equal(object?.size, bytes.length);
  assert.equal(object.sha256, createHash('sha256').update(bytes).digest('hex'));
}

const partsSent = (): number[] =>
  servers.storage.requests
    .filter(({ method, path }) => method === 'PUT' && path.includes('partNumber='))
    .map(({ path }) => Number(/partNumber=(\d+)/.exec(path)![1]));

const called = (path: string): LoggedRequest[] =>
  servers.signer.requests.filter((request) => request.path === `/sign${path}`);

test('All parts except the last have the same size, and there are never more than 10,000', () => {
  assert.deepEqual(partsOf(11 * MiB, 5 * MiB), [
    { number: 1, start: 0, size: 5 * MiB },
    { number: 2, start: 5 * MiB, size: 5 * MiB },
    { number: 3, start: 10 * MiB, size: MiB },
  ]);
  assert.equal(partsOf(10 * MiB, 5 * MiB).length, 2);
  assert.equal(partsOf(6e12, Math.ceil(6e12 / 10_000 / MiB) * MiB).length <= 10_000, true);
  assert.throws(() => partsOf(10_001 * 5 * MiB, 5 * MiB), { code: 'bad-signer-response', message: /10001 parts/ });
});

for (const partSize of [0, -1, 0.5, 1, 5 * MiB - 1, 5 * MiB + 0.5, NaN, Infinity, '5242880', undefined]) {
  test(`A part size of ${partSize} is refused for a file of 12 MiB`, () => {
    assert.throws(() => partsOf(15 * MiB, partSize as number), { code: 'bad-signer-response' });
  });
}

test('A part smaller than 5 MiB is accepted when it has the whole file', () => {
  assert.deepEqual(partsOf(10, 10), [{ number: 1, start: 0, size: 10 }]);
});

describe('A large file', () => {
  test('is uploaded in parts, the first six of them signed with the file, and is stored byte for byte', async () => {
    const uploader = start();
    const progress = recordDetails(uploader, 'upload-progress');
    const [item] = await uploader.add([videoFile(60 * MiB + 7)]);
    await assertStored(await untilStatus(uploader, item!.id, 'done'));
    assert.deepEqual(
      partsSent().sort((a, b) => a - b),
      Array.from({ length: 12 }, (_, index) => index + 1),
    );
    assert.deepEqual(
      called('/parts').map(({ json }) => (json as { parts: { number: number }[] }).parts.map(({ number }) => number)),
      [[7, 8, 9, 10, 11, 12]],
    );
    assert.ok(servers.storage.peak <= 6, String(servers.storage.peak));
    assert.ok(progress.every(({ loaded }, index) => loaded > (progress[index - 1]?.loaded ?? 0)));
    assert.equal(progress.at(-1)!.loaded, item!.size);
    const { etag, location } = await Promise.resolve(uploader.item(item!.id)!).then((done) =>
      done.status === 'done' ? done.result : { etag: '', location: '' },
    );
    assert.match(etag!, /-12$/);
    assert.ok(location.startsWith(servers.storage.url));
    assert.equal(await servers.countOpenUploads(), 0);
  });

  test('sends only part 3 again when the connection was cut in it', async () => {
    servers.storage.faults = [{ do: 'cut', at: { share: 0.5 }, path: 'partNumber=3', times: 1 }];
    const uploader = start();
    const retries = recordDetails(uploader, 'upload-retry');
    const [item] = await uploader.add([videoFile(20 * MiB)]);
    await assertStored(await untilStatus(uploader, item!.id, 'done'));
    assert.deepEqual(
      partsSent().sort((a, b) => a - b),
      [1, 2, 3, 3, 4],
    );
    assert.equal(retries.length, 1);
  });

  test('does not send a part again that was stored although its response was lost', async () => {
    servers.storage.faults = [{ do: 'reset', path: 'partNumber=2', times: 1 }];
    const uploader = start();
    const [item] = await uploader.add([videoFile(15 * MiB)]);
    await assertStored(await untilStatus(uploader, item!.id, 'done'));
    assert.deepEqual(
      partsSent().sort((a, b) => a - b),
      [1, 2, 3],
    );
    assert.equal(called('/parts/list').length, 1);
  });

  test('is completed again when the response to its completion was lost', async () => {
    servers.signer.faults = [{ do: 'reset', path: '/complete', times: 1 }];
    const uploader = start();
    const successes = recordDetails(uploader, 'upload-success');
    const [item] = await uploader.add([videoFile(15 * MiB)]);
    await assertStored(await untilStatus(uploader, item!.id, 'done'));
    assert.equal(called('/complete').length, 2);
    assert.equal(successes.length, 1);
    assert.equal(partsSent().length, 3);
  });

  test('sends only the missing parts after a pause at 60 %', async () => {
    const uploader = start({ concurrency: 1 });
    const size = 50 * MiB;
    const paused = new Promise<void>((resolve) => {
      const look = ({ detail }: CustomEvent<{ loaded: number }>): void => {
        if (detail.loaded < 0.6 * size) return;
        uploader.removeEventListener('upload-progress', look);
        uploader.pause();
        resolve();
      };
      uploader.addEventListener('upload-progress', look);
    });
    const [item] = await uploader.add([videoFile(size)]);
    await paused;
    const before = partsSent().length;
    uploader.resume();
    await assertStored(await untilStatus(uploader, item!.id, 'done'));
    assert.equal(called('').length, 1);
    assert.ok(partsSent().length - before <= 0.45 * 10 + 6, `${before} then ${partsSent().length}`);
  });

  test('leaves no parts behind when it is canceled', async () => {
    servers.storage.faults = [{ do: 'stall', at: { share: 0.5 }, path: 'partNumber=2' }];
    const uploader = start();
    const [item] = await uploader.add([videoFile(20 * MiB)]);
    await servers.storage.arrived(4, { path: 'partNumber=' });
    uploader.cancel(item!.id);
    servers.storage.release();
    await servers.signer.arrived(1, { path: '/abort' });
    servers.storage.reset();
    // the signer has received the abort; it is done when it has responded
    for (let look = 0; look < 50 && (await servers.countOpenUploads()); look += 1);
    assert.equal(await servers.countOpenUploads(), 0);
  });

  test('leaves no upload behind when it is canceled while it is being signed', async () => {
    servers.signer.pace = { latency: 100 };
    const uploader = start();
    const [item] = await uploader.add([videoFile(20 * MiB)]);
    await servers.signer.arrived(1);
    uploader.cancel(item!.id);
    await servers.signer.arrived(1, { path: '/abort' });
    for (let look = 0; look < 50 && (await servers.countOpenUploads()); look += 1);
    assert.equal(await servers.countOpenUploads(), 0);
    assert.deepEqual(partsSent(), []);
  });

  test('starts again once when the storage has deleted its parts', async () => {
    const body = '<Error><Code>NoSuchUpload</Code></Error>';
    servers.storage.faults = [{ do: 'answer', status: 404, body, path: 'partNumber=1', times: 1 }];
    const uploader = start();
    const [item] = await uploader.add([videoFile(15 * MiB)]);
    await assertStored(await untilStatus(uploader, item!.id, 'done'));
    assert.equal(called('').length, 2);
  });

  test('is not waiting while parts are sent, although the next signatures are delayed', async () => {
    servers.signer.faults = [{ do: 'answer', status: 503, path: '/parts', times: 1 }];
    servers.storage.faults = [{ do: 'stall', at: { share: 0.5 }, path: 'partNumber=' }];
    const uploader = start();
    const states: string[] = [];
    const retry = nextEvent(uploader, 'upload-retry');
    const [item] = await uploader.add([videoFile(65 * MiB)]);
    uploader.addEventListener('update', () => states.push(uploader.items[0]!.status));
    assert.equal((await retry).detail.phase, 'sign');
    servers.storage.release();
    await assertStored(await untilStatus(uploader, item!.id, 'done'));
    assert.ok(!states.includes('waiting'), states.join());
    assert.equal(partsSent().length, 12);
  });

  test('computes the checksum of a damaged part again before it sends it again', async () => {
    servers.storage.faults = [
      { do: 'answer', status: 400, body: '<Error><Code>BadDigest</Code></Error>', path: 'partNumber=2', times: 1 },
    ];
    const digested: number[] = [];
    const uploader = start({
      checksum: 'crc32',
      computeChecksum: async (data, algorithm, signal) => {
        digested.push(data.size);
        return (await import('../../widget/core/checksum.ts')).checksum(data, algorithm, signal);
      },
    });
    const [item] = await uploader.add([videoFile(15 * MiB)]);
    await assertStored(await untilStatus(uploader, item!.id, 'done'));
    assert.deepEqual(digested, [15 * MiB, 5 * MiB, 5 * MiB, 5 * MiB, 5 * MiB]);
    assert.deepEqual(
      partsSent().sort((a, b) => a - b),
      [1, 2, 2, 3],
    );
  });

  test('slows down when the storage asks to, and is stored byte for byte', async () => {
    const body = '<Error><Code>SlowDown</Code></Error>';
    servers.storage.faults = [{ do: 'answer', status: 503, body, path: 'partNumber=', times: 2 }];
    const uploader = start();
    const [item] = await uploader.add([videoFile(20 * MiB)]);
    await assertStored(await untilStatus(uploader, item!.id, 'done'));
    assert.equal(partsSent().length, 6);
    // four parts were sent together; after the refusals no more than two
    const later = servers.storage.requests.filter(({ path }) => path.includes('partNumber=')).slice(4);
    const peak = Math.max(
      ...later.map(({ start }) => later.filter((other) => other.start <= start && other.end! > start).length),
    );
    assert.ok(peak <= 2, String(peak));
  });

  for (const checksum of ['crc32', 'crc32c', 'crc64nvme', 'sha256'] as const) {
    test(`is sent with a ${checksum} for each part when the application wants it, which the storage verifies`, async () => {
      const uploader = start({ checksum });
      const [item] = await uploader.add([videoFile(15 * MiB)]);
      await assertStored(await untilStatus(uploader, item!.id, 'done'));
      const part = servers.storage.requests.find(({ path }) => path.includes('partNumber=1'))!;
      assert.ok(part.headers[`x-amz-checksum-${checksum}`], JSON.stringify(part.headers));
    });
  }
});

describe('A small file', () => {
  test('is sent with its sha256 from a page over plain http, which has no crypto.subtle', async (t) => {
    const noSubtle = t.mock.getter(globalThis, 'crypto', () => ({ getRandomValues, randomUUID }));
    const uploader = start({ checksum: 'sha256' });
    const [item] = await uploader.add([videoFile(2 * MiB + 3)]);
    await assertStored(await untilStatus(uploader, item!.id, 'done'));
    assert.ok(noSubtle.mock.callCount() > 0);
    const bytes = Buffer.from(await item!.file!.arrayBuffer());
    const { fields } = servers.storage.requests.find(({ method }) => method === 'POST')!;
    const sum = createHash('sha256').update(bytes).digest('base64');
    assert.equal(new Map(fields).get('x-amz-checksum-sha256'), sum);
  });

  for (const checksum of ['crc32', 'crc32c', 'crc64nvme', 'sha256'] as const) {
    test(`is sent with its ${checksum} when the application wants it, and fails with a wrong one`, async () => {
      const computeChecksum = async () =>
        ({
          crc32: 'AAAAAA==',
          crc32c: 'AAAAAA==',
          crc64nvme: 'AAAAAAAAAAA=',
          sha256: '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
        })[checksum];
      const honest = start({ checksum });
      const [good] = await honest.add([videoFile(1000)]);
      await assertStored(await untilStatus(honest, good!.id, 'done'));
      const wrong = start({ checksum, computeChecksum });
      const error = nextEvent(wrong, 'upload-error');
      await wrong.add([videoFile(1000)]);
      assert.equal((await error).detail.code, 'corrupt');
    });
  }
});

test('At most six requests to the storage run at a time, however many files there are', async () => {
  const uploader = start({ concurrency: 4 });
  const complete = nextEvent(uploader, 'upload-complete');
  await uploader.add([videoFile(20 * MiB), videoFile(20 * MiB), videoFile(1 * MiB), videoFile(1 * MiB)]);
  assert.equal((await complete).detail.done.length, 4);
  // the signer's own requests pass the same proxy
  const browsers = servers.storage.requests.filter(({ headers }) => !headers['user-agent']?.startsWith('aws-sdk'));
  const peak = Math.max(
    ...browsers.map(({ start }) => browsers.filter((other) => other.start <= start && other.end! > start).length),
  );
  assert.ok(peak <= 6, String(peak));
});

test('Files that were signed ahead of their turn need no further signatures, and no list of their parts', async () => {
  const small = await startServers(ORIGIN, { multipartFrom: 1 });
  try {
    const sign = endpoint({ url: small.endpoint, headers: { origin: ORIGIN } });
    const uploader = start({ sign, concurrency: 2 });
    const complete = nextEvent(uploader, 'upload-complete');
    await uploader.add(Array.from({ length: 8 }, (_, i) => videoFile(1000, `${i}.mp4`)));
    assert.equal((await complete).detail.done.length, 8);
    const paths = small.signer.requests.map(({ path }) => path);
    assert.deepEqual([...new Set(paths)].sort(), ['/sign', '/sign/complete']);
  } finally {
    await small.close();
  }
});
