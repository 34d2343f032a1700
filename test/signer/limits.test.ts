import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { Redis } from 'ioredis';
import { createSigner } from '../../signer/core/app.ts';
import { createLimits, type Quotas } from '../../signer/limits/quotas.ts';
import { openUploadsInMemory, openUploadsInRedis, type OpenUploads } from '../../signer/limits/open-uploads.ts';
import { needs } from '../fixtures/requirements.ts';
import { openBucket, type LiveBucket } from './bucket.ts';
import { connected, startRedis } from './redis-server.ts';

const MIB = 1024 ** 2;

describe('limits', () => {
  it('hold the requests of one owner, and let another go on', async () => {
    const signer = startSigner({ requestsPerMinute: 3 });
    for (let i = 0; i < 3; i++) assert.equal((await signer.sign('anna')).status, 200);
    const answer = await signer.sign('anna', {}, '198.51.100.2');
    assert.deepEqual([answer.status, answer.code], [429, 'rate-limited']);
    assert.ok(answer.retryAfter > 0 && answer.retryAfter <= 60, `Retry-After: ${answer.retryAfter}`);
    assert.equal((await signer.sign('bert', {}, '198.51.100.3')).status, 200);
  });

  it('hold the requests of one address, whoever it says it is, before asking who', async () => {
    const signer = startSigner({ requestsPerMinute: 3 });
    for (const owner of ['anna', 'bert', 'carl']) assert.equal((await signer.sign(owner)).status, 200);
    const asked = signer.asked();
    assert.equal((await signer.sign('dora')).status, 429);
    assert.equal(signer.asked(), asked);
  });

  it('can be read by the page', async () => {
    const signer = startSigner({ requestsPerMinute: 1 });
    await signer.sign('anna');
    const { headers } = await signer.sign('anna');
    assert.equal(headers.get('Access-Control-Allow-Origin'), 'https://site.example');
    assert.equal(headers.get('Access-Control-Expose-Headers'), 'Retry-After');
  });

  it('hold the bytes of a day, and count no byte that was refused', async () => {
    const signer = startSigner({ bytesPerDay: 10 * MIB });
    assert.equal((await signer.sign('anna', { size: 6 * MIB })).status, 200);
    const answer = await signer.sign('anna', { size: 5 * MIB });
    assert.deepEqual([answer.status, answer.code], [429, 'quota-exceeded']);
    assert.match(answer.detail, /10485760 bytes a day/);
    assert.equal((await signer.sign('anna', { size: 4 * MIB })).status, 200);
    assert.equal((await signer.sign('bert', { size: 10 * MIB })).status, 200);
  });

  it('hold the files of a day', async () => {
    const signer = startSigner({ filesPerDay: 5 });
    assert.equal((await signer.sign('anna', { count: 3 })).status, 200);
    assert.equal((await signer.sign('anna', { count: 3 })).status, 429);
    assert.equal((await signer.sign('anna', { count: 2 })).status, 200);
  });

  it('hold all together', async () => {
    const signer = startSigner({ totalBytesPerDay: 10, totalFilesPerDay: 3 });
    assert.equal((await signer.sign('anna', { size: 6 })).status, 200);
    assert.equal((await signer.sign('bert', { size: 6 })).status, 429);
    assert.equal((await signer.sign('bert', { size: 2 })).status, 200);
    assert.equal((await signer.sign('carl', { size: 2 })).status, 200);
    assert.equal((await signer.sign('dora', { size: 0 })).status, 429);
  });

  it('hold visitors without a name by their address', async () => {
    const signer = startSigner({ filesPerDay: 1 });
    assert.equal((await signer.sign('', {}, '198.51.100.1')).status, 200);
    assert.equal((await signer.sign('', {}, '198.51.100.1')).status, 429);
    assert.equal((await signer.sign('', {}, '198.51.100.2')).status, 200);
  });

  it('count what is refused for another reason as nothing', async () => {
    const signer = startSigner({ filesPerDay: 1 });
    assert.equal((await signer.sign('anna', { type: 'text/html' })).status, 200);
    assert.equal((await signer.sign('anna')).status, 200);
  });

  it('hold the requests of all together', async () => {
    const signer = startSigner({ totalRequestsPerMinute: 2 });
    const statuses = [];
    for (const owner of ['anna', 'bert', 'carl']) statuses.push((await signer.sign(owner)).status);
    assert.deepEqual(statuses, [200, 200, 429]);
  });

  it('count what is no request of the contract, too, and without reading it', async () => {
    const signer = startSigner({ requestsPerMinute: 4 });
    const garbage = [
      await signer.send('POST', '/', '{"files":['),
      await signer.send('POST', '/complete', 'x'.repeat(100_000)),
      await signer.send('GET', '/nowhere'),
      await signer.send('POST', '/', 'a=b', { 'Content-Type': 'text/plain' }),
      await signer.send('POST', '/', '{"files":['),
    ];
    assert.deepEqual(
      garbage.map(({ status }) => status),
      [400, 413, 404, 415, 429],
    );
    assert.equal(signer.asked(), 0);
    assert.equal((await signer.send('OPTIONS', '/')).status, 204, 'a browser asks before, and is not counted');
  });

  it('give back what the storage failed to grant', async () => {
    const live = await openBucket();
    try {
      const quotas = { filesPerDay: 2, bytesPerDay: 40 * MIB, openMultiparts: 2, totalOpenMultiparts: 2 };
      const signer = startSigner(quotas, { client: live.client, bucket: live.bucket });
      const both = { size: 20 * MIB, count: 2 };
      live.proxy.faults = [{ do: 'answer', method: 'POST', path: 'uploads', status: 500, skip: 1, times: 1 }];
      assert.equal((await signer.sign('anna', both)).status, 502);
      assert.equal((await signer.sign('anna', both)).status, 200, 'as if it had never been asked');
      assert.equal((await signer.sign('anna', { size: 1 })).status, 429);
    } finally {
      await live.close();
    }
  });

  it('hold the multipart uploads that are open, each ended once', async () => {
    const live = await openBucket();
    try {
      const signer = startSigner({ openMultiparts: 2 }, { client: live.client, bucket: live.bucket });
      const first = await signer.sign('anna', LARGE);
      const second = await signer.sign('anna', LARGE);
      assert.deepEqual([first.status, second.status], [200, 200]);
      const third = await signer.sign('anna', LARGE);
      assert.deepEqual([third.status, third.code], [429, 'quota-exceeded']);
      assert.equal((await signer.sign('anna', { size: 5 })).status, 200, 'small files are not held');
      // The same upload aborted three times gives one place back, not three.
      for (let i = 0; i < 3; i++) await signer.call('anna', '/abort', first.ticket);
      assert.equal((await signer.sign('anna', LARGE)).status, 200);
      assert.equal((await signer.sign('anna', LARGE)).status, 429);
    } finally {
      await live.close();
    }
  });

  it('hold the open multipart uploads of all together', async () => {
    const live = await openBucket();
    try {
      const signer = startSigner({ totalOpenMultiparts: 1 }, { client: live.client, bucket: live.bucket });
      const first = await signer.sign('anna', LARGE);
      assert.deepEqual([first.status, (await signer.sign('bert', LARGE)).status], [200, 429]);
      await signer.call('anna', '/abort', first.ticket);
      assert.equal((await signer.sign('bert', LARGE)).status, 200);
    } finally {
      await live.close();
    }
  });

  it('free the place of an upload that the storage has lost, or that was ended for its wrong parts', async () => {
    const live = await openBucket();
    try {
      const signer = startSigner({ openMultiparts: 1 }, { client: live.client, bucket: live.bucket });
      const lost = await signer.sign('anna', LARGE);
      await live.owner.send(new AbortMultipartUploadCommand(await onlyUpload(live)));
      assert.equal((await signer.call('anna', '/complete', lost.ticket)).code, 'no-such-upload');
      const wrong = await signer.sign('anna', LARGE);
      assert.equal(wrong.status, 200);
      await live.owner.send(
        new UploadPartCommand({ ...(await onlyUpload(live)), PartNumber: 9, Body: 'never signed' }),
      );
      assert.equal((await signer.call('anna', '/complete', wrong.ticket)).code, 'parts-wrong');
      assert.equal((await signer.sign('anna', LARGE)).status, 200);
    } finally {
      await live.close();
    }
  });

  it('free the place of a visitor without a name who comes from another address', async () => {
    const live = await openBucket();
    try {
      const signer = startSigner({ openMultiparts: 1 }, { client: live.client, bucket: live.bucket });
      const { ticket } = await signer.sign('', LARGE, '198.51.100.1');
      await signer.call('', '/abort', ticket, '198.51.100.2');
      assert.equal((await signer.sign('', LARGE, '198.51.100.1')).status, 200);
    } finally {
      await live.close();
    }
  });

  it('count an upload that nobody ends as open until its ticket expires, each by its own time', async (t) => {
    t.mock.timers.enable({ apis: ['Date'] });
    const uploads = openUploadsInMemory(60);
    const open = (key: string) => uploads.open('anna', [key], 2);
    assert.equal(await open('a'), true);
    t.mock.timers.tick(40_000);
    assert.deepEqual([await open('b'), await open('c')], [true, false]);
    t.mock.timers.tick(20_000);
    assert.deepEqual([await open('c'), await open('d')], [true, false], 'a has expired, b has not');
    for (const key of ['a', 'a', 'b', 'b', 'unheard-of']) await uploads.close(key);
    assert.deepEqual([await open('d'), await open('e')], [true, false], 'closing again frees nothing');
  });
});

describe('limits in Redis', needs('redis-server'), () => {
  it('hold for two signers together', async () => {
    await using server = await startRedis();
    await using one = await connect(server.url);
    await using two = await connect(server.url);
    const a = startSigner({ bytesPerDay: 10, requestsPerMinute: 4 }, { redis: one.redis });
    const b = startSigner({ bytesPerDay: 10, requestsPerMinute: 4 }, { redis: two.redis });
    assert.equal((await a.sign('anna', { size: 6 })).status, 200);
    assert.equal((await b.sign('anna', { size: 6 })).code, 'quota-exceeded');
    assert.equal((await b.sign('anna', { size: 4 })).status, 200);
    assert.equal((await a.sign('anna', { size: 1 })).code, 'quota-exceeded');
    assert.equal((await b.sign('anna', { size: 0 })).code, 'rate-limited');
    assert.equal((await a.sign('anna', { size: 0 })).code, 'rate-limited');
  });

  it('hold open uploads for two signers together, each by its own time and each ended once', async () => {
    await using server = await startRedis();
    await using one = await connect(server.url);
    await using two = await connect(server.url);
    const [a, b] = [one, two].map(({ redis }) => openUploadsInRedis(redis, 'test:', 60)) as [OpenUploads, OpenUploads];
    assert.deepEqual([await a.open('anna', ['1', '2'], 2), await b.open('anna', ['3'], 2)], [true, false]);
    assert.equal(await b.open('bert', ['4'], 2), true);
    for (let i = 0; i < 3; i++) await b.close('1');
    assert.deepEqual([await a.open('anna', ['5'], 2), await b.open('anna', ['6'], 2)], [true, false]);
    // As if its minute were over: the end of the one upload, and not of the other.
    await one.redis.zadd('test:open:anna', Date.now() - 1, '2');
    assert.deepEqual([await b.open('anna', ['6'], 2), await a.open('anna', ['7'], 2)], [true, false]);
    const keys = await one.redis.keys('*');
    for (const key of keys) assert.ok((await one.redis.pttl(key)) > 0, `${key} ends by itself`);
    const simultaneous = await Promise.all(
      Array.from({ length: 20 }, (_, i) => [a, b][i % 2]!.open('carl', [`c${i}`], 5)),
    );
    assert.equal(simultaneous.filter(Boolean).length, 5);
  });

  it('hold open uploads when Redis goes away, and let them be closed', async () => {
    await using server = await startRedis();
    await using one = await connect(server.url);
    const uploads = openUploadsInRedis(one.redis, 'test:', 60);
    assert.equal(await uploads.open('anna', ['1'], 1), true);
    await server.stop();
    assert.deepEqual([await uploads.open('anna', ['2'], 1), await uploads.open('anna', ['3'], 1)], [true, false]);
    await uploads.close('2');
    assert.equal(await uploads.open('anna', ['3'], 1), true);
  });

  it('are of one bucket: another counts by itself', async () => {
    await using server = await startRedis();
    await using one = await connect(server.url);
    const signOnce = (bucket: string) =>
      startSigner({ filesPerDay: 1 }, { redis: one.redis, bucket })
        .sign('anna')
        .then(({ status }) => status);
    assert.deepEqual([await signOnce('photos'), await signOnce('photos'), await signOnce('papers')], [200, 429, 200]);
  });

  it('count two at once as two', async () => {
    await using server = await startRedis();
    await using one = await connect(server.url);
    await using two = await connect(server.url);
    const signers = [one, two].map(({ redis }) => startSigner({ filesPerDay: 25 }, { redis }));
    const answers = await Promise.all(Array.from({ length: 60 }, (_, i) => signers[i % 2]!.sign('anna')));
    assert.equal(answers.filter(({ status }) => status === 200).length, 25);
  });

  it('are held in memory when Redis goes away, and nobody waits', async () => {
    await using server = await startRedis();
    await using one = await connect(server.url);
    const signer = startSigner({ filesPerDay: 2 }, { redis: one.redis });
    assert.equal((await signer.sign('anna')).status, 200);
    await server.stop();
    const begin = performance.now();
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push((await signer.sign('anna')).status);
    assert.deepEqual(statuses, [200, 200, 429, 429]);
    assert.ok(performance.now() - begin < 3_000);
    assert.equal(one.errors.length, 1, 'the loss is told once');
  });
});

async function connect(url: string) {
  const errors: Error[] = [];
  const redis = await connected(url, (error) => errors.push(error));
  return { redis, errors, [Symbol.asyncDispose]: async () => redis.disconnect() };
}

interface Wish {
  size?: number;
  count?: number;
  type?: string;
}

const LARGE: Wish = { size: 20 * MIB };

/** The one multipart upload that is open, as the SDK names it. */
async function onlyUpload({ owner, bucket }: LiveBucket): Promise<{ Bucket: string; Key: string; UploadId: string }> {
  const { Uploads = [] } = await owner.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
  assert.equal(Uploads.length, 1);
  return { Bucket: bucket, Key: Uploads[0]!.Key!, UploadId: Uploads[0]!.UploadId! };
}

function startSigner(quotas: Quotas, given: { redis?: Redis; client?: S3Client; bucket?: string } = {}) {
  const { redis, bucket = 'bucket' } = given;
  let asked = 0;
  const client =
    given.client ??
    new S3Client({ region: 'us-east-1', credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'x' } });
  const signer = createSigner({
    client,
    bucket,
    secret: 'the secret of the tickets',
    origins: ['https://site.example'],
    limiter: createLimits({
      quotas,
      bucket,
      redis,
      clientAddress: (c) => c.req.header('X-Test-Address'),
      ticketExpires: 3600,
    }),
    authorize: (c) => {
      asked++;
      return { owner: c.req.header('X-Test-Owner') ?? '' };
    },
    onEvent: () => undefined,
  });
  const send = async (method: string, path: string, body?: string, headers: Record<string, string> = {}) =>
    signer.request(path, {
      method,
      headers: { 'Content-Type': 'application/json', Origin: 'https://site.example', ...headers },
      ...(body !== undefined && { body }),
    });
  const post = async (owner: string, path: string, body: unknown, address: string) => {
    const headers = { 'X-Test-Owner': owner, 'X-Test-Address': address };
    const response = await send('POST', path, JSON.stringify(body), headers);
    const text = await response.text();
    const { code, detail, files } = (text ? JSON.parse(text) : {}) as {
      code?: string;
      detail?: string;
      files?: { ticket?: string }[];
    };
    return {
      status: response.status,
      headers: response.headers,
      retryAfter: Number(response.headers.get('Retry-After')),
      code,
      detail: detail ?? '',
      ticket: files?.[0]?.ticket ?? '',
    };
  };
  return {
    asked: () => asked,
    send,
    sign: (owner: string, { size = 1, count = 1, type = 'image/png' }: Wish = {}, address = '198.51.100.1') => {
      const files = Array.from({ length: count }, (_, i) => ({ id: `${i}`, name: 'a.png', type, size }));
      return post(owner, '/', { files }, address);
    },
    call: (owner: string, path: string, ticket: string, address = '198.51.100.1') =>
      post(owner, path, { ticket }, address),
  };
}
