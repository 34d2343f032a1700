// The security checklist. Its items are the tests' names, S-01 to S-24.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { S3Client, UploadPartCommand } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { SignJWT } from 'jose';
import { createSigner } from '../../signer/core/app.ts';
import { corsRule, EXPOSED_HEADERS } from '../../signer/doctor/cors.ts';
import { SIGNER_ACTIONS } from '../../signer/doctor/permissions.ts';
import { createLog } from '../../signer/service/log.ts';
import { COMMON_TYPES } from '../../signer/core/media-types.ts';
import { MIN_PART_BYTES } from '../../signer/core/multipart.ts';
import type { SignerEvent } from '../../signer/core/events.ts';
import type { SignerOptions } from '../../signer/core/options.ts';
import packageJson from '../../signer/package.json' with { type: 'json' };
import { plan, type UploadRules } from '../../signer/core/policy.ts';
import { readConfig } from '../../signer/service/settings.ts';
import { sealTicket, type Ticket } from '../../signer/core/tickets.ts';
import type { SignedMultipart, SignedPost } from '../../widget/core/protocol.ts';
import { needs } from '../fixtures/requirements.ts';
import {
  CREDENTIALS,
  fieldsOf,
  fileOf,
  ORIGIN,
  policyOf,
  problemOf,
  SECRET,
  signerOf,
  type TestSigner,
} from '../fixtures/signer.ts';
import { bucketEnv, openBucket, type TestBucket } from './bucket.ts';
import { bytesOf, call, listOpenUploads, sendPut, startMultipart } from './multipart.ts';
import { startRedis } from './redis-server.ts';
import { createTestService, testSettings } from './service.ts';
import { TEMPLATES } from './templates.ts';

const ticketOfAnn: Ticket = {
  method: 'MULTIPART',
  owner: 'ann',
  key: 'uploads/ann/x.mp4',
  size: 20_000_000,
  type: 'video/mp4',
  headers: {},
  uploadId: 'u-1',
  partSize: 8_388_608,
  bucket: 'uploads',
  audience: 'uploads/',
  issued: Math.floor(Date.now() / 1000),
  // longer than this file may run on a slow machine
  expires: Math.floor(Date.now() / 1000) + 3600,
};

const JWT_SECRET = 'canary jwt secret of thirty-two bytes';
const TOKEN = 'canary-token-of-anna';

/** An error document of S3, with texts that must not reach clients or logs. */
const STORAGE_ERROR = `<?xml version="1.0"?><Error><Code>SignatureDoesNotMatch</Code><Message>canary-message</Message>
  <AWSAccessKeyId>${CREDENTIALS.accessKeyId}</AWSAccessKeyId><StringToSign>canary-string-to-sign</StringToSign>
  <Resource>arn:aws:s3:::canary-bucket</Resource></Error>`;

/** A parsed line of the log. */
type Line = Record<string, unknown>;

/** Signs one file by POST. */
const signPost = async (options: Partial<SignerOptions> = {}): Promise<SignedPost> =>
  (await signerOf(options).sign([{}]))[0] as SignedPost;

/** A signer with a real storage and parts of 5 MiB. */
async function createBucketSigner(): Promise<AsyncDisposable & { signer: TestSigner; bucket: TestBucket }> {
  const bucket = await openBucket();
  const options = {
    client: bucket.client,
    bucket: bucket.name,
    multipartFrom: MIN_PART_BYTES + 1,
    partSize: MIN_PART_BYTES,
  };
  return { bucket, signer: signerOf(options), [Symbol.asyncDispose]: () => bucket.close() };
}

test('S-01 a signer cannot be created without authorize', () => {
  const { authorize: _none, ...rest } = {
    client: new S3Client({}),
    bucket: 'uploads',
    secret: SECRET,
    authorize: undefined,
  };
  assert.throws(() => createSigner(rest as unknown as SignerOptions), /authorize/);
  assert.throws(() => readConfig({ S3_BUCKET: 'uploads', AWS_REGION: 'x' }), /SIGNER_AUTH/);
});

test('S-01 a caller that authorize does not accept gets no signature', async () => {
  const signer = signerOf({ authorize: () => null, form: true });
  const response = await signer.post('/', { files: [fileOf()] });
  assert.equal(response.status, 401);
  assert.equal((await problemOf(response)).code, 'auth-required');
  for (const path of ['/form', '/form?fragment']) assert.equal((await signer.app.request(path)).status, 401);
});

test('S-02 the signer makes the key, in the owner’s folder', async () => {
  assert.match((await signPost()).key, /^uploads\/ann\/[0-9a-f-]{36}\.jpg$/);
  const { key } = await signPost({ authorize: () => ({ owner: '../bob' }), prefix: 'in' });
  assert.match(key, /^in\/.2E.2E.2Fbob\/[0-9a-f-]{36}\.jpg$/);
  const { key: tenant } = await signPost({ authorize: () => ({ owner: 'ann', prefix: 'tenants/7' }) });
  assert.match(tenant, /^uploads\/tenants\/7\/[0-9a-f-]{36}\.jpg$/);
  assert.match((await signPost({ authorize: () => ({ owner: '' }) })).key, /^uploads\/[0-9a-f-]{36}\.jpg$/);
});

test('S-03 none of 10,000 hostile names reaches the key', () => {
  const rules: UploadRules = {
    ...{ types: COMMON_TYPES, maxFileSize: 1e9, minFileSize: 0, multipartFrom: 1e9, partSize: 8_388_608 },
    ...{ method: 'POST', folder: 'uploads/ann/' },
  };
  const tokens = ['${filename}', '$$', '..', '/', '\\', '%2f', '{', '}', '"', '\0', '\r\n', '.jpg', '.html', 'a'];
  const hostile = fc.oneof(
    fc.array(fc.constantFrom(...tokens), { minLength: 1, maxLength: 6 }).map((each) => each.join('')),
    fc.string({ unit: 'binary', minLength: 1 }),
  );
  fc.assert(
    fc.property(hostile, (name) => {
      const result = plan(fileOf({ name }), {}, rules);
      if (!('error' in result)) assert.match(result.key, /^[A-Za-z0-9/_.-]{1,512}$/);
      if (!('error' in result)) assert.match(result.key, /^uploads\/ann\/[0-9a-f-]{36}\.(jpg|jpeg|jpe|jfif)$/);
    }),
    { numRuns: 10_000 },
  );
});

test('S-03 the policy has the key as one exact condition', async () => {
  const { fields, key } = await signPost();
  const { conditions } = policyOf(fields);
  assert.doesNotMatch(JSON.stringify(conditions), /starts-with/);
  assert.deepEqual(
    conditions.filter((each) => JSON.stringify(each).includes(key)),
    [{ key }],
  );
});

test('S-04 the policy has the exact size, and the size is within the limit', async () => {
  const signer = signerOf({ limits: { maxFileSize: 5000 } });
  const [exact, large] = await signer.sign([{ size: 4999 }, { size: 5001 }]);
  const { conditions } = policyOf((exact as SignedPost).fields);
  assert.deepEqual(
    conditions.filter((each) => Array.isArray(each)),
    [['content-length-range', 4999, 4999]],
  );
  assert.ok('error' in large!);
});

test('S-05 a signature expires after 15 minutes by default, and after an hour at most', async () => {
  for (const [expires, seconds] of [
    [undefined, 900],
    [3600, 3600],
  ] as const) {
    const { fields, expires: granted } = await signPost({ expires });
    const { expiration } = policyOf(fields);
    assert.match(expiration, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const left = (Date.parse(expiration) - Date.now()) / 1000;
    assert.ok(left > seconds - 60 && left <= seconds, `${left} s`);
    assert.equal(granted, seconds);
  }
  assert.throws(() => signerOf({ expires: 3601 }), /expires must be/);
  assert.throws(() =>
    readConfig({ S3_BUCKET: 'uploads', AWS_REGION: 'x', SIGNER_AUTH: 'public', SIGNER_EXPIRES: '3601' }),
  );
});

test('S-06 the policy has the exact type, the type is allowed, and active content is never allowed', async () => {
  const { fields } = await signPost();
  assert.ok(policyOf(fields).conditions.some((each) => !Array.isArray(each) && each['Content-Type'] === 'image/jpeg'));
  const signer = signerOf({ limits: { types: ['*/*'] } });
  const types = [
    'image/svg+xml',
    'text/html',
    'application/xhtml+xml',
    'text/xml',
    'text/javascript',
    'application/javascript',
  ];
  const shapes = ['image/png,text/html', 'image/png;a=b', 'image/png\r\n', 'image/png\0', 'image/*'];
  for (const file of await signer.sign([...types, ...shapes].map((type) => ({ type })))) assert.ok('error' in file);
  for (const type of types) assert.throws(() => signerOf({ limits: { types: [type] } }), /types must not name/);
});

test('S-07 an object is stored as a download, with its name encoded in Content-Disposition and metadata', async () => {
  const [file] = await signerOf().sign([{ name: 'Käse "1";.jpg' }]);
  const { fields, key } = file as SignedPost;
  const encoded = 'K%C3%A4se%20%221%22%3B.jpg';
  assert.equal(fields['Content-Disposition'], `attachment; filename*=UTF-8''${encoded}`);
  assert.equal(fields['x-amz-meta-name'], encoded);
  assert.ok(!key.includes('se'));
});

test('S-08 the fields are from a fixed list, and each is an exact condition', async () => {
  const { fields } = await signPost();
  const names = [
    ...['Content-Type', 'Content-Disposition', 'x-amz-meta-name', 'success_action_status', 'bucket', 'key', 'Policy'],
    ...['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Date', 'X-Amz-Signature', 'If-None-Match'],
  ];
  assert.deepEqual(Object.keys(fields).sort(), names.sort());
  const exact = Object.assign({}, ...policyOf(fields).conditions.filter((each) => !Array.isArray(each))) as object;
  const { Policy: _policy, 'X-Amz-Signature': _signature, ...covered } = fields;
  assert.deepEqual(exact, covered);
});

test('S-09 a ticket is accepted only from its owner, from this signer, and before it expires', async () => {
  const signer = signerOf({ allowDelete: true });
  const invalid = [
    sealTicket({ ...ticketOfAnn, owner: 'bob' }, [SECRET]),
    sealTicket({ ...ticketOfAnn, expires: 1 }, [SECRET]),
    sealTicket(ticketOfAnn, [SECRET]).replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A')),
  ];
  for (const each of invalid) {
    for (const path of ['/sign-again', '/parts/list', '/complete', '/abort', '/confirm', '/delete']) {
      assert.equal((await signer.post(path, { ticket: each })).status, 403);
    }
  }
  assert.deepEqual(signer.calls, []);
});

test('S-10 a part is one of the plan, and its URL accepts exactly its bytes', async () => {
  // Also with a client that would add the checksum of an empty body to every presigned URL.
  const signer = signerOf({}, { requestChecksumCalculation: 'WHEN_SUPPORTED' });
  const sealed = sealTicket(ticketOfAnn, [SECRET]);
  const parts = [
    { number: 1, size: 8_388_608 },
    { number: 3, size: 20_000_000 - 2 * 8_388_608 },
  ];
  const response = await signer.post('/parts', { ticket: sealed, parts });
  const { parts: signed } = (await response.json()) as { parts: { number: number; url: string; headers?: object }[] };
  for (const [i, { number, url, headers }] of signed.entries()) {
    assert.equal(number, parts[i]!.number);
    assert.match(url, /[?&]X-Amz-SignedHeaders=content-length%3Bhost(&|$)/);
    assert.doesNotMatch(url, /checksum/i);
    assert.equal(headers, undefined);
    const { pathname, searchParams } = new URL(url);
    assert.equal(pathname, `/uploads/${ticketOfAnn.key}`);
    assert.equal(searchParams.get('uploadId'), 'u-1');
    assert.equal(searchParams.get('partNumber'), `${number}`);
    assert.equal(searchParams.get('X-Amz-Expires'), '900');
  }
  assert.equal((await signer.post('/parts', { ticket: sealed, parts: [{ number: 4, size: 1 }] })).status, 400);
});

test('S-10 the length, type and headers of a PUT are signed', async () => {
  const signer = signerOf({ method: 'put' }, { requestChecksumCalculation: 'WHEN_SUPPORTED' });
  const [file] = await signer.sign([{}]);
  assert.ok(file && 'method' in file && file.method === 'PUT');
  const { searchParams } = new URL(file.url);
  assert.equal(
    searchParams.get('X-Amz-SignedHeaders'),
    'content-disposition;content-length;content-type;host;x-amz-meta-name',
  );
  assert.doesNotMatch(file.url, /checksum/i);
  assert.deepEqual(Object.keys(file.headers!), ['Content-Type', 'Content-Disposition', 'x-amz-meta-name']);
});

test('S-11 an upload with a part that was never signed is aborted', async () => {
  await using fixture = await createBucketSigner();
  const { signer, bucket } = fixture;
  const file = await startMultipart(signer);
  const [{ UploadId } = {}] = await listOpenUploads(bucket);
  const extra = { Bucket: bucket.name, Key: file.key, UploadId, PartNumber: 4, Body: bytesOf(10) };
  await bucket.directClient.send(new UploadPartCommand(extra));
  const { code } = await call<{ code: string }>(signer, '/complete', { ticket: file.ticket }, 422);
  assert.equal(code, 'parts-wrong');
  assert.deepEqual(await listOpenUploads(bucket), []);
  await call(signer, '/complete', { ticket: file.ticket }, 404);
});

test('S-11 an upload with a missing part stays open, and a completed one has the size of its ticket', async () => {
  await using fixture = await createBucketSigner();
  const { signer, bucket } = fixture;
  const file = await startMultipart(signer, [1, 3]);
  const { code } = await call<{ code: string }>(signer, '/complete', { ticket: file.ticket }, 422);
  assert.equal(code, 'parts-missing');
  assert.equal((await listOpenUploads(bucket)).length, 1);
  const { parts } = await call<{ parts: { url: string }[] }>(signer, '/parts', {
    ticket: file.ticket,
    parts: [{ number: 2, size: MIN_PART_BYTES }],
  });
  await sendPut(parts[0]!.url, file.body.subarray(MIN_PART_BYTES, 2 * MIN_PART_BYTES));
  const { size } = await call<{ size: number }>(signer, '/complete', { ticket: file.ticket });
  assert.equal(size, file.size);
});

test('S-11 the list of parts includes all pages', async () => {
  await using fixture = await createBucketSigner();
  fixture.bucket.client.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        if (commandName === 'ListPartsCommand') Object.assign(args.input, { MaxParts: 1 });
        return next(args);
      },
    { step: 'initialize' },
  );
  const file = await startMultipart(fixture.signer);
  const { parts } = await call<{ parts: object[] }>(fixture.signer, '/parts/list', { ticket: file.ticket });
  assert.equal(parts.length, 3);
  await call(fixture.signer, '/complete', { ticket: file.ticket });
});

test('S-12 only exact origins are allowed, with credentials', async () => {
  const signer = signerOf();
  const preflight = await signer.app.request('/', {
    method: 'OPTIONS',
    headers: {
      Origin: ORIGIN,
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'content-type,x-evil',
    },
  });
  assert.equal(preflight.headers.get('Access-Control-Allow-Origin'), ORIGIN);
  assert.equal(preflight.headers.get('Access-Control-Allow-Credentials'), 'true');
  assert.doesNotMatch(preflight.headers.get('Access-Control-Allow-Headers')!, /x-evil/, 'not reflected');
  assert.match(preflight.headers.get('Access-Control-Allow-Headers')!, /Content-Type/);
  for (const path of ['/', '/complete']) {
    const response = await signer.post(path, {});
    assert.equal(response.headers.get('Vary'), 'Origin');
    assert.equal(response.headers.get('Access-Control-Allow-Origin'), ORIGIN, 'errors can be read, too');
  }
  for (const Origin of ['null', 'https://evil.example', `${ORIGIN}.evil.example`, 'https://evil-site.example']) {
    const response = await signer.post('/', { files: [fileOf()] }, { Origin });
    assert.equal(response.status, 403);
    assert.equal(response.headers.get('Access-Control-Allow-Origin'), null);
    assert.equal(response.headers.get('Vary'), 'Origin');
  }
});

test('S-12 without origins, no page is allowed, not even one of the signer’s own host', async () => {
  for (const origins of [[], undefined]) {
    const signer = signerOf({ origins });
    for (const Origin of ['null', ORIGIN, 'http://localhost', 'https://localhost', 'http://localhost:81']) {
      const response = await signer.post('/', { files: [fileOf()] }, { Origin });
      assert.deepEqual([response.status, (await problemOf(response)).code], [403, 'origin-refused'], Origin);
    }
    const headers = { 'Content-Type': 'application/json' };
    const request = { method: 'POST', headers, body: JSON.stringify({ files: [fileOf()] }) };
    assert.equal((await signer.app.request('/', request)).status, 200, 'a request without Origin');
  }
});

test('S-13 a request that a foreign page can send without a preflight is refused', async () => {
  const signer = signerOf();
  const body = { files: [fileOf()] };
  assert.equal((await signer.post('/', body, { 'Content-Type': 'text/plain' })).status, 415);
  const headers = { 'Content-Type': 'application/json' };
  const request = { method: 'POST', body: JSON.stringify(body) };
  const withoutOrigin = await signer.app.request('/', { ...request, headers });
  assert.equal(withoutOrigin.status, 200, 'not a browser, which sends an Origin');
  const cross = await signer.app.request('/', { ...request, headers: { ...headers, 'Sec-Fetch-Site': 'cross-site' } });
  assert.equal(cross.status, 403);
});

test('S-14 a body is read up to its limit, also if it comes in chunks', async () => {
  const signer = signerOf();
  const send = (path: string, bytes: number, headers: Record<string, string>): [Promise<Response>, () => number] => {
    let sent = 0;
    const body = new ReadableStream({
      pull(controller) {
        if (sent >= bytes) return controller.close();
        sent += 65_536;
        controller.enqueue(new Uint8Array(65_536).fill(32));
      },
    });
    const init = {
      method: 'POST',
      body,
      duplex: 'half',
      headers: { 'Content-Type': 'application/json', Origin: ORIGIN, ...headers },
    };
    return [Promise.resolve(signer.app.request(path, init as RequestInit)), () => sent];
  };
  for (const path of ['/', '/complete']) {
    for (const headers of [
      {},
      { 'Transfer-Encoding': 'chunked' },
      { 'Transfer-Encoding': 'chunked', 'Content-Length': '10' },
    ]) {
      const [responded, sent] = send(path, 16_000_000, headers as Record<string, string>);
      const response = await responded;
      assert.equal(response.status, 413);
      assert.equal((await problemOf(response)).code, 'body-too-large');
      assert.ok(sent() < 700_000, `${sent()} bytes were read`);
    }
  }
});

test('S-14 a full batch with long names and paths is within the limit', async () => {
  const files = Array.from({ length: 100 }, (_, i) => ({
    name: `${'漢'.repeat(80)}.jpg`,
    path: `${'dir/'.repeat(200)}${i}.jpg`,
  }));
  assert.equal((await signerOf().sign(files)).length, 100);
});

test('S-15 a JWT is accepted with the configured algorithm only, and never with none', async () => {
  const service = await createTestService({
    SIGNER_AUTH: 'jwt',
    SIGNER_JWT_SECRET: JWT_SECRET,
    SIGNER_JWT_ISSUER: 'https://id.example',
    SIGNER_JWT_AUDIENCE: 'uploads',
  });
  const claims = { iss: 'https://id.example', aud: 'uploads', sub: 'anna', exp: Math.floor(Date.now() / 1000) + 60 };
  const signWith = (alg: string) =>
    new SignJWT(claims).setProtectedHeader({ alg }).sign(new TextEncoder().encode(JWT_SECRET.repeat(2)));
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const good = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(JWT_SECRET));
  assert.equal((await service.sign({ Authorization: `Bearer ${good}` })).status, 200);
  const invalid = [`${encode({ alg: 'none' })}.${encode(claims)}.`, await signWith('HS384'), await signWith('HS512')];
  for (const token of invalid) {
    const response = await service.sign({ Authorization: `Bearer ${token}` });
    assert.deepEqual([response.status, (await problemOf(response)).code], [401, 'token-refused']);
  }
});

test('S-15 the version of Hono is pinned, and has the security fixes of 4.13.5', () => {
  const [major = 0, minor = 0, patch = 0] = packageJson.dependencies.hono.split('.').map(Number);
  assert.ok(major > 4 || (major === 4 && (minor > 13 || (minor === 13 && patch >= 5))), 'too old, or not pinned');
});

test('S-16 of ten thousand requests of one client, 6,000 are served and the others are refused', async () => {
  const service = await createTestService();
  const statuses = new Map<number, number>();
  for (let batch = 0; batch < 100; batch++) {
    const responses = await Promise.all(Array.from({ length: 100 }, () => service.sign()));
    for (const { status } of responses) statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }
  assert.equal(statuses.get(200), 6_000);
  assert.equal(statuses.get(429), 4_000);
  const refused = await service.sign();
  assert.ok(Number(refused.headers.get('Retry-After')) > 0);
  assert.equal((await service.sign({ 'X-Test-Peer': '203.0.113.2' })).status, 200, 'another client is not affected');
});

test('S-16 each owner has a separate limit', async () => {
  const env = {
    SIGNER_AUTH: 'token',
    SIGNER_TOKENS: `anna=${TOKEN},bert=another-canary-token`,
    SIGNER_REQUESTS_PER_MINUTE: '2',
  };
  const service = await createTestService(env);
  const sign = (token: string, peer: string) => service.sign({ Authorization: `Bearer ${token}`, 'X-Test-Peer': peer });
  const statuses = [];
  for (const peer of ['203.0.113.1', '203.0.113.2', '203.0.113.3']) statuses.push((await sign(TOKEN, peer)).status);
  assert.deepEqual(statuses, [200, 200, 429]);
  assert.equal((await sign('another-canary-token', '203.0.113.4')).status, 200);
});

test('S-16 wrong tokens count towards the limit of an address', async () => {
  const service = await createTestService({
    SIGNER_AUTH: 'token',
    SIGNER_TOKENS: TOKEN,
    SIGNER_REQUESTS_PER_MINUTE: '5',
  });
  const statuses = [];
  for (let i = 0; i < 7; i++) statuses.push((await service.sign({ Authorization: `Bearer guess-number-${i}` })).status);
  assert.deepEqual(statuses, [401, 401, 401, 401, 401, 429, 429]);
});

test('S-16 a client cannot evade its limit with X-Forwarded-For', async () => {
  const service = await createTestService({ SIGNER_REQUESTS_PER_MINUTE: '3' });
  const statuses = [];
  for (let i = 0; i < 5; i++) statuses.push((await service.sign({ 'X-Forwarded-For': `198.51.100.${i}` })).status);
  assert.deepEqual(statuses, [200, 200, 200, 429, 429]);
});

test('S-16 behind a trusted proxy each client has a separate limit and cannot evade it', async () => {
  const service = await createTestService({ SIGNER_REQUESTS_PER_MINUTE: '2', SIGNER_TRUSTED_PROXIES: '10.0.0.0/8' });
  const statusOf = async (forwarded: string) =>
    (await service.sign({ 'X-Test-Peer': '10.0.0.1', 'X-Forwarded-For': forwarded })).status;
  assert.deepEqual(
    [await statusOf('198.51.100.1'), await statusOf('198.51.100.1'), await statusOf('198.51.100.1')],
    [200, 200, 429],
  );
  assert.equal(await statusOf('9.9.9.9, 198.51.100.1'), 429);
  assert.equal(await statusOf('198.51.100.2'), 200);
});

test('S-16 the bytes of a day and the open multipart uploads are limited', async () => {
  const bytes = await createTestService({ SIGNER_BYTES_PER_DAY: '1.5kB' });
  assert.deepEqual([(await bytes.sign()).status, (await bytes.sign()).status], [200, 429]);
  await using bucket = await openBucket();
  const open = await createTestService({ ...bucketEnv(bucket), SIGNER_OPEN_MULTIPARTS: '1' });
  const large = { name: 'a.mp4', type: 'video/mp4', size: 2e7 };
  assert.deepEqual([(await open.sign({}, large)).status, (await open.sign({}, large)).status], [200, 429]);
});

test('S-17 no response and no log contains a secret or text of the storage’s errors', async (t) => {
  let status = 403;
  const server = createServer((_, response) => {
    response.writeHead(status, { 'Content-Type': 'application/xml' }).end(STORAGE_ERROR);
  }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const logged: unknown[] = [];
  for (const level of ['log', 'info', 'warn', 'error'] as const) {
    t.mock.method(console, level, (...args: unknown[]) => logged.push(...args));
  }
  const { port } = server.address() as AddressInfo;
  const signer = signerOf({ onEvent: undefined, allowDelete: true }, { endpoint: `http://127.0.0.1:${port}` });
  const sealed = sealTicket(ticketOfAnn, [SECRET]);
  let responses = '';
  for (status of [400, 403, 500, 503]) {
    const large = await signer.post('/', { files: [fileOf({ name: 'a.mp4', type: 'video/mp4', size: 2e7 })] });
    assert.equal(large.status, status === 503 ? 503 : 502);
    responses += await large.text();
    for (const path of ['/parts/list', '/complete', '/abort', '/confirm', '/delete']) {
      const response = await signer.post(path, { ticket: sealed });
      assert.ok(response.status >= 404, `${path} ${response.status}`);
      responses += (await response.text()) + JSON.stringify([...response.headers]);
    }
  }
  const broken = signerOf({
    onEvent: undefined,
    authorize: () => {
      throw new Error(`the database is unavailable: ${SECRET}`);
    },
  });
  responses += await (await broken.post('/', { files: [fileOf()] })).text();
  responses += await (await broken.post('/', '{"files":[{"canary')).text();
  assert.doesNotMatch(responses, /database/);
  assert.ok(
    logged.every((each) => typeof each === 'string'),
    'a logged Error would include its stack',
  );
  const log = logged.join('\n');
  for (const canary of [/canary/i, /arn:/, /CANARY/, /StringToSign/, /\n\s+at /, /X-Amz-Signature/i]) {
    assert.doesNotMatch(responses, canary);
    assert.doesNotMatch(log, canary);
  }
  assert.match(log, /storage-failed: SignatureDoesNotMatch \(403/, 'the log has the reason');
  assert.match(log, /internal: Error: the database is unavailable: \[hidden\]/);
});

test('S-17 a signed file contains the scope of the credentials, and no secret', async () => {
  const signer = signerOf();
  const text = await (await signer.post('/', { files: [fileOf()] })).text();
  assert.ok(text.includes(`${CREDENTIALS.accessKeyId}/`));
  assert.ok(!text.includes(CREDENTIALS.secretAccessKey) && !text.includes(SECRET));
});

test('S-17 no log line, response or metric contains a secret after failures of every kind', async (t) => {
  await using bucket = await openBucket();
  let status = 500;
  const requests: IncomingMessage[] = [];
  const application = createServer((request, response) => {
    requests.push(request);
    response.writeHead(status, 'canary-of-the-application').end('canary-of-the-application');
  }).listen(0, '127.0.0.1');
  t.after(() => application.close());
  await once(application, 'listening');
  const service = await createTestService({
    ...bucketEnv(bucket),
    SIGNER_AUTH: 'token',
    SIGNER_TOKENS: `anna=${TOKEN}`,
    SIGNER_JWT_SECRET: JWT_SECRET,
    SIGNER_FORM: '1',
    SIGNER_ALLOW_DELETE: '1',
    SIGNER_WEBHOOK_URL: `http://127.0.0.1:${(application.address() as AddressInfo).port}/canary-of-a-path`,
    SIGNER_WEBHOOK_SECRET: 'canary webhook secret 0123456789',
  });
  const auth = { Authorization: `Bearer ${TOKEN}` };
  const problems: string[] = [];
  const send = async (path: string, body: unknown, headers: Record<string, string> = auth) => {
    const response = await service.post(`/sign${path}`, body, headers);
    const text = await response.text();
    // A successful response contains a signature for its client, so only problems are checked.
    if (!response.ok) problems.push(text + JSON.stringify([...response.headers]));
    return { status: response.status, body: (text && JSON.parse(text)) as { files: SignedPost[] } };
  };
  const [{ ticket, fields, url }] = (await send('', { files: [fileOf({ size: 5 })] })).body.files as [SignedPost];
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  form.set('file', new Blob(['hello']));
  assert.equal((await fetch(url, { method: 'POST', body: form })).status, 201);
  assert.equal((await send('/confirm', { ticket })).status, 502, 'the application failed');
  status = 204;
  assert.equal((await send('/confirm', { ticket })).status, 200);
  assert.ok(requests.length > 1 && requests.every(({ headers }) => headers['webhook-signature']));

  await send('', { files: [fileOf()] }, { Authorization: 'Bearer canary-of-an-unknown-caller' });
  await send('', { files: [fileOf({ type: 'text/html', name: 'canary.html' })] });
  bucket.proxy.faults = [{ do: 'answer', method: 'POST', path: 'uploads', status: 500, body: STORAGE_ERROR }];
  await send('', { files: [fileOf({ name: 'a.mp4', type: 'video/mp4', size: 2e7 })] });
  bucket.proxy.faults = [{ do: 'answer', method: '*', status: 403, body: STORAGE_ERROR }];
  for (const path of ['/sign-again', '/confirm', '/abort', '/parts/list', '/complete', '/delete', '/nowhere']) {
    await send(path, { ticket });
    await send(path, { ticket: `${ticket}x` });
  }
  const sealed = sealTicket({ ...ticketOfAnn, owner: 'anna', uploadId: 'canary-upload' }, [SECRET]);
  for (const path of ['/parts/list', '/complete', '/abort']) await send(path, { ticket: sealed });
  await service.get('/sign/form?type=image/png', auth);

  const log = service.lines.join('\n');
  assert.ok(service.logged('error').length > 2, 'the log has the reasons');
  assert.match(log, /The application responded with 500/);
  for (const text of [log, await service.metrics(), problems.join('\n')]) {
    assert.doesNotMatch(text, /canary(?!\.html)|CANARY/i);
    for (const secret of [SECRET, TOKEN, fields['X-Amz-Signature']!, fields.Policy!, ticket!]) {
      assert.ok(!text.includes(secret));
    }
    assert.ok(!text.includes(bucket.credentials.secretAccessKey));
    assert.doesNotMatch(text, /X-Amz-(?!Request)|Bearer c|\n\s+at /i);
  }
});

test('S-17 no log line contains a password that Redis refuses', needs('redis-server'), async (t) => {
  await using redis = await startRedis({ requirepass: 'the right one' });
  const service = await createTestService({
    SIGNER_REDIS_URL: redis.url.replace('//', '//:canary-redis-password@'),
    SIGNER_FILES_PER_DAY: '1',
  });
  t.after(service.close);
  // Signing does not wait for Redis, so the test waits for its refusal.
  while (service.logged('redis').length === 0) await new Promise(setImmediate);
  assert.equal((await service.sign()).status, 200, 'limits are counted in memory');
  assert.match(service.lines.join('\n'), /WRONGPASS|NOAUTH/);
  assert.doesNotMatch(service.lines.join('\n'), /canary-redis/);
});

test('S-17 a secret in the message of an error is hidden in the log', () => {
  const env = {
    AWS_SECRET_ACCESS_KEY: 'canary/aws+secret',
    AWS_SESSION_TOKEN: 'canary-session-token',
    SIGNER_SECRET: 'canary-new-secret-0123456789abcdef,canary-old-secret-0123456789abcdef',
    SIGNER_RECEIPT_SECRET: 'canary-receipt-secret-0123456789',
    SIGNER_TOKENS: 'anna=canary-token-of-anna,canary-token-without-owner',
    SIGNER_JWT_SECRET: 'canary-jwt-secret',
    SIGNER_WEBHOOK_SECRET: 'canary-webhook-secret-0123456789',
    SIGNER_REDIS_URL: 'rediss://default:canary%2Fredis@127.0.0.1:9',
  };
  const { secrets } = testSettings({ SIGNER_AUTH: 'token', ...env });
  const lines: string[] = [];
  const log = createLog({ secrets, clientAddress: () => undefined, write: (line) => lines.push(line) });
  const leaks = Object.values(env).flatMap((value) => value.split(',').map((each) => each.replace('anna=', '')));
  for (const leak of [...leaks, 'canary/redis', 'canary%2Fredis']) {
    log.error('leak', new Error(`not ${leak}`, { cause: new Error(leak) }));
    log.info('leak', { message: `of ${leak}` });
  }
  assert.equal(lines.length, 2 * (leaks.length + 2));
  assert.doesNotMatch(lines.join('\n'), /canary/);
});

test('S-18 a request cannot choose where the signer connects to', async () => {
  const signer = signerOf();
  for (const member of ['endpoint', 'region', 'bucket', 'url', 'source']) {
    const response = await signer.post('/', { files: [fileOf()], [member]: 'http://169.254.169.254/' });
    assert.equal(response.status, 400);
  }
  assert.deepEqual(signer.calls, []);
});

test('S-19 no response of the signer is cached or sniffed', async () => {
  const signer = signerOf({ form: true });
  const responses = [
    await signer.post('/', { files: [fileOf()] }),
    await signer.post('/', {}),
    await signer.post('/', {}, { Origin: 'null' }),
    await signer.post('/nowhere', {}),
    await signer.app.request('/'),
    await signer.app.request('/form?type=image/png'),
    await signer.app.request('/form/done'),
    await signer.app.request('/', { method: 'OPTIONS', headers: { Origin: ORIGIN } }),
    await signerOf({ authorize: () => new Response('no', { status: 403 }) }).post('/', { files: [fileOf()] }),
  ];
  for (const response of responses) {
    assert.equal(response.headers.get('Cache-Control'), 'no-store', `${response.status}`);
    assert.equal(response.headers.get('X-Content-Type-Options'), 'nosniff');
  }
});

test('S-19 no response of the service is cached or sniffed', async () => {
  const service = await createTestService();
  const responses = [
    await service.get('/openapi.json'),
    await service.get('/healthz'),
    await service.get('/nowhere'),
    await service.get('/sign/nowhere'),
    await service.get('/sign'),
    await service.sign(),
    await service.metricsApp.request('/metrics'),
    await service.metricsApp.request('/nowhere'),
  ];
  assert.deepEqual(
    responses.map(({ status }) => status),
    [200, 200, 404, 404, 405, 200, 200, 404],
  );
  for (const { url, headers } of responses) {
    assert.equal(headers.get('Cache-Control'), 'no-store', url);
    assert.equal(headers.get('X-Content-Type-Options'), 'nosniff', url);
  }
});

for (const [name, read] of Object.entries(TEMPLATES)) {
  test(`S-20 the ${name} template grants the signer only the permissions it needs, in its folder only`, async () => {
    const { allowed, prefix } = await read();
    assert.equal(allowed.length, 1);
    const [{ effect, actions, resource }] = allowed as [(typeof allowed)[0]];
    assert.equal(effect, 'Allow');
    assert.deepEqual(new Set(actions as string[]), new Set(SIGNER_ACTIONS));
    assert.match(resource, /^\$\{(Bucket\.Arn|aws_s3_bucket\.uploads\.arn)\}\/\$\{(Prefix|var\.prefix)\}\*$/);
    for (const valid of ['uploads/', 'in/web/']) assert.match(valid, prefix);
    for (const invalid of ['uploads', '', '/', '*', 'up*/', '/uploads/']) {
      assert.doesNotMatch(invalid, prefix, invalid);
    }
  });

  test(`S-20 the ${name} template blocks public access and ACLs`, async () => {
    const { publicAccessBlock, ownership, statements } = await read();
    assert.deepEqual(publicAccessBlock, [true, true, true, true]);
    assert.equal(ownership, 'BucketOwnerEnforced');
    for (const { effect } of statements) assert.equal(effect, 'Deny', 'the bucket policy grants nothing');
  });

  test(`S-20 the ${name} template refuses signatures older than 15 minutes and plain HTTP, for everyone`, async () => {
    const { statements } = await read();
    // checklist/templates.test.ts has the others, which refuse headers.
    const [age, plain] = statements;
    for (const { principal } of statements) assert.equal(principal, '*');
    for (const { resources } of statements) assert.match(resources.at(-1)!, /(Bucket\.Arn|uploads\.arn)\}\/\*("\})?$/);
    assert.deepEqual([age!.actions, age!.resources.length], [['s3:PutObject'], 1]);
    assert.deepEqual(age!.condition, {
      test: 'NumericGreaterThan',
      variable: 's3:signatureAge',
      value: '900000',
    });
    assert.deepEqual([plain!.actions, plain!.resources.length], [['s3:*'], 2]);
    assert.deepEqual(plain!.condition, { test: 'Bool', variable: 'aws:SecureTransport', value: 'false' });
  });

  test(`S-20 the ${name} template aborts unfinished uploads within a week, in the signer’s folder`, async () => {
    const { days, prefix } = (await read()).orphanRule;
    assert.equal(days, 7);
    assert.match(String(prefix), /^(Prefix|\$\{var\.prefix\})$/);
  });

  test(`S-20 the ${name} template has the CORS rule of the doctor, for exact origins only`, async () => {
    const { cors, origin } = await read();
    const { AllowedMethods, AllowedHeaders } = corsRule([]);
    const { origins, ...rest } = cors;
    assert.deepEqual(rest, { methods: AllowedMethods, headers: AllowedHeaders, exposed: EXPOSED_HEADERS });
    assert.match(String(origins), /^(Origins|\$\{var\.origins\})$/, 'only the origins of the parameter');
    assert.match('https://www.example.com', origin);
    for (const invalid of ['*', 'https://*', 'https://*.example.com', 'https://a.example/page', '']) {
      assert.doesNotMatch(invalid, origin, invalid);
    }
  });
}

test('S-21 metadata is from the list of allowed names, and cannot change a prototype', async () => {
  const signer = signerOf({ metadata: ['album'] });
  const [file] = await signer.sign([{}], { metadata: { album: 'Süd & "West"' } });
  const album = (file as SignedPost).fields['x-amz-meta-album']!;
  assert.equal(decodeURIComponent(album), 'Süd & "West"');
  for (const metadata of ['{"tag":"x"}', '{"__proto__":"x"}', '{"Album":"x"}', `{"album":"${'x'.repeat(2048)}"}`]) {
    const response = await signer.post('/', `{"files":[${JSON.stringify(fileOf())}],"metadata":${metadata}}`);
    assert.equal(response.status, 400, metadata.slice(0, 40));
  }
});

test('S-22 a file’s name cannot change the structure of the policy', async () => {
  const conditionNames = async (name: string): Promise<string[]> => {
    const [file] = await signerOf().sign([{ name }]);
    return policyOf((file as SignedPost).fields).conditions.map((each) =>
      Array.isArray(each) ? each[0] : Object.keys(each).join(),
    );
  };
  const plain = await conditionNames('cat.jpg');
  for (const name of ['"', '\\', '\n', '"},{"acl":"public-read', '"]]}', "'", '\u2028.jpg'])
    assert.deepEqual(await conditionNames(name), plain);
});

test('S-23 every signed and every refused file is an event, without ticket or signature', async () => {
  const events: SignerEvent[] = [];
  const signer = signerOf({ onEvent: (event) => events.push(event) });
  const [granted] = await signer.sign([{}, { type: 'text/html' }]);
  assert.ok('key' in granted!);
  assert.deepEqual(events, [
    { action: 'sign', owner: 'ann', key: granted.key, size: 1000, type: 'image/jpeg', method: 'POST', expires: 900 },
    { action: 'sign', owner: 'ann', code: 'file-type' },
  ]);
});

test('S-23 every signed file is one log line with owner, address, key, size, type and expiry', async () => {
  const service = await createTestService({
    SIGNER_AUTH: 'token',
    SIGNER_TOKENS: `anna=${TOKEN}`,
    SIGNER_TRUSTED_PROXIES: '10.0.0.1',
  });
  const headers = { Authorization: `Bearer ${TOKEN}`, 'X-Test-Peer': '10.0.0.1', 'X-Forwarded-For': '198.51.100.7' };
  const files = [fileOf({ id: '1' }), fileOf({ id: '2', size: 2000, type: 'image/png', name: 'b.png' })];
  const refused = fileOf({ id: '3', type: 'text/html', name: 'c.html' });
  const response = await service.post('/sign', { files: [...files, refused] }, headers);
  const { files: signed } = (await response.json()) as { files: { key: string }[] };
  const grants = service.logged('grant');
  assert.equal(grants.length, 2);
  for (const [i, { time, exp, ...line }] of grants.entries()) {
    const { size, type } = files[i]!;
    assert.deepEqual(line, {
      level: 'info',
      event: 'grant',
      action: 'sign',
      owner: 'anna',
      ip: '198.51.100.7',
      key: signed[i]!.key,
      size,
      type,
      method: 'POST',
    });
    const seconds = (Date.parse(exp as string) - Date.parse(time as string)) / 1000;
    assert.ok(Math.abs(seconds - 900) <= 2, `${seconds} s`);
  }
  assert.deepEqual(
    service.logged('refused').map(({ owner, code, ip }) => ({ owner, code, ip })),
    [{ owner: 'anna', code: 'file-type', ip: '198.51.100.7' }],
  );
});

test('S-23 later signatures are logged too: a file that is signed again, parts with their numbers, forms with their key', async () => {
  await using bucket = await openBucket();
  const service = await createTestService({ ...bucketEnv(bucket), SIGNER_FORM: '1' });
  // rounded, as the line is written a moment after the signature
  const seconds = ({ exp, time }: Record<string, unknown>) =>
    10 * Math.round((Date.parse(exp as string) - Date.parse(time as string)) / 10_000);
  const large = fileOf({ id: '2', name: 'a.mp4', type: 'video/mp4', size: 2e7 });
  const response = await service.post('/sign', { files: [fileOf(), large] });
  const { files } = (await response.json()) as { files: [SignedPost, SignedMultipart] };
  await service.post('/sign/sign-again', { ticket: files[0].ticket });
  const parts = [1, 2].map((number) => ({ number, size: files[1].partSize }));
  await service.post('/sign/parts', { ticket: files[1].ticket, parts });
  const page = await (await service.get('/sign/form?type=image/png')).text();

  const [small, multipart, signedAgain, signedParts, form] = service.logged('grant') as [Line, Line, Line, Line, Line];
  assert.deepEqual([small.action, multipart.action], ['sign', 'sign']);
  assert.deepEqual([small.parts, multipart.parts], [undefined, [1, 2, 3, 4]]);
  assert.equal(seconds(multipart), 7 * 86_400, 'its parts can be signed until then');
  assert.deepEqual([signedAgain.action, signedAgain.key, seconds(signedAgain)], ['sign-again', files[0].key, 900]);
  assert.deepEqual(
    [signedParts.action, signedParts.key, signedParts.parts, seconds(signedParts)],
    ['parts', files[1].key, [1, 2], 900],
  );
  assert.deepEqual([form.action, form.key, seconds(form)], ['form', fieldsOf(page).key, 900]);
  assert.equal(service.logged('grant').length, 5);
});

test('S-24 signing a file twice gives two keys, and signing it again with its ticket gives the same key', async () => {
  await using fixture = await createBucketSigner();
  const { signer } = fixture;
  const [one, two] = (await signer.sign([{}, {}])) as SignedPost[];
  assert.notEqual(one!.key, two!.key);
  const again = (await (await signer.post('/sign-again', { ticket: one!.ticket })).json()) as SignedPost;
  assert.equal(again.key, one!.key);
  assert.equal(again.id, one!.id);
  assert.deepEqual(policyOf(again.fields).conditions.slice(0, 5), policyOf(one!.fields).conditions.slice(0, 5));
});
