import assert from 'node:assert/strict';
import { describe, it, test, type TestContext } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { CompleteMultipartUploadCommand, ListMultipartUploadsCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import type { LimitExceeded, Reservation } from '../../../signer/core/limiter.ts';
import { createLimits, type LimitsOptions, type Quotas } from '../../../signer/limits/limiter.ts';
import type { QuotaStore, Refusal, Taken } from '../../../signer/limits/quota-store.ts';
import { quotasInMemory } from '../../../signer/limits/quotas-in-memory.ts';
import { quotasInRedis } from '../../../signer/limits/quotas-in-redis.ts';
import type { SignAnswer } from '../../../widget/core/protocol.ts';
import { MiB } from '../../fixtures/files.ts';
import { needs } from '../../fixtures/requirements.ts';
import { fileOf, signerOf } from '../../fixtures/signer.ts';
import { openBucket, type TestBucket } from '../bucket.ts';
import { listOpenUploads } from '../multipart.ts';
import { connectToRedis, startRedis } from '../redis-server.ts';

const TEN_MINUTES_MS = 600_000;
const DAY_MS = 86_400_000;
const LARGE = 16 * MiB;

describe('quotas in memory', () => testQuotas(async () => ({ store: quotasInMemory(), close: async () => undefined })));

describe('quotas in Redis', needs('redis-server'), () => {
  testQuotas(async () => {
    const server = await startRedis();
    const redis = await connectToRedis(server.url);
    return {
      store: quotasInRedis(redis, 's3-uploader:{bucket}:'),
      close: async () => (redis.disconnect(), server.stop()),
    };
  });

  it('expire, and are all in one hash slot', async () => {
    await using server = await startRedis();
    const redis = await connectToRedis(server.url);
    const store = quotasInRedis(redis, 's3-uploader:{bucket}:');
    await store.take(takeOf({ files: 1, keys: ['a'] }));
    await store.keep('b', [{ name: 'ann', max: 9 }], Date.now() + DAY_MS);
    const keys = (await redis.keys('*')).sort();
    assert.deepEqual(
      keys.map((key) => key.replace('s3-uploader:{bucket}:', '')),
      ['files:ann', 'open:ann', 'total-files:all', 'upload:a', 'upload:b'],
    );
    for (const key of keys) {
      const ttl = await redis.pttl(key);
      assert.ok(ttl > 0 && ttl <= DAY_MS, `${key} expires in ${ttl} ms`);
    }
    for (const key of ['a', 'b']) await store.close(key, true);
    assert.deepEqual(
      (await redis.keys('*')).sort(),
      keys.filter((key) => /files/.test(key)),
    );
    redis.disconnect();
  });

  it('keep a place for ten minutes only if the parts come after the upload was closed', async () => {
    await using server = await startRedis();
    const redis = await connectToRedis(server.url);
    const store = quotasInRedis(redis, 's3-uploader:{bucket}:');
    await store.take(takeOf({ keys: ['a'], open: 1 }));
    await store.close('a', true);
    const keep = () => store.keep('a', [{ name: 'ann', max: 1 }], Date.now() + DAY_MS);
    const left = async () => Number(await redis.zscore('s3-uploader:{bucket}:open:ann', 'a')) - Date.now();
    await keep();
    assert.ok((await left()) <= TEN_MINUTES_MS);
    await keep();
    assert.ok((await left()) > TEN_MINUTES_MS, 'its parts are still sent');
    redis.disconnect();
  });

  it('give a place back to an upload that has lost its own, or refuse it if none is free', async () => {
    await using server = await startRedis();
    const redis = await connectToRedis(server.url);
    const store = quotasInRedis(redis, 's3-uploader:{bucket}:');
    await store.take(takeOf({ keys: ['a'], open: 1 }));
    // Moves the expiry of the place into the past.
    await redis.zadd('s3-uploader:{bucket}:open:ann', Date.now() - 1, 'a');
    assert.ok('release' in (await store.take(takeOf({ keys: ['b'], open: 1 }))));
    const places = [{ name: 'ann', max: 1 }];
    assert.equal(await store.keep('a', places, Date.now() + DAY_MS), 0, 'b has the place');
    await store.close('b', false);
    assert.equal(await store.keep('a', places, Date.now() + DAY_MS), undefined);
    redis.disconnect();
  });
});

/** What both stores must do. */
function testQuotas(create: () => Promise<{ store: QuotaStore; close: () => Promise<unknown> }>): void {
  const withStore = (title: string, run: (store: QuotaStore) => Promise<void>): void => {
    it(title, async () => {
      const { store, close } = await create();
      try {
        await run(store);
      } finally {
        await close();
      }
    });
  };
  const tookAll = (taken: Taken | Refusal): boolean => 'release' in taken;

  withStore('take nothing if one counter has too little left', async (store) => {
    assert.ok(tookAll(await store.take(takeOf({ files: 3, max: 10, total: 5 }))));
    const refused = await store.take(takeOf({ files: 3, max: 10, total: 5 }));
    assert.ok('refused' in refused);
    assert.equal(refused.refused, 1, 'the total');
    assert.ok(refused.retryAfter > 0 && refused.retryAfter <= 86_400);
    assert.ok(tookAll(await store.take(takeOf({ files: 2, max: 5, total: 5 }))), 'the first counter has 3');
    assert.ok(!tookAll(await store.take(takeOf({ files: 1, max: 5, total: 9 }))), 'and now 5');
  });

  withStore('take no points if there is no place, and no place if there are too few points', async (store) => {
    assert.ok(tookAll(await store.take(takeOf({ files: 1, keys: ['a'], open: 2 }))));
    const noPlace = await store.take(takeOf({ files: 2, keys: ['b', 'c'], open: 2 }));
    assert.deepEqual(noPlace, { refused: 2, retryAfter: 60 });
    assert.ok(!tookAll(await store.take(takeOf({ files: 10, keys: ['b'], max: 10, open: 2 }))));
    assert.ok(tookAll(await store.take(takeOf({ files: 9, keys: ['b'], max: 10, open: 2 }))));
  });

  withStore('never give more than there is to simultaneous requests', async (store) => {
    const all = await Promise.all(
      Array.from({ length: 50 }, (_, i) => store.take(takeOf({ files: 1, keys: [`${i}`], max: 10, open: 7 }))),
    );
    assert.equal(all.filter(tookAll).length, 7);
    assert.ok(tookAll(await store.take(takeOf({ files: 3, max: 10 }))));
    assert.ok(!tookAll(await store.take(takeOf({ files: 1, max: 10 }))));
  });

  withStore('return an aborted upload once, and a completed one never', async (store) => {
    assert.ok(tookAll(await store.take(takeOf({ files: 2, keys: ['a', 'b'], max: 2, open: 2 }))));
    await store.close('b', false);
    await store.close('b', true);
    assert.ok(!tookAll(await store.take(takeOf({ files: 1, max: 2 }))), 'b is stored');
    for (let i = 0; i < 3; i++) await store.close('a', true);
    await store.close('unheard-of', true);
    assert.ok(tookAll(await store.take(takeOf({ files: 1, max: 2 }))));
    assert.ok(!tookAll(await store.take(takeOf({ files: 1, max: 2 }))));
  });

  withStore('return what was reserved', async (store) => {
    const taken = await store.take(takeOf({ files: 2, keys: ['a', 'b'], max: 2, open: 2 }));
    assert.ok('release' in taken);
    await taken.release();
    await store.close('a', true);
    const again = await store.take(takeOf({ files: 2, keys: ['c', 'd'], max: 2, open: 2 }));
    assert.ok(tookAll(again));
    assert.ok(!tookAll(await store.take(takeOf({ files: 1, max: 2 }))));
  });

  withStore('keep a place, and free it once', async (store) => {
    const places = [{ name: 'ann', max: 2 }];
    assert.ok(tookAll(await store.take(takeOf({ keys: ['a', 'b'], open: 2 }))));
    assert.equal(await store.keep('a', places, Date.now() + DAY_MS), undefined);
    assert.equal(await store.keep('c', places, Date.now() + DAY_MS), 0);
    for (let i = 0; i < 3; i++) await store.close('a', false);
    assert.equal(await store.keep('c', places, Date.now() + DAY_MS), undefined);
    assert.equal(await store.keep('d', places, Date.now() + DAY_MS), 0);
  });

  withStore('free the places that an upload took under two names', async (store) => {
    assert.ok(tookAll(await store.take(takeOf({ keys: ['a'], open: 1 }))));
    assert.equal(await store.keep('a', [{ name: 'bob', max: 1 }], Date.now() + DAY_MS), undefined);
    await store.close('a', false);
    assert.equal(await store.keep('b', [{ name: 'ann', max: 1 }], Date.now() + DAY_MS), undefined);
    assert.equal(await store.keep('c', [{ name: 'bob', max: 1 }], Date.now() + DAY_MS), undefined);
  });
}

/** Files of ann, and places for these keys. */
function takeOf({ files = 0, keys = [] as string[], max = 1000, total = 1000, open = 1000 }) {
  const charge = (counter: [string, string], limit: number) => ({
    counter,
    max: limit,
    seconds: 86_400,
    points: files,
  });
  return {
    charges: files > 0 ? [charge(['files', 'ann'], max), charge(['total-files', 'all'], total)] : [],
    places: [{ name: 'ann', max: open }],
    uploads: keys.map((key) => ({ key, points: files > 0 ? [1, 1] : [] })),
  };
}

describe('a limiter in memory', () => {
  it('returns a reservation only within its day', async (t) => {
    const { reserve } = createTestLimiter(t, { filesPerDay: 3 });
    const early = await reserve('ann', { files: 3 });
    t.mock.timers.tick(DAY_MS);
    assert.ok('release' in (await reserve('ann', { files: 2 })));
    assert.ok('release' in early);
    await early.release();
    assert.equal(codeOf(await reserve('ann', { files: 2 })), 'quota-exceeded', 'the new day has 2 of 3 files');
  });

  it('returns an aborted upload only within its day', async (t) => {
    const { limiter, reserve } = createTestLimiter(t, { bytesPerDay: 3 * LARGE });
    await reserve('ann', { keys: ['a', 'b', 'c'] });
    await limiter.keepMultipart!(CONTEXT, ownerOf('ann'), 'a', (Date.now() + 7 * DAY_MS) / 1000);
    t.mock.timers.tick(DAY_MS);
    await reserve('ann', { keys: ['d', 'e', 'f'] });
    for (const key of ['a', 'b', 'c']) await limiter.closeMultipart!(key, true);
    assert.equal(codeOf(await reserve('ann', { keys: ['g'] })), 'quota-exceeded');
    await limiter.closeMultipart!('d', true);
    assert.ok('release' in (await reserve('ann', { keys: ['g'] })));
  });

  it('returns an aborted upload that has lost its place', async (t) => {
    const { limiter, reserve } = createTestLimiter(t, { filesPerDay: 1 });
    await reserve('ann', { keys: ['a'] });
    t.mock.timers.tick(TEN_MINUTES_MS);
    assert.equal(codeOf(await reserve('ann', { keys: ['b'] })), 'quota-exceeded');
    await limiter.closeMultipart!('a', true);
    assert.ok('release' in (await reserve('ann', { keys: ['b'] })));
  });

  it('holds the place of an upload without parts for ten minutes, and of one with parts until its ticket expires', async (t) => {
    const { limiter, reserve } = createTestLimiter(t, { openMultiparts: 2 });
    await reserve('ann', { keys: ['a', 'b'] });
    const week = Date.now() + 7 * DAY_MS;
    assert.equal(await limiter.keepMultipart!(CONTEXT, ownerOf('ann'), 'a', week / 1000), undefined);
    assert.equal(codeOf(await reserve('ann', { keys: ['c'] })), 'quota-exceeded');
    t.mock.timers.tick(TEN_MINUTES_MS);
    assert.ok('release' in (await reserve('ann', { keys: ['c'] })), 'b has lost its place');
    const lost = await limiter.keepMultipart!(CONTEXT, ownerOf('ann'), 'b', week / 1000);
    assert.equal(lost?.code, 'quota-exceeded');
    assert.equal(await limiter.keepMultipart!(CONTEXT, ownerOf('ann'), 'a', week / 1000), undefined);
    t.mock.timers.tick(6 * DAY_MS);
    assert.equal(
      await limiter.keepMultipart!(CONTEXT, ownerOf('ann'), 'b', week / 1000),
      undefined,
      'c has lost its place',
    );
    assert.equal(codeOf(await reserve('ann', { keys: ['d'] })), 'quota-exceeded');
    t.mock.timers.tick(DAY_MS);
    assert.ok('release' in (await reserve('ann', { keys: ['d', 'e'] })));
  });

  it('keeps a place for ten minutes only if the parts come after the upload was closed', async (t) => {
    const { limiter, reserve } = createTestLimiter(t, { openMultiparts: 1 });
    await reserve('ann', { keys: ['a'] });
    await limiter.closeMultipart!('a', true);
    const week = (Date.now() + 7 * DAY_MS) / 1000;
    assert.equal(await limiter.keepMultipart!(CONTEXT, ownerOf('ann'), 'a', week), undefined);
    assert.equal(codeOf(await reserve('ann', { keys: ['b'] })), 'quota-exceeded');
    t.mock.timers.tick(TEN_MINUTES_MS);
    assert.ok('release' in (await reserve('ann', { keys: ['b'] })));
  });

  it('lets one owner have 200 open uploads by default, and half of each total', async (t) => {
    const many = Array.from({ length: 201 }, (_, i) => `${i}`);
    const byDefault = createTestLimiter(t, {});
    assert.equal(codeOf(await byDefault.reserve('ann', { keys: many })), 'quota-exceeded');
    assert.ok('release' in (await byDefault.reserve('ann', { keys: many.slice(1) })));

    const open = createTestLimiter(t, { totalOpenMultiparts: 100 });
    assert.equal(codeOf(await open.reserve('ann', { keys: many.slice(0, 51) })), 'quota-exceeded');
    assert.ok('release' in (await open.reserve('ann', { keys: many.slice(0, 50) })));
    assert.ok('release' in (await open.reserve('bob', { keys: many.slice(50, 100) })));
    assert.equal(codeOf(await open.reserve('eve', { keys: ['x'] })), 'quota-exceeded');

    const files = createTestLimiter(t, { totalFilesPerDay: 11, totalBytesPerDay: 1000 });
    assert.equal(codeOf(await files.reserve('ann', { files: 7 })), 'quota-exceeded');
    assert.equal(codeOf(await files.reserve('ann', { files: 1, bytes: 501 })), 'quota-exceeded');
    assert.ok('release' in (await files.reserve('ann', { files: 6, bytes: 500 })));
    assert.ok('release' in (await files.reserve('bob', { files: 5, bytes: 500 })));

    const requests = createTestLimiter(t, { totalRequestsPerMinute: 10 });
    assert.equal((await requests.limiter.countRequests!(CONTEXT, ownerOf('ann'), 6))?.code, 'rate-limited');
    assert.equal(await requests.limiter.countRequests!(CONTEXT, ownerOf('ann'), 5), undefined);

    const unlimited = createTestLimiter(t, { totalFilesPerDay: 10, filesPerDay: 0 });
    assert.ok('release' in (await unlimited.reserve('ann', { files: 10 })), '0 means no limit of an owner');
  });

  it('refuses a quota that is no number, because it would be no limit', () => {
    for (const filesPerDay of [NaN, -1, 'many' as never]) {
      assert.throws(() => createLimits({ quotas: { filesPerDay }, bucket: 'b', clientAddress: () => '' }), TypeError);
    }
  });

  it('takes bounded memory from addresses that change with every request, and keeps the counters of owners', async () => {
    const addresses = 150_000;
    let i = 0;
    const limiter = createLimits({
      quotas: { requestsPerMinute: 5, filesPerDay: 5 },
      bucket: 'b',
      clientAddress: () => `2001:db8:${(i >> 16).toString(16)}:${(i & 65_535).toString(16)}::1`,
    });
    const ann = ownerOf('ann');
    const taken = await limiter.reserve(CONTEXT, ann, { files: 4, bytes: 4, multiparts: [] });
    assert.ok('release' in taken);
    const before = usedMemory();
    for (; i < addresses; i++) await limiter.countFailure!(CONTEXT);
    const grown = usedMemory() - before;
    assert.ok(grown < 25 * MiB, `${addresses} addresses take ${Math.round(grown / MiB)} MiB`);
    i = addresses - 1;
    const last = [];
    for (let n = 0; n < 5; n++) last.push((await limiter.countFailure!(CONTEXT))?.code);
    assert.deepEqual(last, [undefined, undefined, undefined, undefined, 'rate-limited'], 'the newest are kept');
    const more = await limiter.reserve(CONTEXT, ann, { files: 2, bytes: 2, multiparts: [] });
    assert.equal(codeOf(more), 'quota-exceeded');
  });

  it('takes bounded memory for open uploads that are never completed', async () => {
    const limiter = createLimits({ quotas: { openMultiparts: 1e9 }, bucket: 'b', clientAddress: () => '203.0.113.1' });
    const before = usedMemory();
    for (let i = 0; i < 1_000; i++) {
      const multiparts = Array.from({ length: 100 }, (_, j) => ({
        key: `uploads/${i}/${j}/of-a-usual-length`,
        size: 1,
      }));
      await limiter.reserve(CONTEXT, ownerOf('ann'), { files: 100, bytes: 100, multiparts });
    }
    const grown = usedMemory() - before;
    assert.ok(grown < 40 * MiB, `100,000 uploads take ${Math.round(grown / MiB)} MiB`);
  });
});

test('one visitor cannot use up the open uploads of all, and their places are free after ten minutes', async (t) => {
  await using bucket = await openBucket();
  const signer = signerFor(bucket, { totalOpenMultiparts: 100, requestsPerMinute: 6000 });
  assert.equal((await signer.sign('203.0.113.1', 100)).status, 429, 'more than half');
  assert.equal((await listOpenUploads(bucket)).length, 0, 'nothing was begun');
  assert.equal((await signer.sign('203.0.113.1', 50)).status, 200);
  assert.equal((await signer.sign('203.0.113.1', 1)).status, 429);
  assert.equal((await signer.sign('198.51.100.9', 1)).status, 200);
  const now = Date.now();
  t.mock.method(Date, 'now', () => now + TEN_MINUTES_MS);
  assert.equal((await signer.sign('203.0.113.1', 1)).status, 200);
});

test('one visitor cannot use up the bytes of all, and a refused request takes nothing from others meanwhile', async () => {
  await using bucket = await openBucket();
  const signer = signerFor(bucket, { totalBytesPerDay: 4 * LARGE });
  const [tooMuch, ...others] = await Promise.all([
    signer.sign('203.0.113.1', 4),
    ...['198.51.100.1', '198.51.100.2', '198.51.100.3', '198.51.100.4'].map((address) => signer.sign(address, 1)),
  ]);
  assert.equal(tooMuch.status, 429);
  assert.deepEqual(
    others.map(({ status }) => status),
    [200, 200, 200, 200],
  );
});

test('an abort returns file and bytes once, and a completed upload keeps them', async () => {
  await using bucket = await openBucket();
  const signer = signerFor(bucket, { filesPerDay: 2, bytesPerDay: 2 * LARGE });
  const { tickets } = await signer.sign('203.0.113.1', 2);
  assert.equal((await signer.sign('203.0.113.1', 1)).status, 429);
  const [{ Key, UploadId }] = (await listOpenUploads(bucket)) as [{ Key: string; UploadId: string }];
  const upload = { Bucket: bucket.name, Key, UploadId };
  const { ETag } = await bucket.directClient.send(
    new UploadPartCommand({ ...upload, PartNumber: 1, Body: Buffer.alloc(LARGE) }),
  );
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  await bucket.directClient.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload }));
  // One of the two is stored behind the signer's back. Only the other one is aborted.
  for (let i = 0; i < 2; i++) for (const ticket of tickets) await signer.call('203.0.113.1', '/abort', { ticket });
  assert.equal((await signer.sign('203.0.113.1', 2)).status, 429);
  assert.equal((await signer.sign('203.0.113.1', 1)).status, 200);
  assert.equal((await signer.sign('203.0.113.1', 1)).status, 429);
});

test('/parts responds with 429 if the upload has lost its place and none is free', async (t) => {
  await using bucket = await openBucket();
  const signer = signerFor(bucket, { openMultiparts: 1 });
  const { tickets } = await signer.sign('203.0.113.1', 1);
  const parts = [{ number: 1, size: 5 * MiB }];
  const now = Date.now();
  const clock = t.mock.method(Date, 'now', () => now + TEN_MINUTES_MS);
  const second = await signer.sign('203.0.113.1', 1);
  assert.equal(second.status, 200);
  const refused = await signer.call('203.0.113.1', '/parts', { ticket: tickets[0], parts });
  assert.deepEqual([refused.status, refused.headers.get('Retry-After')], [429, '60']);
  await signer.call('203.0.113.1', '/abort', { ticket: second.tickets[0] });
  assert.equal((await signer.call('203.0.113.1', '/parts', { ticket: tickets[0], parts })).status, 200);
  // the upload might have been closed, so its new place is kept longer only with its next parts
  assert.equal((await signer.call('203.0.113.1', '/parts', { ticket: tickets[0], parts })).status, 200);
  clock.mock.mockImplementation(() => now + DAY_MS);
  assert.equal((await signer.sign('203.0.113.1', 1)).status, 429, 'its ticket is still valid');
});

test('three requests of 100 files do not begin 300 multipart uploads', async () => {
  await using bucket = await openBucket();
  const signer = signerFor(bucket, {});
  const statuses = [];
  for (let i = 0; i < 3; i++) statuses.push((await signer.sign('203.0.113.1', 100)).status);
  assert.deepEqual(statuses, [200, 200, 429]);
  const begun = await bucket.directClient.send(new ListMultipartUploadsCommand({ Bucket: bucket.name }));
  assert.equal(begun.Uploads?.length, 200);
});

test('files that a request repeats count before the storage is searched for them', async () => {
  const quotas = { requestsPerMinute: 10 };
  const limiter = createLimits({ quotas, bucket: 'uploads', clientAddress: () => '203.0.113.1' });
  const signer = signerOf({ limiter });
  const files = Array.from({ length: 100 }, (_, i) =>
    fileOf({ id: `${i}`, name: 'a.mp4', type: 'video/mp4', size: LARGE, nonce: `${i}`, repeated: true }),
  );
  assert.equal((await signer.post('/', { files })).status, 429);
  assert.deepEqual(signer.calls, []);
});

test('requests with one nonce at the same time take one place', async () => {
  await using bucket = await openBucket();
  const { call } = signerFor(bucket, { openMultiparts: 3 });
  const sign = async (nonce: string): Promise<number> => {
    const file = fileOf({ name: 'a.mp4', type: 'video/mp4', size: LARGE, nonce });
    return (await call('203.0.113.1', '/', { files: [file] })).status;
  };
  assert.deepEqual(await Promise.all(['a', 'a', 'a'].map(sign)), [200, 200, 200]);
  assert.deepEqual([await sign('b'), await sign('c'), await sign('d')], [200, 200, 429]);
});

/** A signer of anonymous callers at the given address, for 16 MiB files. */
function signerFor(bucket: TestBucket, quotas: Quotas) {
  const limiter = createLimits({
    quotas,
    bucket: bucket.name,
    clientAddress: (c) => c.req.header('X-Test-Address'),
  } satisfies LimitsOptions);
  const { post } = signerOf({ client: bucket.client, bucket: bucket.name, authorize: () => ({ owner: '' }), limiter });
  const call = (address: string, path: string, body: object) => post(path, body, { 'X-Test-Address': address });
  return {
    call,
    async sign(address: string, count: number) {
      const files = Array.from({ length: count }, (_, i) =>
        fileOf({ id: `${i}`, name: 'a.mp4', type: 'video/mp4', size: LARGE }),
      );
      const response = await call(address, '/', { files });
      const answer = (await response.json()) as Partial<SignAnswer>;
      const tickets = (answer.files ?? []).flatMap((file) => ('ticket' in file && file.ticket ? [file.ticket] : []));
      return { status: response.status, tickets };
    },
  };
}

/** Limits of owners never ask for the context. */
const CONTEXT = undefined as never;

const ownerOf = (owner: string) => ({ owner }) as never;

const codeOf = (result: Reservation | LimitExceeded): string | undefined =>
  'code' in result ? result.code : undefined;

/** A limiter whose clock the test moves. */
function createTestLimiter(t: TestContext, quotas: Quotas) {
  t.mock.timers.reset();
  t.mock.timers.enable({ apis: ['Date'], now: Date.UTC(2026, 0, 1) });
  const limiter = createLimits({ quotas, bucket: 'b', clientAddress: () => '203.0.113.1' });
  return {
    limiter,
    reserve(owner: string, { keys = [], files = keys.length, bytes = keys.length * LARGE }: TestDemand) {
      const multiparts = keys.map((key) => ({ key, size: LARGE }));
      return limiter.reserve(CONTEXT, ownerOf(owner), { files, bytes, multiparts });
    },
  };
}

interface TestDemand {
  keys?: readonly string[];
  files?: number;
  bytes?: number;
}

/** Bytes of the heap that are in use, after garbage collection. */
function usedMemory(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}
