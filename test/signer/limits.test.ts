import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { S3Client } from '@aws-sdk/client-s3';
import type { Redis } from 'ioredis';
import { createSigner } from '../../signer/app.ts';
import { createLimits, type Quotas } from '../../signer/limits.ts';
import { connectRedis } from '../../signer/redis.ts';
import { needs } from '../helpers/needs.ts';
import { openBucket } from './bucket.ts';
import { startRedis } from './redis-server.ts';

const MIB = 1024 ** 2;

describe('limits', () => {
  it('hold the requests of one owner, and let another go on', async () => {
    const signer = start({ requestsPerMinute: 3 });
    for (let i = 0; i < 3; i++) assert.equal((await signer.sign('anna')).status, 200);
    const answer = await signer.sign('anna', {}, '198.51.100.2');
    assert.deepEqual([answer.status, answer.code], [429, 'rate-limited']);
    assert.ok(answer.retryAfter > 0 && answer.retryAfter <= 60, `Retry-After: ${answer.retryAfter}`);
    assert.equal((await signer.sign('bert', {}, '198.51.100.3')).status, 200);
  });

  it('hold the requests of one address, whoever it says it is, before asking who', async () => {
    const signer = start({ requestsPerMinute: 3 });
    for (const owner of ['anna', 'bert', 'carl']) assert.equal((await signer.sign(owner)).status, 200);
    const asked = signer.asked();
    assert.equal((await signer.sign('dora')).status, 429);
    assert.equal(signer.asked(), asked);
  });

  it('can be read by the page', async () => {
    const signer = start({ requestsPerMinute: 1 });
    await signer.sign('anna');
    const { headers } = await signer.sign('anna');
    assert.equal(headers.get('Access-Control-Allow-Origin'), 'https://site.example');
    assert.equal(headers.get('Access-Control-Expose-Headers'), 'Retry-After');
  });

  it('hold the bytes of a day, and count no byte that was refused', async () => {
    const signer = start({ bytesPerDay: 10 * MIB });
    assert.equal((await signer.sign('anna', { size: 6 * MIB })).status, 200);
    const answer = await signer.sign('anna', { size: 5 * MIB });
    assert.deepEqual([answer.status, answer.code], [429, 'quota-exceeded']);
    assert.match(answer.detail, /10485760 bytes a day/);
    assert.equal((await signer.sign('anna', { size: 4 * MIB })).status, 200);
    assert.equal((await signer.sign('bert', { size: 10 * MIB })).status, 200);
  });

  it('hold the files of a day', async () => {
    const signer = start({ filesPerDay: 5 });
    assert.equal((await signer.sign('anna', { count: 3 })).status, 200);
    assert.equal((await signer.sign('anna', { count: 3 })).status, 429);
    assert.equal((await signer.sign('anna', { count: 2 })).status, 200);
  });

  it('hold all together', async () => {
    const signer = start({ totalBytesPerDay: 10, totalFilesPerDay: 3 });
    assert.equal((await signer.sign('anna', { size: 6 })).status, 200);
    assert.equal((await signer.sign('bert', { size: 6 })).status, 429);
    assert.equal((await signer.sign('bert', { size: 2 })).status, 200);
    assert.equal((await signer.sign('carl', { size: 2 })).status, 200);
    assert.equal((await signer.sign('dora', { size: 0 })).status, 429);
  });

  it('hold visitors without a name by their address', async () => {
    const signer = start({ filesPerDay: 1 });
    assert.equal((await signer.sign('', {}, '198.51.100.1')).status, 200);
    assert.equal((await signer.sign('', {}, '198.51.100.1')).status, 429);
    assert.equal((await signer.sign('', {}, '198.51.100.2')).status, 200);
  });

  it('count what is refused for another reason as nothing', async () => {
    const signer = start({ filesPerDay: 1 });
    assert.equal((await signer.sign('anna', { type: 'text/html' })).status, 200);
    assert.equal((await signer.sign('anna')).status, 200);
  });

  it('hold the multipart uploads that are open, each ended once', async () => {
    const live = await openBucket();
    try {
      const signer = start({ openMultiparts: 2 }, { client: live.client, bucket: live.bucket });
      const large = { size: 20 * MIB };
      const first = await signer.sign('anna', large);
      const second = await signer.sign('anna', large);
      assert.deepEqual([first.status, second.status], [200, 200]);
      const third = await signer.sign('anna', large);
      assert.deepEqual([third.status, third.code], [429, 'quota-exceeded']);
      assert.equal((await signer.sign('anna', { size: 5 })).status, 200, 'small files are not held');
      // The same upload aborted three times gives one place back, not three.
      for (let i = 0; i < 3; i++) await signer.call('anna', '/abort', first.ticket);
      assert.equal((await signer.sign('anna', large)).status, 200);
      assert.equal((await signer.sign('anna', large)).status, 429);
    } finally {
      await live.close();
    }
  });
});

describe('limits in Redis', needs('redis-server'), () => {
  it('hold for two signers together', async () => {
    await using server = await startRedis();
    await using one = await connect(server.url);
    await using two = await connect(server.url);
    const a = start({ bytesPerDay: 10, requestsPerMinute: 4 }, { redis: one.redis });
    const b = start({ bytesPerDay: 10, requestsPerMinute: 4 }, { redis: two.redis });
    assert.equal((await a.sign('anna', { size: 6 })).status, 200);
    assert.equal((await b.sign('anna', { size: 6 })).code, 'quota-exceeded');
    assert.equal((await b.sign('anna', { size: 4 })).status, 200);
    assert.equal((await a.sign('anna', { size: 1 })).code, 'quota-exceeded');
    assert.equal((await b.sign('anna', { size: 0 })).code, 'rate-limited');
    assert.equal((await a.sign('anna', { size: 0 })).code, 'rate-limited');
  });

  it('count two at once as two', async () => {
    await using server = await startRedis();
    await using one = await connect(server.url);
    await using two = await connect(server.url);
    const signers = [one, two].map(({ redis }) => start({ filesPerDay: 25 }, { redis }));
    const answers = await Promise.all(Array.from({ length: 60 }, (_, i) => signers[i % 2]!.sign('anna')));
    assert.equal(answers.filter(({ status }) => status === 200).length, 25);
  });

  it('are held in memory when Redis goes away, and nobody waits', async () => {
    await using server = await startRedis();
    await using one = await connect(server.url);
    const signer = start({ filesPerDay: 2 }, { redis: one.redis });
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
  const redis = await connectRedis(url, (error) => errors.push(error));
  await new Promise((resolve) => redis.once('ready', resolve));
  return { redis, errors, [Symbol.asyncDispose]: async () => redis.disconnect() };
}

interface Wish {
  size?: number;
  count?: number;
  type?: string;
}

function start(quotas: Quotas, given: { redis?: Redis; client?: S3Client; bucket?: string } = {}) {
  const limits = createLimits({
    quotas,
    redis: given.redis,
    clientAddress: (c) => c.req.header('X-Test-Address'),
    ticketExpires: 3600,
  });
  let asked = 0;
  const pending: Promise<void>[] = [];
  const client =
    given.client ??
    new S3Client({ region: 'us-east-1', credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'x' } });
  const signer = createSigner({
    client,
    bucket: given.bucket ?? 'bucket',
    secret: 'the secret of the tickets',
    origins: ['https://site.example'],
    limiter: limits.limiter,
    authorize: limits.guard((c) => {
      asked++;
      return { owner: c.req.header('X-Test-Owner') ?? '' };
    }),
    onEvent: (event, c) => void pending.push(limits.onEvent(event, c)),
  });
  const post = async (owner: string, path: string, body: unknown, address: string) => {
    const response = await signer.request(path, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        Origin: 'https://site.example',
        'X-Test-Owner': owner,
        'X-Test-Address': address,
      },
      body: JSON.stringify(body),
    });
    await Promise.all(pending);
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
    sign: (owner: string, { size = 1, count = 1, type = 'image/png' }: Wish = {}, address = '198.51.100.1') => {
      const files = Array.from({ length: count }, (_, i) => ({ id: `${i}`, name: 'a.png', type, size }));
      return post(owner, '/', { files }, address);
    },
    call: (owner: string, path: string, ticket: string) => post(owner, path, { ticket }, '198.51.100.1'),
  };
}
