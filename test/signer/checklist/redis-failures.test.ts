import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Redis } from 'ioredis';
import { createLimits, type LimitsOptions } from '../../../signer/limits/limiter.ts';
import { deliveryLeases } from '../../../signer/service/redis.ts';
import { MiB } from '../../fixtures/files.ts';
import { needs } from '../../fixtures/requirements.ts';
import { fileOf, problemOf, signerOf } from '../../fixtures/signer.ts';
import { openBucket, type TestBucket } from '../bucket.ts';
import { until } from '../../fixtures/wait.ts';
import { connectToRedis, startRedis } from '../redis-server.ts';
import { createTestService } from '../service.ts';

const QUOTAS = { filesPerDay: 2, openMultiparts: 2 };

describe('three signers with one Redis', needs('redis-server'), () => {
  it('count together in cluster mode, whose scripts need keys of one hash slot', async () => {
    await using redis = await startRedis({ 'cluster-enabled': 'yes', 'cluster-config-file': 'nodes.conf' });
    await using bucket = await openBucket();
    await using signers = await connectThree(redis.url, bucket);
    const [first] = signers.connections;
    await first!.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    while (!String(await first!.call('CLUSTER', 'INFO')).includes('cluster_state:ok')) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const { tickets, statuses } = await signers.signAll(16 * MiB);
    assert.deepEqual(statuses, [200, 200, 429]);
    assert.deepEqual(await signers.abort(tickets[0]!), 204);
    assert.deepEqual((await signers.signAll(16 * MiB)).statuses, [200, 429, 429], 'the aborted file is returned');
    const leases = deliveryLeases(first!, bucket.name);
    assert.deepEqual([await leases.acquire('msg_1', 1000), await leases.acquire('msg_1', 1000)], ['acquired', 'busy']);
    for (const key of await first!.keys('*')) assert.match(key, new RegExp(`^s3-uploader:\\{${bucket.name}\\}:`));
    assert.deepEqual(signers.errors, []);
  });

  it('count their first request together, and report nothing', async () => {
    await using redis = await startRedis();
    const env = { SIGNER_REDIS_URL: redis.url, SIGNER_FILES_PER_DAY: '1', SIGNER_REDIS_FAILURE: 'refuse' };
    const statuses: number[] = [];
    for (let i = 0; i < 3; i++) {
      const service = await createTestService(env);
      statuses.push((await service.post('/sign', { files: [fileOf()] })).status);
      assert.doesNotMatch(service.lines.join(''), /writeable|refuses/);
      service.close();
    }
    assert.deepEqual(statuses, [200, 429, 429]);
  });

  it('keep no commands in memory while Redis is silent', async () => {
    await using redis = await startRedis();
    const connection = await connectToRedis(redis.url);
    redis.pause();
    const commands = Array.from({ length: 2000 }, () => connection.get('a').catch(() => undefined));
    await Promise.all(commands);
    const queue = connection as unknown as { commandQueue: { length: number } };
    await until('the end of the connection', () => queue.commandQueue.length < 10);
    redis.resume();
    await until('another connection', async () => (await connection.ping().catch(() => undefined)) === 'PONG');
    connection.disconnect();
  });

  it('count together on a Redis that is full, and report that it refuses other commands', async () => {
    await using redis = await startRedis({ maxmemory: '1', 'maxmemory-policy': 'noeviction' });
    await using bucket = await openBucket();
    await using signers = await connectThree(redis.url, bucket);
    assert.deepEqual((await signers.signAll(1)).statuses, [200, 200, 429]);
    assert.deepEqual(signers.errors, []);
    const leases = deliveryLeases(signers.connections[0]!, bucket.name);
    for (let i = 0; i < 3; i++) assert.equal(await leases.acquire(`msg_${i}`, 1000), 'acquired');
    assert.equal(signers.errors.length, 1);
    assert.match(signers.errors[0]!, /^Redis refuses SET: OOM /);
  });

  it('count each by itself on a Redis that is a replica, and report it once each time it starts', async () => {
    await using redis = await startRedis();
    await using bucket = await openBucket();
    await using signers = await connectThree(redis.url, bucket);
    await signers.connections[0]!.call('REPLICAOF', '127.0.0.1', '1');
    assert.deepEqual((await signers.signAll(1)).statuses, [200, 200, 200]);
    assert.deepEqual((await signers.signAll(1)).statuses, [200, 200, 200]);
    assert.deepEqual((await signers.signAll(1)).statuses, [429, 429, 429], 'each has its own limit');
    assert.equal(signers.errors.length, 3, 'once for each connection');
    for (const error of signers.errors) assert.match(error, /^Redis refuses EVAL: READONLY /);
    await signers.connections[0]!.call('REPLICAOF', 'NO', 'ONE');
    assert.deepEqual((await signers.signAll(1)).statuses, [200, 200, 429], 'together again');
    await signers.connections[0]!.call('REPLICAOF', '127.0.0.1', '1');
    await signers.signAll(1);
    assert.equal(signers.errors.length, 6, 'and once more');
  });

  it('report a node that is responsible for no key of theirs', async () => {
    await using redis = await startRedis({ 'cluster-enabled': 'yes', 'cluster-config-file': 'nodes.conf' });
    await using bucket = await openBucket();
    await using signers = await connectThree(redis.url, bucket);
    await signers.signAll(1);
    assert.equal(signers.errors.length, 3);
    assert.match(signers.errors[0]!, /^Redis refuses EVAL: CLUSTERDOWN /);
  });

  it('count each by itself after Redis has died, and report it once for each', async () => {
    await using redis = await startRedis();
    await using bucket = await openBucket();
    await using signers = await connectThree(redis.url, bucket);
    assert.deepEqual((await signers.signAll(1)).statuses, [200, 200, 429]);
    await redis.stop();
    assert.deepEqual((await signers.signAll(1)).statuses, [200, 200, 200]);
    assert.deepEqual((await signers.signAll(1)).statuses, [200, 200, 200]);
    assert.deepEqual((await signers.signAll(1)).statuses, [429, 429, 429]);
    assert.equal(signers.errors.length, 3);
  });

  it('refuse requests with a 503 while Redis refuses, with redisFailure refuse', async () => {
    await using redis = await startRedis();
    await using bucket = await openBucket();
    await using signers = await connectThree(redis.url, bucket, 'refuse');
    assert.equal((await signers.sign()).status, 200);
    await signers.connections[0]!.call('REPLICAOF', '127.0.0.1', '1');
    const refused = await signers.sign();
    assert.deepEqual([refused.status, refused.headers.get('Retry-After')], [503, '5']);
    assert.equal((await problemOf(refused)).code, 'limits-unavailable');
    assert.equal((await signers.sign({ 'X-Test-Owner': 'stranger' })).status, 401, 'a stranger gets no 503');
    await redis.stop();
    assert.equal((await signers.sign()).status, 503);
  });
});

describe('SIGNER_REDIS_FAILURE', needs('redis-server'), () => {
  for (const [failure, status] of [
    ['memory', 200],
    ['refuse', 503],
  ] as const) {
    it(`with ${failure} responds with ${status} after Redis has died, and logs that`, async () => {
      await using redis = await startRedis();
      const service = await createTestService({ SIGNER_REDIS_URL: redis.url, SIGNER_REDIS_FAILURE: failure });
      try {
        while ((await service.sign()).status !== 200) await new Promise((resolve) => setTimeout(resolve, 20));
        await redis.stop();
        assert.equal((await service.sign()).status, status);
        assert.equal(service.logged('redis').length, 1);
        assert.equal(service.logged('redis')[0]!.level, 'error');
      } finally {
        service.close();
      }
    });
  }
});

/** Three signers, each with a connection of its own. */
async function connectThree(url: string, bucket: TestBucket, redisFailure?: LimitsOptions['redisFailure']) {
  const errors: string[] = [];
  const connections: Redis[] = [];
  for (let i = 0; i < 3; i++) connections.push(await connectToRedis(url, ({ message }) => errors.push(message)));
  const signers = connections.map((redis) =>
    signerOf({
      client: bucket.client,
      bucket: bucket.name,
      authorize: (c) => (c.req.header('X-Test-Owner') === 'stranger' ? null : { owner: 'ann' }),
      limiter: createLimits({
        quotas: QUOTAS,
        bucket: bucket.name,
        redis,
        redisFailure,
        clientAddress: () => '203.0.113.1',
      }),
    }),
  );
  const signWith = ({ post }: (typeof signers)[0], headers = {}, size = 1) =>
    post('/', { files: [fileOf({ name: 'a.mp4', type: 'video/mp4', size })] }, headers);
  return {
    connections,
    errors,
    /** Signs a file with the first signer. */
    sign: (headers = {}) => signWith(signers[0]!, headers),
    /** Signs a file with each signer, one after the other. */
    async signAll(size: number) {
      const statuses: number[] = [];
      const tickets: string[] = [];
      for (const signer of signers) {
        const response = await signWith(signer, {}, size);
        statuses.push(response.status);
        const { files = [] } = (await response.json()) as { files?: { ticket: string }[] };
        tickets.push(...files.map(({ ticket }) => ticket));
      }
      return { statuses, tickets };
    },
    abort: async (ticket: string) => (await signers[2]!.post('/abort', { ticket })).status,
    async [Symbol.asyncDispose]() {
      for (const redis of connections) redis.disconnect();
    },
  };
}
