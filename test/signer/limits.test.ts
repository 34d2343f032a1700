import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { createSigner } from '../../signer/core/app.ts';
import { createLimits, type LimitsOptions, type Quotas } from '../../signer/limits/limiter.ts';
import { MiB } from '../fixtures/files.ts';
import { needs } from '../fixtures/requirements.ts';
import { openBucket, type TestBucket } from './bucket.ts';
import { connectToRedis, startRedis } from './redis-server.ts';

describe('createLimits', () => {
  it('limits the requests of one owner, and not those of another', async () => {
    const signer = createLimitedSigner({ requestsPerMinute: 3 });
    for (let i = 0; i < 3; i++) assert.equal((await signer.sign('anna')).status, 200);
    const response = await signer.sign('anna', {}, '198.51.100.2');
    assert.deepEqual([response.status, response.code], [429, 'rate-limited']);
    assert.ok(response.retryAfter > 0 && response.retryAfter <= 60, `Retry-After: ${response.retryAfter}`);
    assert.equal((await signer.sign('bert', {}, '198.51.100.3')).status, 200);
  });

  it('limits the failed authentications of one address, and not the requests of owners who share it', async () => {
    const signer = createLimitedSigner({ requestsPerMinute: 3 });
    const statuses = [];
    for (let i = 0; i < 5; i++) statuses.push((await signer.sign('stranger')).status);
    assert.deepEqual(statuses, [401, 401, 401, 429, 429]);
    assert.equal((await signer.sign('stranger', {}, '198.51.100.2')).status, 401);
    for (const owner of ['anna', 'bert', 'carl', 'dora']) assert.equal((await signer.sign(owner)).status, 200);
  });

  it('counts a request once for each file that it signs', async () => {
    const signer = createLimitedSigner({ requestsPerMinute: 10 });
    assert.equal((await signer.sign('anna', { count: 9 })).status, 200);
    const tooMany = await signer.sign('anna', { count: 2 });
    assert.deepEqual([tooMany.status, tooMany.code], [429, 'rate-limited']);
    assert.equal((await signer.sign('anna')).status, 429, 'the refused request itself was the tenth');
  });

  it('lets pages of other origins read Retry-After', async () => {
    const signer = createLimitedSigner({ requestsPerMinute: 1 });
    await signer.sign('anna');
    const { headers } = await signer.sign('anna');
    assert.equal(headers.get('Access-Control-Allow-Origin'), 'https://site.example');
    assert.equal(headers.get('Access-Control-Expose-Headers'), 'Retry-After');
  });

  it('limits the bytes of a day, and does not count a refused request', async () => {
    const signer = createLimitedSigner({ bytesPerDay: 10 * MiB });
    assert.equal((await signer.sign('anna', { size: 6 * MiB })).status, 200);
    const response = await signer.sign('anna', { size: 5 * MiB });
    assert.deepEqual([response.status, response.code], [429, 'quota-exceeded']);
    assert.match(response.detail, /10485760 bytes a day/);
    assert.equal((await signer.sign('anna', { size: 4 * MiB })).status, 200);
    assert.equal((await signer.sign('bert', { size: 10 * MiB })).status, 200);
  });

  it('limits the files of a day', async () => {
    const signer = createLimitedSigner({ filesPerDay: 5 });
    assert.equal((await signer.sign('anna', { count: 3 })).status, 200);
    assert.equal((await signer.sign('anna', { count: 3 })).status, 429);
    assert.equal((await signer.sign('anna', { count: 2 })).status, 200);
  });

  it('limits files and bytes of all owners together', async () => {
    const signer = createLimitedSigner({ totalBytesPerDay: 10, totalFilesPerDay: 3, bytesPerDay: 0, filesPerDay: 0 });
    assert.equal((await signer.sign('anna', { size: 6 })).status, 200);
    assert.equal((await signer.sign('bert', { size: 6 })).status, 429);
    assert.equal((await signer.sign('bert', { size: 2 })).status, 200);
    assert.equal((await signer.sign('carl', { size: 2 })).status, 200);
    assert.equal((await signer.sign('dora', { size: 0 })).status, 429);
  });

  it('counts callers without an id by their address', async () => {
    const signer = createLimitedSigner({ filesPerDay: 1 });
    assert.equal((await signer.sign('', {}, '198.51.100.1')).status, 200);
    assert.equal((await signer.sign('', {}, '198.51.100.1')).status, 429);
    assert.equal((await signer.sign('', {}, '198.51.100.2')).status, 200);
  });

  it('does not count a file that is refused for another reason', async () => {
    const signer = createLimitedSigner({ filesPerDay: 1 });
    assert.equal((await signer.sign('anna', { type: 'text/html' })).status, 200);
    assert.equal((await signer.sign('anna')).status, 200);
  });

  it('limits the requests of all owners together', async () => {
    const signer = createLimitedSigner({ totalRequestsPerMinute: 2 });
    const statuses = [];
    for (const owner of ['anna', 'bert', 'carl']) statuses.push((await signer.sign(owner)).status);
    assert.deepEqual(statuses, [200, 200, 429]);
  });

  it('counts requests with an invalid ticket', async () => {
    const signer = createLimitedSigner({ requestsPerMinute: 2 });
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push((await signer.call('anna', '/complete', 'x')).status);
    assert.deepEqual(statuses, [403, 403, 429]);
    assert.equal((await signer.send('OPTIONS', '/')).status, 204, 'a preflight is not counted');
  });

  it('counts a request before reading its body', async () => {
    const signer = createLimitedSigner({ requestsPerMinute: 2 });
    const statuses = [];
    for (const body of ['{"files":[', '{"files":[', '{"files":[']) {
      statuses.push((await signer.send('POST', '/', body)).status);
    }
    assert.deepEqual(statuses, [400, 400, 429]);
    assert.equal((await signer.send('POST', '/complete', 'x'.repeat(100_000))).status, 429);
  });

  it('releases the quota of files that the storage failed to sign', async () => {
    await using bucket = await openBucket();
    const quotas = { filesPerDay: 2, bytesPerDay: 40 * MiB, openMultiparts: 2, totalOpenMultiparts: 2 };
    const signer = createLimitedSigner(quotas, { client: bucket.client, bucket: bucket.name });
    const both = { size: 20 * MiB, count: 2 };
    bucket.proxy.faults = [{ do: 'answer', method: 'POST', path: 'uploads', status: 500, skip: 1, times: 1 }];
    assert.equal((await signer.sign('anna', both)).status, 502);
    assert.equal((await signer.sign('anna', both)).status, 200, 'the failed request is not counted');
    assert.equal((await signer.sign('anna', { size: 1 })).status, 429);
  });

  it('limits open multipart uploads, and frees the place of an aborted one once', async () => {
    await using bucket = await openBucket();
    const signer = createLimitedSigner({ openMultiparts: 2 }, { client: bucket.client, bucket: bucket.name });
    const first = await signer.sign('anna', LARGE);
    const second = await signer.sign('anna', LARGE);
    assert.deepEqual([first.status, second.status], [200, 200]);
    const third = await signer.sign('anna', LARGE);
    assert.deepEqual([third.status, third.code], [429, 'quota-exceeded']);
    assert.equal((await signer.sign('anna', { size: 5 })).status, 200, 'small files are not counted');
    // Aborting the same upload three times frees one place, not three.
    for (let i = 0; i < 3; i++) await signer.call('anna', '/abort', first.ticket);
    assert.equal((await signer.sign('anna', LARGE)).status, 200);
    assert.equal((await signer.sign('anna', LARGE)).status, 429);
  });

  it('limits the open multipart uploads of all owners together', async () => {
    await using bucket = await openBucket();
    const signer = createLimitedSigner({ totalOpenMultiparts: 1 }, { client: bucket.client, bucket: bucket.name });
    const first = await signer.sign('anna', LARGE);
    assert.deepEqual([first.status, (await signer.sign('bert', LARGE)).status], [200, 429]);
    await signer.call('anna', '/abort', first.ticket);
    assert.equal((await signer.sign('bert', LARGE)).status, 200);
  });

  it('frees the place of an upload that the storage no longer has, or that was aborted for wrong parts', async () => {
    await using bucket = await openBucket();
    const signer = createLimitedSigner({ openMultiparts: 1 }, { client: bucket.client, bucket: bucket.name });
    const lost = await signer.sign('anna', LARGE);
    await bucket.directClient.send(new AbortMultipartUploadCommand(await onlyOpenUpload(bucket)));
    assert.equal((await signer.call('anna', '/complete', lost.ticket)).code, 'no-such-upload');
    const wrong = await signer.sign('anna', LARGE);
    assert.equal(wrong.status, 200);
    await bucket.directClient.send(
      new UploadPartCommand({ ...(await onlyOpenUpload(bucket)), PartNumber: 9, Body: 'never signed' }),
    );
    assert.equal((await signer.call('anna', '/complete', wrong.ticket)).code, 'parts-wrong');
    assert.equal((await signer.sign('anna', LARGE)).status, 200);
  });

  it('frees the place of a caller without an id who aborts from another address', async () => {
    await using bucket = await openBucket();
    const signer = createLimitedSigner({ openMultiparts: 1 }, { client: bucket.client, bucket: bucket.name });
    const { ticket } = await signer.sign('', LARGE, '198.51.100.1');
    await signer.call('', '/abort', ticket, '198.51.100.2');
    assert.equal((await signer.sign('', LARGE, '198.51.100.1')).status, 200);
  });
});

describe('createLimits with Redis', needs('redis-server'), () => {
  it('counts the requests of two signers together', async () => {
    await using server = await startRedis();
    await using one = await connect(server.url);
    await using two = await connect(server.url);
    const a = createLimitedSigner({ bytesPerDay: 10, requestsPerMinute: 4 }, { redis: one.redis });
    const b = createLimitedSigner({ bytesPerDay: 10, requestsPerMinute: 4 }, { redis: two.redis });
    assert.equal((await a.sign('anna', { size: 6 })).status, 200);
    assert.equal((await b.sign('anna', { size: 6 })).code, 'quota-exceeded');
    assert.equal((await b.sign('anna', { size: 4 })).status, 200);
    assert.equal((await a.sign('anna', { size: 1 })).code, 'quota-exceeded');
    assert.equal((await b.sign('anna', { size: 0 })).code, 'rate-limited');
    assert.equal((await a.sign('anna', { size: 0 })).code, 'rate-limited');
  });

  it('counts each bucket separately', async () => {
    await using server = await startRedis();
    await using one = await connect(server.url);
    const signOnce = (bucket: string) =>
      createLimitedSigner({ filesPerDay: 1 }, { redis: one.redis, bucket })
        .sign('anna')
        .then(({ status }) => status);
    assert.deepEqual([await signOnce('photos'), await signOnce('photos'), await signOnce('papers')], [200, 429, 200]);
  });

  it('counts simultaneous requests without losing one', async () => {
    await using server = await startRedis();
    await using one = await connect(server.url);
    await using two = await connect(server.url);
    const signers = [one, two].map(({ redis }) => createLimitedSigner({ filesPerDay: 25 }, { redis }));
    const responses = await Promise.all(Array.from({ length: 60 }, (_, i) => signers[i % 2]!.sign('anna')));
    assert.equal(responses.filter(({ status }) => status === 200).length, 25);
  });

  it('counts in memory while Redis is unavailable, without waiting for it', async () => {
    await using server = await startRedis();
    await using one = await connect(server.url);
    const signer = createLimitedSigner({ filesPerDay: 2 }, { redis: one.redis });
    assert.equal((await signer.sign('anna')).status, 200);
    await server.stop();
    const begin = performance.now();
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push((await signer.sign('anna')).status);
    assert.deepEqual(statuses, [200, 200, 429, 429]);
    assert.ok(performance.now() - begin < 3_000);
    assert.equal(one.errors.length, 1, 'the loss is reported once');
  });
});

/** A connection to Redis, and the errors that it reported. */
async function connect(url: string) {
  const errors: Error[] = [];
  const redis = await connectToRedis(url, (error) => errors.push(error));
  return { redis, errors, [Symbol.asyncDispose]: async () => redis.disconnect() };
}

interface Batch {
  size?: number;
  count?: number;
  type?: string;
}

const LARGE: Batch = { size: 20 * MiB };

/** The single open multipart upload of the bucket, in the SDK's terms. */
async function onlyOpenUpload({
  directClient,
  name,
}: TestBucket): Promise<{ Bucket: string; Key: string; UploadId: string }> {
  const { Uploads = [] } = await directClient.send(new ListMultipartUploadsCommand({ Bucket: name }));
  assert.equal(Uploads.length, 1);
  return { Bucket: name, Key: Uploads[0]!.Key!, UploadId: Uploads[0]!.UploadId! };
}

/** Creates a signer with these quotas. The headers X-Test-Owner and X-Test-Address set the caller. */
function createLimitedSigner(
  quotas: Quotas,
  given: Partial<Pick<LimitsOptions, 'redis' | 'bucket'>> & { client?: S3Client } = {},
) {
  const { redis, bucket = 'bucket' } = given;
  const client =
    given.client ??
    new S3Client({ region: 'us-east-1', credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'x' } });
  const signer = createSigner({
    client,
    bucket,
    secret: 'the secret of the tickets 0123456789',
    origins: ['https://site.example'],
    limiter: createLimits({
      quotas,
      bucket,
      redis,
      clientAddress: (c) => c.req.header('X-Test-Address'),
    }),
    authorize: (c) => {
      const owner = c.req.header('X-Test-Owner') ?? '';
      return owner === 'stranger' ? null : { owner };
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
    send,
    sign: (owner: string, { size = 1, count = 1, type = 'image/png' }: Batch = {}, address = '198.51.100.1') => {
      const files = Array.from({ length: count }, (_, i) => ({ id: `${i}`, name: 'a.png', type, size }));
      return post(owner, '/', { files }, address);
    },
    call: (owner: string, path: string, ticket: string, address = '198.51.100.1') =>
      post(owner, path, { ticket }, address),
  };
}
