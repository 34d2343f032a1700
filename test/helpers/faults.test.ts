import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, test } from 'node:test';
import { startFaultProxy } from './faults.ts';
import type { FaultProxy } from './faults.ts';

const BODY = new Uint8Array(300_000).map((_, i) => i % 251);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** What the server behind the proxy got in full. */
let stored: string[];
let proxy: FaultProxy;
let server: ReturnType<typeof createServer>;

beforeEach(async () => {
  stored = [];
  server = createServer((req, res) => {
    const hash = createHash('sha256');
    req.on('data', (chunk: Buffer) => hash.update(chunk));
    req.on('end', () => {
      stored.push(hash.digest('hex'));
      res.writeHead(201, { etag: '"e"', 'access-control-allow-origin': '*' }).end('<PostResponse/>');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = await startFaultProxy(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});

afterEach(async () => {
  await proxy.close();
  server.close();
  server.closeAllConnections();
});

const post = (init?: RequestInit) => fetch(`${proxy.url}/b?x=1`, { method: 'POST', body: BODY, ...init });

test('passes bytes and answers unharmed, and counts them', async () => {
  const res = await post();
  assert.equal(res.status, 201);
  assert.equal(res.headers.get('etag'), '"e"');
  assert.equal(await res.text(), '<PostResponse/>');
  assert.deepEqual(stored, [sha256(BODY)]);
  const [entry] = proxy.requests;
  assert.equal(entry?.method, 'POST');
  assert.equal(entry?.path, '/b?x=1');
  assert.equal(entry?.bytes, BODY.length);
  assert.equal(proxy.peak, 1);
});

test('keeps JSON bodies in the log', async () => {
  await post({ body: '{"files":[1]}', headers: { 'content-type': 'application/json' } });
  assert.deepEqual(proxy.requests[0]?.json, { files: [1] });
});

for (const at of [{ bytes: 0 }, { bytes: 1000 }, { share: 0.5 }, { share: 0.99 }]) {
  test(`cuts at ${JSON.stringify(at)}, and the server never has the whole`, async () => {
    proxy.faults = [{ do: 'cut', at, times: 1 }];
    await assert.rejects(post(), TypeError);
    assert.equal(proxy.requests[0]?.bytes, 'bytes' in at ? at.bytes : at.share * BODY.length);
    assert.deepEqual(stored, []);
    assert.equal((await post()).status, 201);
  });
}

test('stalls until released, then goes on where it was', async () => {
  proxy.faults = [{ do: 'stall', at: { share: 0.4 } }];
  const answer = post();
  await proxy.arrived(1);
  const first = await Promise.race([answer, new Promise((r) => setTimeout(r, 100, 'nothing'))]);
  assert.equal(first, 'nothing');
  assert.equal(proxy.requests[0]?.bytes, 120_000);
  proxy.release();
  assert.equal((await answer).status, 201);
  assert.deepEqual(stored, [sha256(BODY)]);
});

test('lets go of what has arrived, though it has not come to the place where it would be held', async () => {
  for (const fault of [{ do: 'swallow' }, { do: 'stall', at: { share: 0.9 } }] as const) {
    proxy.reset();
    proxy.faults = [fault];
    const answer = post({ signal: AbortSignal.timeout(5000) });
    await proxy.arrived(1);
    proxy.release();
    assert.equal((await answer).status, 201);
  }
});

test('a client that gives up on a stall frees the proxy', async () => {
  proxy.faults = [{ do: 'stall', at: { bytes: 10 } }];
  await assert.rejects(post({ signal: AbortSignal.timeout(50) }), { name: 'TimeoutError' });
  proxy.faults = [];
  assert.equal((await post()).status, 201);
});

test('swallows an answer although the server has stored the body', async () => {
  proxy.faults = [{ do: 'swallow' }];
  await assert.rejects(post({ signal: AbortSignal.timeout(300) }), { name: 'TimeoutError' });
  assert.deepEqual(stored, [sha256(BODY)]);
  proxy.faults = [{ do: 'swallow', stored: false }];
  await assert.rejects(post({ signal: AbortSignal.timeout(300) }), { name: 'TimeoutError' });
  assert.equal(stored.length, 1);
  assert.equal(proxy.requests[1]?.bytes, BODY.length);
});

test('resets after the whole body, stored or not', async () => {
  proxy.faults = [
    { do: 'reset', times: 1 },
    { do: 'reset', stored: false },
  ];
  await assert.rejects(post(), TypeError);
  assert.deepEqual(stored, [sha256(BODY)]);
  await assert.rejects(post(), TypeError);
  assert.equal(stored.length, 1);
});

test('answers in place of the server, so many times, with headers a page may read', async () => {
  const body = '<Error><Code>SlowDown</Code></Error>';
  proxy.faults = [{ do: 'answer', status: 503, headers: { 'retry-after': '3' }, body, times: 2 }];
  const refused = await post({ headers: { origin: 'http://page.test' } });
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get('retry-after'), '3');
  assert.equal(refused.headers.get('access-control-allow-origin'), 'http://page.test');
  assert.match(refused.headers.get('access-control-expose-headers') ?? '', /Retry-After/);
  assert.equal(await refused.text(), body);
  assert.equal((await post()).status, 503);
  assert.equal((await post()).status, 201);
  assert.equal(stored.length, 1);
});

test('refuses a preflight only when told to', async () => {
  proxy.faults = [{ do: 'answer', status: 403, cors: false, method: 'OPTIONS' }];
  const preflight = await fetch(proxy.url, { method: 'OPTIONS', headers: { origin: 'http://page.test' } });
  assert.equal(preflight.status, 403);
  assert.equal(preflight.headers.get('access-control-allow-origin'), null);
  assert.equal((await post()).status, 201);
  assert.equal(proxy.preflights.length, 1);
  assert.equal(proxy.requests.length, 1);
});

test('takes headers away from an answer', async () => {
  proxy.faults = [{ do: 'headers', headers: { 'Access-Control-Allow-Origin': null, etag: '"other"' } }];
  const res = await post();
  assert.equal(res.status, 201);
  assert.equal(res.headers.get('access-control-allow-origin'), null);
  assert.equal(res.headers.get('etag'), '"other"');
});

test('skips the first ones, and strikes by path', async () => {
  proxy.faults = [{ do: 'answer', status: 500, path: '/b', skip: 1, times: 1 }];
  assert.equal((await fetch(`${proxy.url}/other`)).status, 201);
  assert.equal((await post()).status, 201);
  assert.equal((await post()).status, 500);
  assert.equal((await post()).status, 201);
});

test('sees how many there are at a time, and adds a round trip', async () => {
  proxy.pace = { latency: 60 };
  const start = performance.now();
  await Promise.all([post(), post(), post()]);
  assert.ok(performance.now() - start >= 60);
  assert.equal(proxy.peak, 3);
});

test('reads at a set rate', async () => {
  proxy.pace = { bytesPerSecond: 1_000_000 };
  const start = performance.now();
  await post();
  assert.ok(performance.now() - start >= 290);
});
