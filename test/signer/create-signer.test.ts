import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { getRequestListener } from '@hono/node-server';
import express from 'express';
import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { SignerEvent } from '../../signer/core/events.ts';
import type { Demand } from '../../signer/core/limiter.ts';
import type { Principal } from '../../signer/core/principal.ts';
import { fileOf, ORIGIN, problemOf, SECRET, signerOf } from '../fixtures/signer.ts';

test('the signer can be mounted at any path of an app and does not affect its other routes', async () => {
  const host = new Hono();
  host.route('/api/uploads', signerOf({ form: true }).app);
  host.get('/', (c) => c.text('home'));
  const send = (path: string): Promise<Response> =>
    Promise.resolve(
      host.request(path, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Origin: ORIGIN },
        body: JSON.stringify({ files: [fileOf()] }),
      }),
    );
  assert.equal((await send('/api/uploads')).status, 200);
  const refused = await send('/api/uploads/confirm');
  assert.equal(refused.headers.get('Content-Type'), 'application/problem+json');
  const home = await host.request('/');
  assert.equal(home.headers.get('Cache-Control'), null);
  const form = await (await host.request('http://host.example/api/uploads/form?type=image/png')).text();
  assert.match(form, /value="http:\/\/host\.example\/api\/uploads\/form\/done"/);
});

test('a ticket expires after seven days by default, as long as <s3-uploader> remembers an upload', async () => {
  const [file] = await signerOf({ limits: { types: ['video/mp4'] } }).sign([
    { size: 1000, name: 'a.mp4', type: 'video/mp4' },
  ]);
  const [, payload = ''] = ('ticket' in file! && file.ticket ? file.ticket : '').split('.');
  const { expires } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { expires: number };
  const days = (expires - Date.now() / 1000) / 86_400;
  assert.ok(days > 6.99 && days <= 7, `${days} days`);
});

test('authorize gets the files, and a Response that it returns is sent unchanged', async () => {
  const seen: string[] = [];
  const signer = signerOf({
    authorize: (c, files) => {
      seen.push(...files.map(({ name }) => name));
      return c.req.header('Cookie') ? { owner: 'ann' } : c.json({ why: 'no cookie' }, 418);
    },
  });
  const refused = await signer.post('/', { files: [fileOf()] });
  assert.equal(refused.status, 418);
  assert.deepEqual(await refused.json(), { why: 'no cookie' });
  assert.equal(refused.headers.get('Access-Control-Allow-Origin'), ORIGIN);
  assert.equal((await signer.post('/', { files: [fileOf()] }, { Cookie: 'id=1' })).status, 200);
  assert.deepEqual(seen, ['cat.jpg', 'cat.jpg']);
});

test('the message of an HTTPException from authorize is sent, that of any other error is not', async () => {
  const signerThrowing = (error: Error): ReturnType<typeof signerOf> =>
    signerOf({
      authorize: () => {
        throw error;
      },
    });
  const shown = await signerThrowing(new HTTPException(403, { message: 'Your trial is over.' })).post('/', {
    files: [fileOf()],
  });
  assert.equal(shown.status, 403);
  assert.equal((await problemOf(shown)).detail, 'Your trial is over.');
  const hidden = await signerThrowing(new Error('db.internal refused')).post('/', { files: [fileOf()] });
  assert.equal(hidden.status, 500);
  assert.doesNotMatch(await hidden.text(), /db\.internal/);
});

test('the limits of a principal apply to that caller only', async () => {
  const signer = signerOf({
    limits: { maxFileSize: 2000 },
    authorize: (c) => (c.req.header('X-Plan') ? { owner: 'eve', limits: { maxFileSize: 10 } } : { owner: 'ann' }),
  });
  const sign = async (headers: Record<string, string>): Promise<string> =>
    (await signer.post('/', { files: [fileOf({ size: 11 })] }, headers)).text();
  assert.match(await sign({ 'X-Plan': 'free' }), /"code":"file-too-large".*"limit":10/);
  assert.match(await sign({}), /"method":"POST"/);
});

const INVALID_PRINCIPALS: [name: string, returned: unknown, message: RegExp][] = [
  ['no owner', {}, /owner: .*expected string/],
  ['an undefined owner', { owner: undefined }, /owner: .*expected string/],
  ['a number as owner', { owner: 42 }, /owner: .*expected string/],
  ['a notBefore in milliseconds', { owner: 'ann', notBefore: 1_795_000_000_000 }, /notBefore: must be seconds/],
  ['a notBefore as a string', { owner: 'ann', notBefore: '1795000000' }, /notBefore: /],
  ['a prefix with ..', { owner: 'ann', prefix: '../bob' }, /prefix: /],
  ['a misspelt member', { owner: 'ann', limit: { maxFileSize: 1 } }, /limit/],
  ['a misspelt limit', { owner: 'ann', limits: { maxSize: 1 } }, /maxSize/],
  ['a limit that is NaN', { owner: 'ann', limits: { maxFileSize: NaN } }, /limits.maxFileSize/],
  ['a limit as a string', { owner: 'ann', limits: { maxFileSize: '1000' } }, /limits.maxFileSize/],
  ['limits that contradict each other', { owner: 'ann', limits: { minFileSize: 9e9 } }, /at least minFileSize/],
  ['a type that a browser executes', { owner: 'ann', limits: { types: ['image/svg+xml'] } }, /must not name/],
  ['an empty list of types', { owner: 'ann', limits: { types: [] } }, /limits.types/],
];

for (const [name, owner] of [
  ['an owner of 10,000 characters', 'x'.repeat(10_000)],
  ['an owner of 257 characters', 'x'.repeat(257)],
  ['an owner whose folder makes keys too long', 'ä'.repeat(100)],
] as const) {
  test(`a signer whose authorize returns ${name} responds with 403, because the caller may have chosen it`, async () => {
    const signer = signerOf({ authorize: () => ({ owner }) });
    const response = await signer.post('/', { files: [fileOf()] });
    assert.deepEqual([response.status, (await problemOf(response)).code], [403, 'owner-too-long']);
    assert.deepEqual(signer.calls, []);
  });
}

for (const [name, returned, message] of INVALID_PRINCIPALS) {
  test(`a signer whose authorize returns ${name} responds with 500 and logs the reason`, async () => {
    const events: SignerEvent[] = [];
    const signer = signerOf({ authorize: () => returned as Principal, onEvent: (event) => events.push(event) });
    const response = await signer.post('/', { files: [fileOf({ size: 4e9 }), fileOf({ id: '2' })] });
    assert.equal(response.status, 500);
    assert.equal((await problemOf(response)).code, 'internal');
    const [{ error } = {}] = events;
    assert.match((error as Error).message, message);
    assert.deepEqual(signer.calls, []);
  });
}

test('an undefined limit of a principal is the signer’s limit', async () => {
  const signer = signerOf({
    limits: { maxFileSize: 1000 },
    authorize: () => ({ owner: 'ann', limits: { maxFileSize: undefined, types: undefined } }),
  });
  const [small, large] = await signer.sign([{ size: 1000 }, { size: 4_000_000_000 }]);
  assert.ok('url' in small! && 'error' in large!);
  assert.equal(large.error.limit, 1000);
});

test('keys have at most 512 characters, with the longest owner', async () => {
  const prefix = 'p'.repeat(256);
  const limits = { types: ['image/unheard-of'] };
  const signer = signerOf({ prefix, limits, authorize: () => ({ owner: 'x'.repeat(207) }) });
  const [file] = await signer.sign([{ name: `a.${'e'.repeat(10)}`, type: 'image/unheard-of' }]);
  assert.ok('key' in file!);
  assert.equal(file.key.length, 512);
});

test('a limiter gets the demand of each request, and its refusal becomes a 429 with Retry-After', async () => {
  const demands: Demand[] = [];
  const signer = signerOf({
    form: true,
    multipartFrom: 5000,
    limits: { maxFileSize: 6000 },
    limiter: {
      reserve: (_c, _caller, demand) => {
        demands.push(demand);
        return Promise.resolve({ code: 'too-many', message: 'Later, please.', retryAfter: 2.5 });
      },
    },
  });
  const files = [fileOf(), fileOf({ id: '2', size: 5000 }), fileOf({ id: '3', type: 'text/html' })];
  const response = await signer.post('/', { files });
  assert.equal(response.status, 429);
  assert.equal(response.headers.get('Retry-After'), '3');
  assert.match(response.headers.get('Access-Control-Expose-Headers')!, /Retry-After/);
  assert.equal((await problemOf(response)).code, 'too-many');
  assert.equal((await signer.app.request('/form?type=image/png')).status, 429);
  const [{ multiparts: [upload, ...others] = [], ...first } = {}, second] = demands;
  assert.deepEqual(first, { files: 2, bytes: 6000 });
  assert.match(upload?.key ?? '', /^uploads\/ann\//);
  assert.equal(upload?.size, 5000);
  assert.deepEqual(others, []);
  assert.deepEqual(second, { files: 1, bytes: 6000, multiparts: [] });
  assert.deepEqual(signer.calls, []);
});

test('allowHeaders allows further request headers, and no others', async () => {
  const preflight = await signerOf({ allowHeaders: ['X-Api-Key'] }).app.request('/', {
    method: 'OPTIONS',
    headers: { Origin: ORIGIN, 'Access-Control-Request-Headers': 'x-api-key,x-other' },
  });
  assert.match(preflight.headers.get('Access-Control-Allow-Headers')!, /X-Api-Key/);
  assert.doesNotMatch(preflight.headers.get('Access-Control-Allow-Headers')!, /x-other/i);
});

test('createSigner names an invalid option', () => {
  const invalid = [
    [{ bucket: '' }, /bucket/],
    [{ bucket: 's3://uploads' }, /bucket must be the bucket's name alone/],
    [{ metadata: ['name'] }, /metadata must not contain "name"/],
    [{ metadata: ['Album'] }, /metadata must be names/],
    [{ secret: 'short' }, /secret must have at least 32 characters, of which at least 10 differ/],
    [{ secret: 'a'.repeat(64) }, /secret must have at least 32 characters, of which at least 10 differ/],
    [{ receiptSecret: 'short' }, /receiptSecret must have at least 32/],
    [{ receiptSecret: SECRET }, /receiptSecret must differ/],
    [{ audience: 'x'.repeat(258) }, /audience must be a text of at most 257/],
    [{ secret: [] }, /secret is missing: set SIGNER_SECRET/],
    [{ secret: undefined }, /secret is missing: set SIGNER_SECRET.*openssl rand -hex 32/],
    [{ secret: null as never }, /secret is missing/],
    [{ secret: [undefined] as never }, /secret is missing/],
    [{ origins: 'https://site.example' as never }, /origins must be a list/],
    [{ metadata: 'album' as never }, /metadata must be a list/],
    [{ origins: ['*'] }, /origins/],
    [{ origins: ['capacitor://*'] }, /origins/],
    [{ origins: ['capacitor://localhost/app'] }, /origins/],
    [{ origins: ['file:///index.html'] }, /origins/],
    [{ origins: ['capacitor:localhost'] }, /origins/],
    [{ origins: ['null'] }, /origins/],
    [{ prefix: '../' }, /prefix/],
    [{ expires: 0 }, /expires/],
    [{ ticketExpires: 1e9 }, /ticketExpires/],
    [{ multipartFrom: 6e9 }, /multipartFrom/],
    [{ partSize: 1024 }, /partSize/],
    [{ limits: { maxFileSize: 1, minFileSize: 2 } }, /maxFileSize/],
    [{ limits: { types: ['image/svg+xml'] } }, /types/],
    [{ formRedirect: '/done' }, /formRedirect/],
    [{ form: { maxFileSize: NaN } }, /form.maxFileSize/],
  ] as const;
  for (const [options, message] of invalid) assert.throws(() => signerOf(options), { name: 'TypeError', message });
});

for (const origin of [
  'capacitor://localhost',
  'ionic://localhost',
  'tauri://localhost',
  'http://tauri.localhost',
  'chrome-extension://abcdefghijklmnopabcdefghijklmnop',
  'moz-extension://2c127fa4-62c7-7e4f-90e5-472b45eecfdc',
  'app://obsidian.md',
  'http://[::1]:8080',
]) {
  test(`pages of the origin ${origin} may use the signer that names it, and others may not`, async () => {
    const { app } = signerOf({ origins: [`${origin}/`] });
    const preflight = (from: string) =>
      app.request('/', { method: 'OPTIONS', headers: { Origin: from, 'Access-Control-Request-Method': 'POST' } });
    assert.equal((await preflight(origin)).headers.get('Access-Control-Allow-Origin'), origin);
    for (const other of ['null', 'https://evil.example', `${origin}.evil`, `${origin}:1`]) {
      assert.equal((await preflight(other)).headers.get('Access-Control-Allow-Origin'), null, other);
    }
  });
}

for (const [mount, host] of [
  ['/sign', new Hono()],
  ['/api/sign', new Hono({ strict: false })],
] as const) {
  test(`every call of a signer at ${mount} may end with a slash`, async () => {
    host.route(mount, signerOf().app);
    const statusOf = async (path: string, body: object) => {
      const headers = { 'Content-Type': 'application/json', Origin: ORIGIN };
      return (await host.request(mount + path, { method: 'POST', headers, body: JSON.stringify(body) })).status;
    };
    assert.deepEqual(
      [await statusOf('', { files: [fileOf()] }), await statusOf('/', { files: [fileOf()] })],
      [200, 200],
    );
    assert.deepEqual([await statusOf('/parts/', {}), await statusOf('/parts/list/', {})], [400, 400]);
    assert.equal((await host.request(`${mount}/`)).status, 405);
  });
}

test('a body that a parser has read before is named, with the fix', async () => {
  const host = express();
  host.use(express.json());
  const listener = getRequestListener(signerOf().app.fetch);
  host.post('/', (request, response) => void listener(request, response));
  const server = host.listen(0, '127.0.0.1');
  try {
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: ORIGIN },
      body: JSON.stringify({ files: [fileOf()] }),
    });
    const { status, code, detail } = await problemOf(response);
    assert.deepEqual([status, code], [400, 'body-consumed']);
    assert.match(detail!, /before body parsers such as express\.json\(\)/);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
