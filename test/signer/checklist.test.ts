// The security checklist: its rows are the tests' names, S-01 to S-24.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { S3Client, UploadPartCommand } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { SignJWT } from 'jose';
import { createSigner } from '../../signer/core/app.ts';
import { corsRule, EXPOSED } from '../../signer/doctor/cors.ts';
import { SIGNER_ACTIONS } from '../../signer/doctor/permissions.ts';
import { createLog } from '../../signer/service/log.ts';
import { COMMON_TYPES } from '../../signer/core/media-types.ts';
import { MIN_PART } from '../../signer/core/multipart.ts';
import type { SignerEvent, SignerOptions } from '../../signer/core/options.ts';
import packageJson from '../../signer/package.json' with { type: 'json' };
import { plan, type Rules } from '../../signer/core/policy.ts';
import { readConfig } from '../../signer/service/settings.ts';
import { sealTicket, type Ticket } from '../../signer/core/ticket.ts';
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
import { openBucket, type LiveBucket } from './bucket.ts';
import { bytesOf, call, openUploads, sendPut, startMultipart } from './multipart.ts';
import { startRedis } from './redis-server.ts';
import { serviceOf, settingsOf } from './service.ts';
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
  expires: Math.floor(Date.now() / 1000) + 60,
};

const JWT_SECRET = 'canary jwt secret of thirty-two bytes';
const TOKEN = 'canary-token-of-anna';

/** As S3 answers, with what nobody else may see. */
const STORAGE_ERROR = `<?xml version="1.0"?><Error><Code>SignatureDoesNotMatch</Code><Message>canary-message</Message>
  <AWSAccessKeyId>${CREDENTIALS.accessKeyId}</AWSAccessKeyId><StringToSign>canary-string-to-sign</StringToSign>
  <Resource>arn:aws:s3:::canary-bucket</Resource></Error>`;

type Line = Record<string, unknown>;

const signPost = async (options: Partial<SignerOptions> = {}): Promise<SignedPost> =>
  (await signerOf(options).sign([{}]))[0] as SignedPost;

const settingsFor = ({ bucket, proxy, credentials }: LiveBucket) => ({
  S3_BUCKET: bucket,
  AWS_ENDPOINT_URL_S3: proxy.url,
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
});

/** A signer before a real storage, with files in parts of 5 MiB. */
async function liveSigner(): Promise<AsyncDisposable & { signer: TestSigner; bucket: LiveBucket }> {
  const bucket = await openBucket();
  const options = { client: bucket.client, bucket: bucket.bucket, multipartFrom: MIN_PART + 1, partSize: MIN_PART };
  return { bucket, signer: signerOf(options), [Symbol.asyncDispose]: () => bucket.close() };
}

test('S-01 without authorize there is no signer', () => {
  const { authorize: _none, ...rest } = {
    client: new S3Client({}),
    bucket: 'uploads',
    secret: SECRET,
    authorize: undefined,
  };
  assert.throws(() => createSigner(rest as unknown as SignerOptions), /authorize/);
  assert.throws(() => readConfig({ S3_BUCKET: 'uploads', AWS_REGION: 'x' }), /SIGNER_AUTH/);
});

test('S-01 whom authorize does not know gets no signature', async () => {
  const signer = signerOf({ authorize: () => null, form: true });
  const response = await signer.post('/', { files: [fileOf()] });
  assert.equal(response.status, 401);
  assert.equal((await problemOf(response)).code, 'auth-required');
  for (const path of ['/form', '/form?fragment']) assert.equal((await signer.app.request(path)).status, 401);
});

test('S-02 the key is made by the signer, in the folder of the owner', async () => {
  assert.match((await signPost()).key, /^uploads\/ann\/[0-9a-f-]{36}\.jpg$/);
  const { key } = await signPost({ authorize: () => ({ owner: '../bob' }), prefix: 'in' });
  assert.match(key, /^in\/.2E.2E.2Fbob\/[0-9a-f-]{36}\.jpg$/);
  const { key: tenant } = await signPost({ authorize: () => ({ owner: 'ann', prefix: 'tenants/7' }) });
  assert.match(tenant, /^uploads\/tenants\/7\/[0-9a-f-]{36}\.jpg$/);
  assert.match((await signPost({ authorize: () => ({ owner: '' }) })).key, /^uploads\/[0-9a-f-]{36}\.jpg$/);
});

test('S-03 of 10,000 hostile names none reaches the key', () => {
  const rules: Rules = {
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

test('S-03 the key is one exact condition', async () => {
  const { fields, key } = await signPost();
  const { conditions } = policyOf(fields);
  assert.doesNotMatch(JSON.stringify(conditions), /starts-with/);
  assert.deepEqual(
    conditions.filter((each) => JSON.stringify(each).includes(key)),
    [{ key }],
  );
});

test('S-04 the size is exact, and within the limit', async () => {
  const signer = signerOf({ limits: { maxFileSize: 5000 } });
  const [exact, large] = await signer.sign([{ size: 4999 }, { size: 5001 }]);
  const { conditions } = policyOf((exact as SignedPost).fields);
  assert.deepEqual(
    conditions.filter((each) => Array.isArray(each)),
    [['content-length-range', 4999, 4999]],
  );
  assert.ok('error' in large!);
});

test('S-05 a signature lasts 15 minutes unless told otherwise, and never over an hour', async () => {
  for (const [expires, seconds] of [
    [undefined, 900],
    [3600, 3600],
  ] as const) {
    const { fields, expires: told } = await signPost({ expires });
    const { expiration } = policyOf(fields);
    assert.match(expiration, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const left = (Date.parse(expiration) - Date.now()) / 1000;
    assert.ok(left > seconds - 60 && left <= seconds, `${left} s`);
    assert.equal(told, seconds);
  }
  assert.throws(() => signerOf({ expires: 3601 }), /expires must be/);
  assert.throws(() =>
    readConfig({ S3_BUCKET: 'uploads', AWS_REGION: 'x', SIGNER_AUTH: 'public', SIGNER_EXPIRES: '3601' }),
  );
});

test('S-06 the type is exact and from the list; what a browser runs is on no list', async () => {
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

test('S-07 what is stored is a download, and the name is in it and in the metadata, encoded', async () => {
  const [file] = await signerOf().sign([{ name: 'Käse "1";.jpg' }]);
  const { fields, key } = file as SignedPost;
  const encoded = 'K%C3%A4se%20%221%22%3B.jpg';
  assert.equal(fields['Content-Disposition'], `attachment; filename*=UTF-8''${encoded}`);
  assert.equal(fields['x-amz-meta-name'], encoded);
  assert.ok(!key.includes('se'));
});

test('S-08 the fields are those of a fixed list, each an exact condition', async () => {
  const { fields } = await signPost();
  const names = [
    ...['Content-Type', 'Content-Disposition', 'x-amz-meta-name', 'success_action_status', 'bucket', 'key', 'Policy'],
    ...['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Date', 'X-Amz-Signature'],
  ];
  assert.deepEqual(Object.keys(fields).sort(), names.sort());
  const exact = Object.assign({}, ...policyOf(fields).conditions.filter((each) => !Array.isArray(each))) as object;
  const { Policy: _policy, 'X-Amz-Signature': _signature, ...covered } = fields;
  assert.deepEqual(exact, covered);
});

test('S-09 only a ticket of this signer, of this owner, in its time opens an upload', async () => {
  const signer = signerOf({ allowDelete: true });
  const bad = [
    sealTicket({ ...ticketOfAnn, owner: 'bob' }, [SECRET]),
    sealTicket({ ...ticketOfAnn, expires: 1 }, [SECRET]),
    sealTicket(ticketOfAnn, [SECRET]).replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A')),
  ];
  for (const each of bad) {
    for (const path of ['/sign-again', '/parts/list', '/complete', '/abort', '/confirm', '/delete']) {
      assert.equal((await signer.post(path, { ticket: each })).status, 403);
    }
  }
  assert.deepEqual(signer.calls, []);
});

test('S-10 a part is one of the plan, and its URL takes just its bytes', async () => {
  // Even with a client that adds the checksum of an empty body to whatever it presigns.
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

test('S-10 the length, type and headers of a PUT are signed too', async () => {
  const [file] = await signerOf({}, { requestChecksumCalculation: 'WHEN_SUPPORTED' }).sign([{}], { method: 'PUT' });
  assert.ok(file && 'method' in file && file.method === 'PUT');
  const { searchParams } = new URL(file.url);
  assert.equal(
    searchParams.get('X-Amz-SignedHeaders'),
    'content-disposition;content-length;content-type;host;x-amz-meta-name',
  );
  assert.doesNotMatch(file.url, /checksum/i);
  assert.deepEqual(Object.keys(file.headers!), ['Content-Type', 'Content-Disposition', 'x-amz-meta-name']);
});

test('S-11 what was stored is what was signed: parts that no signature covers end the upload', async () => {
  await using live = await liveSigner();
  const { signer, bucket } = live;
  const file = await startMultipart(signer);
  const [{ UploadId } = {}] = await openUploads(bucket);
  const extra = { Bucket: bucket.bucket, Key: file.key, UploadId, PartNumber: 4, Body: bytesOf(10) };
  await bucket.owner.send(new UploadPartCommand(extra));
  const { code } = await call<{ code: string }>(signer, '/complete', { ticket: file.ticket }, 422);
  assert.equal(code, 'parts-wrong');
  assert.deepEqual(await openUploads(bucket), []);
  await call(signer, '/complete', { ticket: file.ticket }, 404);
});

test('S-11 a part that is missing keeps it open, and the sum is that of the ticket', async () => {
  await using live = await liveSigner();
  const { signer, bucket } = live;
  const file = await startMultipart(signer, [1, 3]);
  const { code } = await call<{ code: string }>(signer, '/complete', { ticket: file.ticket }, 422);
  assert.equal(code, 'parts-missing');
  assert.equal((await openUploads(bucket)).length, 1);
  const { parts } = await call<{ parts: { url: string }[] }>(signer, '/parts', {
    ticket: file.ticket,
    parts: [{ number: 2, size: MIN_PART }],
  });
  await sendPut(parts[0]!.url, file.body.subarray(MIN_PART, 2 * MIN_PART));
  const { size } = await call<{ size: number }>(signer, '/complete', { ticket: file.ticket });
  assert.equal(size, file.size);
});

test('S-11 the parts are listed to the last page', async () => {
  await using live = await liveSigner();
  live.bucket.client.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        if (commandName === 'ListPartsCommand') Object.assign(args.input, { MaxParts: 1 });
        return next(args);
      },
    { step: 'initialize' },
  );
  const file = await startMultipart(live.signer);
  const { parts } = await call<{ parts: object[] }>(live.signer, '/parts/list', { ticket: file.ticket });
  assert.equal(parts.length, 3);
  await call(live.signer, '/complete', { ticket: file.ticket });
});

test('S-12 only exact origins are answered, credentials with them', async () => {
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

test('S-12 with no origins named, only pages of the signer’s own host are let in', async () => {
  const signer = signerOf({ origins: [] });
  assert.equal((await signer.post('/', { files: [fileOf()] }, { Origin: 'http://localhost' })).status, 200);
  for (const Origin of ['null', ORIGIN, 'http://localhost.evil.example', 'http://localhost:81']) {
    assert.equal((await signer.post('/', { files: [fileOf()] }, { Origin })).status, 403, Origin);
  }
});

test('S-13 what a foreign page could send without a preflight is refused', async () => {
  const signer = signerOf();
  const body = { files: [fileOf()] };
  assert.equal((await signer.post('/', body, { 'Content-Type': 'text/plain' })).status, 415);
  const headers = { 'Content-Type': 'application/json' };
  const request = { method: 'POST', body: JSON.stringify(body) };
  const bare = await signer.app.request('/', { ...request, headers });
  assert.equal(bare.status, 200, 'no browser: it would have sent an Origin');
  const cross = await signer.app.request('/', { ...request, headers: { ...headers, 'Sec-Fetch-Site': 'cross-site' } });
  assert.equal(cross.status, 403);
});

test('S-14 a body is read up to its limit, also when it comes in chunks', async () => {
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
      const [answer, sent] = send(path, 16_000_000, headers as Record<string, string>);
      const response = await answer;
      assert.equal(response.status, 413);
      assert.equal((await problemOf(response)).code, 'body-too-large');
      assert.ok(sent() < 600_000, `${sent()} bytes were read`);
    }
  }
});

test('S-14 a full batch with long names and paths fits', async () => {
  const files = Array.from({ length: 100 }, (_, i) => ({
    name: `${'漢'.repeat(80)}.jpg`,
    path: `${'dir/'.repeat(200)}${i}.jpg`,
  }));
  assert.equal((await signerOf().sign(files)).length, 100);
});

test('S-15 a token’s algorithm is pinned: neither none nor another is taken', async () => {
  const service = await serviceOf({
    SIGNER_AUTH: 'jwt',
    SIGNER_JWT_SECRET: JWT_SECRET,
    SIGNER_JWT_ISSUER: 'https://id.example',
    SIGNER_JWT_AUDIENCE: 'uploads',
  });
  const claims = { iss: 'https://id.example', aud: 'uploads', sub: 'anna', exp: Math.floor(Date.now() / 1000) + 60 };
  const made = (alg: string) =>
    new SignJWT(claims).setProtectedHeader({ alg }).sign(new TextEncoder().encode(JWT_SECRET.repeat(2)));
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const good = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(JWT_SECRET));
  assert.equal((await service.sign({ Authorization: `Bearer ${good}` })).status, 200);
  const bad = [`${encode({ alg: 'none' })}.${encode(claims)}.`, await made('HS384'), await made('HS512')];
  for (const token of bad) {
    const response = await service.sign({ Authorization: `Bearer ${token}` });
    assert.deepEqual([response.status, (await problemOf(response)).code], [401, 'token-refused']);
  }
});

test('S-15 Hono is one whose known holes are closed', () => {
  const [major = 0, minor = 0, patch = 0] = packageJson.dependencies.hono.split('.').map(Number);
  assert.ok(major > 4 || (major === 4 && (minor > 13 || (minor === 13 && patch >= 5))), 'too old, or not pinned');
});

test('S-16 ten thousand calls in a second are more than one client gets', async () => {
  const service = await serviceOf();
  const statuses = new Map<number, number>();
  for (let batch = 0; batch < 100; batch++) {
    const answers = await Promise.all(Array.from({ length: 100 }, () => service.sign()));
    for (const { status } of answers) statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }
  assert.equal(statuses.get(200), 6_000);
  assert.equal(statuses.get(429), 4_000);
  const refused = await service.sign();
  assert.ok(Number(refused.headers.get('Retry-After')) > 0);
  assert.equal((await service.sign({ 'X-Test-Peer': '203.0.113.2' })).status, 200, 'another goes on');
});

test('S-16 each principal has its own', async () => {
  const env = {
    SIGNER_AUTH: 'token',
    SIGNER_TOKENS: `anna=${TOKEN},bert=another-canary-token`,
    SIGNER_REQUESTS_PER_MINUTE: '2',
  };
  const service = await serviceOf(env);
  const ask = (token: string, peer: string) => service.sign({ Authorization: `Bearer ${token}`, 'X-Test-Peer': peer });
  const statuses = [];
  for (const peer of ['203.0.113.1', '203.0.113.2', '203.0.113.3']) statuses.push((await ask(TOKEN, peer)).status);
  assert.deepEqual(statuses, [200, 200, 429]);
  assert.equal((await ask('another-canary-token', '203.0.113.4')).status, 200);
});

test('S-16 tokens cannot be tried faster than that', async () => {
  const service = await serviceOf({ SIGNER_AUTH: 'token', SIGNER_TOKENS: TOKEN, SIGNER_REQUESTS_PER_MINUTE: '5' });
  const statuses = [];
  for (let i = 0; i < 7; i++) statuses.push((await service.sign({ Authorization: `Bearer guess-number-${i}` })).status);
  assert.deepEqual(statuses, [401, 401, 401, 401, 401, 429, 429]);
});

test('S-16 what a client writes into X-Forwarded-For gives it no second address', async () => {
  const service = await serviceOf({ SIGNER_REQUESTS_PER_MINUTE: '3' });
  const statuses = [];
  for (let i = 0; i < 5; i++) statuses.push((await service.sign({ 'X-Forwarded-For': `198.51.100.${i}` })).status);
  assert.deepEqual(statuses, [200, 200, 200, 429, 429]);
});

test('S-16 behind a trusted proxy each client has its own, and cannot invent another', async () => {
  const service = await serviceOf({ SIGNER_REQUESTS_PER_MINUTE: '2', SIGNER_TRUSTED_PROXIES: '10.0.0.0/8' });
  const ask = async (forwarded: string) =>
    (await service.sign({ 'X-Test-Peer': '10.0.0.1', 'X-Forwarded-For': forwarded })).status;
  assert.deepEqual([await ask('198.51.100.1'), await ask('198.51.100.1'), await ask('198.51.100.1')], [200, 200, 429]);
  assert.equal(await ask('9.9.9.9, 198.51.100.1'), 429);
  assert.equal(await ask('198.51.100.2'), 200);
});

test('S-16 bytes of a day and open multipart uploads are held', async () => {
  const bytes = await serviceOf({ SIGNER_BYTES_PER_DAY: '1.5kB' });
  assert.deepEqual([(await bytes.sign()).status, (await bytes.sign()).status], [200, 429]);
  const live = await openBucket();
  try {
    const open = await serviceOf({
      ...settingsFor(live),
      SIGNER_OPEN_MULTIPARTS: '1',
    });
    const large = { name: 'a.mp4', type: 'video/mp4', size: 2e7 };
    assert.deepEqual([(await open.sign({}, large)).status, (await open.sign({}, large)).status], [200, 429]);
  } finally {
    await live.close();
  }
});

test('S-17 no secret and nothing of the storage’s errors is in any answer or log', async (t) => {
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
  let answers = '';
  for (status of [400, 403, 500, 503]) {
    const large = await signer.post('/', { files: [fileOf({ name: 'a.mp4', type: 'video/mp4', size: 2e7 })] });
    assert.equal(large.status, status === 503 ? 503 : 502);
    answers += await large.text();
    for (const path of ['/parts/list', '/complete', '/abort', '/confirm', '/delete']) {
      const response = await signer.post(path, { ticket: sealed });
      assert.ok(response.status >= 404, `${path} ${response.status}`);
      answers += (await response.text()) + JSON.stringify([...response.headers]);
    }
  }
  const broken = signerOf({
    onEvent: undefined,
    authorize: () => {
      throw new Error(`the database is away: ${SECRET}`);
    },
  });
  answers += await (await broken.post('/', { files: [fileOf()] })).text();
  answers += await (await broken.post('/', '{"files":[{"canary')).text();
  assert.doesNotMatch(answers, /database/);
  assert.ok(
    logged.every((each) => typeof each === 'string'),
    'an Error would bring its stack',
  );
  const log = logged.join('\n');
  for (const canary of [/canary/i, /arn:/, /CANARY/, /StringToSign/, /\n\s+at /, /X-Amz-Signature/i]) {
    assert.doesNotMatch(answers, canary);
    assert.doesNotMatch(log, canary);
  }
  assert.match(log, /storage-failed: SignatureDoesNotMatch \(403/, 'the operator is told');
  assert.match(log, /internal: Error: the database is away: \[hidden\]/);
});

test('S-17 a grant holds the credential’s scope, and no secret', async () => {
  const signer = signerOf();
  const text = await (await signer.post('/', { files: [fileOf()] })).text();
  assert.ok(text.includes(`${CREDENTIALS.accessKeyId}/`));
  assert.ok(!text.includes(CREDENTIALS.secretAccessKey) && !text.includes(SECRET));
});

test('S-17 no canary is in any log line, answer or metric, whatever goes wrong', async (t) => {
  const live = await openBucket();
  t.after(() => live.close());
  let status = 500;
  const heard: IncomingMessage[] = [];
  const application = createServer((request, response) => {
    heard.push(request);
    response.writeHead(status, 'canary-of-the-application').end('canary-of-the-application');
  }).listen(0, '127.0.0.1');
  t.after(() => application.close());
  await once(application, 'listening');
  const service = await serviceOf({
    ...settingsFor(live),
    SIGNER_AUTH: 'token',
    SIGNER_TOKENS: `anna=${TOKEN}`,
    SIGNER_JWT_SECRET: JWT_SECRET,
    SIGNER_FORM: '1',
    SIGNER_ALLOW_DELETE: '1',
    SIGNER_WEBHOOK_URL: `http://127.0.0.1:${(application.address() as AddressInfo).port}/canary-of-a-path`,
    SIGNER_WEBHOOK_SECRET: 'canary webhook secret',
  });
  const auth = { Authorization: `Bearer ${TOKEN}` };
  const answers: string[] = [];
  const ask = async (path: string, body: unknown, headers: Record<string, string> = auth) => {
    const response = await service.post(`/sign${path}`, body, headers);
    const text = await response.text();
    // Grants are meant for whom they are given to.
    if (!response.ok) answers.push(text + JSON.stringify([...response.headers]));
    return { status: response.status, body: (text && JSON.parse(text)) as { files: SignedPost[] } };
  };
  const [{ ticket, fields, url }] = (await ask('', { files: [fileOf({ size: 5 })] })).body.files as [SignedPost];
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  form.set('file', new Blob(['hello']));
  assert.equal((await fetch(url, { method: 'POST', body: form })).status, 201);
  assert.equal((await ask('/confirm', { ticket })).status, 502, 'the application would not hear of it');
  status = 204;
  assert.equal((await ask('/confirm', { ticket })).status, 200);
  assert.ok(heard.length > 1 && heard.every(({ headers }) => headers['webhook-signature']));

  await ask('', { files: [fileOf()] }, { Authorization: 'Bearer canary-of-a-stranger' });
  await ask('', { files: [fileOf({ type: 'text/html', name: 'canary.html' })] });
  live.proxy.faults = [{ do: 'answer', method: 'POST', path: 'uploads', status: 500, body: STORAGE_ERROR }];
  await ask('', { files: [fileOf({ name: 'a.mp4', type: 'video/mp4', size: 2e7 })] });
  live.proxy.faults = [{ do: 'answer', method: '*', status: 403, body: STORAGE_ERROR }];
  for (const path of ['/sign-again', '/confirm', '/abort', '/parts/list', '/complete', '/delete', '/nowhere']) {
    await ask(path, { ticket });
    await ask(path, { ticket: `${ticket}x` });
  }
  const sealed = sealTicket({ ...ticketOfAnn, owner: 'anna', uploadId: 'canary-upload' }, [SECRET]);
  for (const path of ['/parts/list', '/complete', '/abort']) await ask(path, { ticket: sealed });
  await service.get('/sign/form?type=image/png', auth);

  const log = service.lines.join('\n');
  assert.ok(service.logged('error').length > 2, 'the operator is told what failed');
  assert.match(log, /The application answered 500/);
  for (const text of [log, await service.metrics(), answers.join('\n')]) {
    assert.doesNotMatch(text, /canary(?!\.html)|CANARY/i);
    for (const secret of [SECRET, TOKEN, fields['X-Amz-Signature']!, fields.Policy!, ticket!]) {
      assert.ok(!text.includes(secret));
    }
    assert.ok(!text.includes(live.credentials.secretAccessKey));
    assert.doesNotMatch(text, /X-Amz-(?!Request)|Bearer c|\n\s+at /i);
  }
});

test('S-17 a password that Redis refuses is in no log line', needs('redis-server'), async (t) => {
  await using redis = await startRedis({ requirepass: 'the right one' });
  const service = await serviceOf({
    SIGNER_REDIS_URL: redis.url.replace('//', '//:canary-redis-password@'),
    SIGNER_FILES_PER_DAY: '1',
  });
  t.after(service.close);
  // Signing asks nobody, and would leave Redis no time to answer.
  while (service.logged('redis').length === 0) await new Promise(setImmediate);
  assert.equal((await service.sign()).status, 200, 'limits are held in memory');
  assert.match(service.lines.join('\n'), /WRONGPASS|NOAUTH/);
  assert.doesNotMatch(service.lines.join('\n'), /canary-redis/);
});

test('S-17 a secret that slips into an error is struck out of the log', () => {
  const given = {
    AWS_SECRET_ACCESS_KEY: 'canary/aws+secret',
    AWS_SESSION_TOKEN: 'canary-session-token',
    SIGNER_SECRET: 'canary-new-secret,canary-old-secret',
    SIGNER_TOKENS: 'anna=canary-token-of-anna,canary-token-of-nobody',
    SIGNER_JWT_SECRET: 'canary-jwt-secret',
    SIGNER_WEBHOOK_SECRET: 'canary-webhook-secret',
    SIGNER_REDIS_URL: 'rediss://default:canary%2Fredis@127.0.0.1:9',
  };
  const { secrets } = settingsOf({ SIGNER_AUTH: 'token', ...given });
  const lines: string[] = [];
  const log = createLog({ secrets, clientAddress: () => undefined, write: (line) => lines.push(line) });
  const slips = Object.values(given).flatMap((value) => value.split(',').map((each) => each.replace('anna=', '')));
  for (const slip of [...slips, 'canary/redis', 'canary%2Fredis']) {
    log.error('slip', new Error(`not ${slip}`, { cause: new Error(slip) }));
    log.info('slip', { message: `of ${slip}` });
  }
  assert.equal(lines.length, 2 * (slips.length + 2));
  assert.doesNotMatch(lines.join('\n'), /canary/);
});

test('S-18 no request names a place: nothing but the configured storage is ever asked', async () => {
  const signer = signerOf();
  for (const member of ['endpoint', 'region', 'bucket', 'url', 'source']) {
    const response = await signer.post('/', { files: [fileOf()], [member]: 'http://169.254.169.254/' });
    assert.equal(response.status, 400);
  }
  assert.deepEqual(signer.calls, []);
});

test('S-19 no answer is stored or sniffed', async () => {
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

test('S-19 nor any of the service around it', async () => {
  const service = await serviceOf();
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
  test(`S-20 the ${name} template lets the signer do the least it needs, in its folder alone`, async () => {
    const { allowed, prefix } = await read();
    assert.equal(allowed.length, 1);
    const [{ effect, actions, resource }] = allowed as [(typeof allowed)[0]];
    assert.equal(effect, 'Allow');
    assert.deepEqual(new Set(actions as string[]), new Set(SIGNER_ACTIONS));
    assert.match(resource, /^\$\{(Bucket\.Arn|aws_s3_bucket\.uploads\.arn)\}\/\$\{(Prefix|var\.prefix)\}\*$/);
    for (const good of ['uploads/', 'in/web/']) assert.match(good, prefix);
    for (const bad of ['uploads', '', '/', '*', 'up*/', '/uploads/']) assert.doesNotMatch(bad, prefix, bad);
  });

  test(`S-20 the ${name} template shuts the bucket to the public and to ACLs`, async () => {
    const { publicAccessBlock, ownership, statements } = await read();
    assert.deepEqual(publicAccessBlock, [true, true, true, true]);
    assert.equal(ownership, 'BucketOwnerEnforced');
    for (const { effect } of statements) assert.equal(effect, 'Deny', 'the bucket’s own policy grants nothing');
  });

  test(`S-20 the ${name} template refuses signatures older than 15 minutes and plain HTTP, whoever comes`, async () => {
    const { statements } = await read();
    const [age, plain, ...others] = statements;
    assert.deepEqual(others, []);
    for (const { principal } of statements) assert.equal(principal, '*');
    for (const { resources } of statements) assert.match(resources.at(-1)!, /(Bucket\.Arn|uploads\.arn)\}\/\*$/);
    assert.deepEqual([age!.actions, age!.resources.length], [['s3:PutObject'], 1]);
    assert.deepEqual(age!.condition, {
      test: 'NumericGreaterThan',
      variable: 's3:signatureAge',
      value: '900000',
    });
    assert.deepEqual([plain!.actions, plain!.resources.length], [['s3:*'], 2]);
    assert.deepEqual(plain!.condition, { test: 'Bool', variable: 'aws:SecureTransport', value: 'false' });
  });

  test(`S-20 the ${name} template ends orphaned uploads within a week, in the signer’s folder`, async () => {
    const { days, prefix } = (await read()).orphans;
    assert.equal(days, 7);
    assert.match(String(prefix), /^(Prefix|\$\{var\.prefix\})$/);
  });

  test(`S-20 the ${name} template has the CORS rule of the doctor, for named pages and never for all`, async () => {
    const { cors, origin } = await read();
    const { AllowedMethods, AllowedHeaders } = corsRule([]);
    const { origins, ...rest } = cors;
    assert.deepEqual(rest, { methods: AllowedMethods, headers: AllowedHeaders, exposed: EXPOSED });
    assert.match(String(origins), /^(Origins|\$\{var\.origins\})$/, 'what the operator names, and nothing besides');
    assert.match('https://www.example.com', origin);
    for (const bad of ['*', 'https://*', 'https://*.example.com', 'https://a.example/page', '']) {
      assert.doesNotMatch(bad, origin, bad);
    }
  });
}

test('S-21 metadata is from the list, and names no prototype', async () => {
  const signer = signerOf({ metadata: ['album'] });
  const [file] = await signer.sign([{}], { metadata: { album: 'Süd & "West"' } });
  const album = (file as SignedPost).fields['x-amz-meta-album']!;
  assert.equal(decodeURIComponent(album), 'Süd & "West"');
  for (const metadata of ['{"tag":"x"}', '{"__proto__":"x"}', '{"Album":"x"}', `{"album":"${'x'.repeat(2048)}"}`]) {
    const response = await signer.post('/', `{"files":[${JSON.stringify(fileOf())}],"metadata":${metadata}}`);
    assert.equal(response.status, 400, metadata.slice(0, 40));
  }
});

test('S-22 no name changes the structure of the policy', async () => {
  const shape = async (name: string): Promise<string[]> => {
    const [file] = await signerOf().sign([{ name }]);
    return policyOf((file as SignedPost).fields).conditions.map((each) =>
      Array.isArray(each) ? each[0] : Object.keys(each).join(),
    );
  };
  const plain = await shape('cat.jpg');
  for (const name of ['"', '\\', '\n', '"},{"acl":"public-read', '"]]}', "'", '\u2028.jpg'])
    assert.deepEqual(await shape(name), plain);
});

test('S-23 every grant and refusal is an event, without ticket or signature', async () => {
  const events: SignerEvent[] = [];
  const signer = signerOf({ onEvent: (event) => events.push(event) });
  const [granted] = await signer.sign([{}, { type: 'text/html' }]);
  assert.ok('key' in granted!);
  assert.deepEqual(events, [
    { action: 'sign', owner: 'ann', key: granted.key, size: 1000, type: 'image/jpeg', method: 'POST', expires: 900 },
    { action: 'sign', owner: 'ann', code: 'file-type' },
  ]);
});

test('S-23 every grant is one line: who, what, until when, from where, and nothing that lets anyone upload', async () => {
  const service = await serviceOf({
    SIGNER_AUTH: 'token',
    SIGNER_TOKENS: `anna=${TOKEN}`,
    SIGNER_TRUSTED_PROXIES: '10.0.0.1',
  });
  const headers = { Authorization: `Bearer ${TOKEN}`, 'X-Test-Peer': '10.0.0.1', 'X-Forwarded-For': '198.51.100.7' };
  const files = [fileOf({ id: '1' }), fileOf({ id: '2', size: 2000, type: 'image/png', name: 'b.png' })];
  const refused = fileOf({ id: '3', type: 'text/html', name: 'c.html' });
  const response = await service.post('/sign', { files: [...files, refused] }, headers);
  const { files: answers } = (await response.json()) as { files: { key: string }[] };
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
      key: answers[i]!.key,
      size,
      type,
      method: 'POST',
    });
    const seconds = (Date.parse(exp as string) - Date.parse(time as string)) / 1000;
    assert.ok(Math.abs(seconds - 900) <= 2, `${seconds} s`);
  }
  assert.deepEqual(
    service.logged('refusal').map(({ owner, code, ip }) => ({ owner, code, ip })),
    [{ owner: 'anna', code: 'file-type', ip: '198.51.100.7' }],
  );
});

test('S-23 what is granted later is told as well: the same file again, parts with their numbers, forms with their key', async (t) => {
  const live = await openBucket();
  t.after(() => live.close());
  const service = await serviceOf({ ...settingsFor(live), SIGNER_FORM: '1' });
  const seconds = ({ exp, time }: Record<string, unknown>) =>
    Math.round((Date.parse(exp as string) - Date.parse(time as string)) / 1000);
  const large = fileOf({ id: '2', name: 'a.mp4', type: 'video/mp4', size: 2e7 });
  const signed = await service.post('/sign', { files: [fileOf(), large] });
  const { files } = (await signed.json()) as { files: [SignedPost, SignedMultipart] };
  await service.post('/sign/sign-again', { ticket: files[0].ticket });
  const parts = [1, 2].map((number) => ({ number, size: 8_388_608 }));
  await service.post('/sign/parts', { ticket: files[1].ticket, parts });
  const page = await (await service.get('/sign/form?type=image/png')).text();

  const [small, multipart, again, ofParts, form] = service.logged('grant') as [Line, Line, Line, Line, Line];
  assert.deepEqual([small.action, multipart.action], ['sign', 'sign']);
  assert.equal(seconds(multipart), 7 * 86_400, 'until then its parts may be signed');
  assert.deepEqual([again.action, again.key, seconds(again)], ['sign-again', files[0].key, 900]);
  assert.deepEqual(
    [ofParts.action, ofParts.key, ofParts.parts, seconds(ofParts)],
    ['parts', files[1].key, [1, 2], 900],
  );
  assert.deepEqual([form.action, form.key, seconds(form)], ['form', fieldsOf(page).key, 900]);
  assert.equal(service.logged('grant').length, 5);
});

test('S-24 signing a file twice gives two keys; signing it again by its ticket the same one', async () => {
  const signer = signerOf();
  const [one, two] = (await signer.sign([{}, {}])) as SignedPost[];
  assert.notEqual(one!.key, two!.key);
  const again = (await (await signer.post('/sign-again', { ticket: one!.ticket })).json()) as SignedPost;
  assert.equal(again.key, one!.key);
  assert.equal(again.id, one!.id);
  assert.deepEqual(policyOf(again.fields).conditions.slice(0, 5), policyOf(one!.fields).conditions.slice(0, 5));
});
