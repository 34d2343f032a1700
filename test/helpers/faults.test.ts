import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, test } from 'node:test';
import { startFaultProxy } from './faults.ts';
import type { FaultProxy } from './faults.ts';
import { sha256 } from '../fixtures/sha256.ts';

const BODY = new Uint8Array(300_000).map((_, i) => i % 251);
/** Hashes of the bodies that the server behind the proxy has received completely. */
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

test('the proxy passes on requests and responses unchanged, and logs them', async () => {
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

test('the log has JSON bodies parsed', async () => {
  await post({ body: '{"files":[1]}', headers: { 'content-type': 'application/json' } });
  assert.deepEqual(proxy.requests[0]?.json, { files: [1] });
});

for (const at of [{ bytes: 0 }, { bytes: 1000 }, { share: 0.5 }, { share: 0.99 }]) {
  test(`a cut at ${JSON.stringify(at)} resets the connection, and the server never gets the whole body`, async () => {
    proxy.faults = [{ do: 'cut', at, times: 1 }];
    await assert.rejects(post(), TypeError);
    assert.equal(proxy.requests[0]?.bytes, 'bytes' in at ? at.bytes : at.share * BODY.length);
    assert.deepEqual(stored, []);
    assert.equal((await post()).status, 201);
  });
}

test('a stalled request continues once it is released', async () => {
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

test('release() applies to requests that have arrived but not yet stopped', async () => {
  for (const fault of [{ do: 'swallow' }, { do: 'stall', at: { share: 0.9 } }] as const) {
    proxy.reset();
    proxy.faults = [fault];
    const answer = post({ signal: AbortSignal.timeout(5000) });
    await proxy.arrived(1);
    proxy.release();
    assert.equal((await answer).status, 201);
  }
});

test('the proxy still works after a client has aborted a stalled request', async () => {
  proxy.faults = [{ do: 'stall', at: { bytes: 10 } }];
  await assert.rejects(post({ signal: AbortSignal.timeout(50) }), { name: 'TimeoutError' });
  proxy.faults = [];
  assert.equal((await post()).status, 201);
});

test('a swallowed request gets no response, and reaches the server unless `stored` is false', async () => {
  proxy.faults = [{ do: 'swallow' }];
  await assert.rejects(post({ signal: AbortSignal.timeout(300) }), { name: 'TimeoutError' });
  assert.deepEqual(stored, [sha256(BODY)]);
  proxy.faults = [{ do: 'swallow', stored: false }];
  await assert.rejects(post({ signal: AbortSignal.timeout(300) }), { name: 'TimeoutError' });
  assert.equal(stored.length, 1);
  assert.equal(proxy.requests[1]?.bytes, BODY.length);
});

test('a reset closes the connection after the whole body, which reaches the server unless `stored` is false', async () => {
  proxy.faults = [
    { do: 'reset', times: 1 },
    { do: 'reset', stored: false },
  ];
  await assert.rejects(post(), TypeError);
  assert.deepEqual(stored, [sha256(BODY)]);
  await assert.rejects(post(), TypeError);
  assert.equal(stored.length, 1);
});

test('the proxy responds in place of the server, as often as `times` says, with CORS headers', async () => {
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

test('a fault for OPTIONS applies to preflights only', async () => {
  proxy.faults = [{ do: 'answer', status: 403, cors: false, method: 'OPTIONS' }];
  const preflight = await fetch(proxy.url, { method: 'OPTIONS', headers: { origin: 'http://page.test' } });
  assert.equal(preflight.status, 403);
  assert.equal(preflight.headers.get('access-control-allow-origin'), null);
  assert.equal((await post()).status, 201);
  assert.equal(proxy.preflights.length, 1);
  assert.equal(proxy.requests.length, 1);
});

test('the proxy removes and replaces headers of a response', async () => {
  proxy.faults = [{ do: 'headers', headers: { 'Access-Control-Allow-Origin': null, etag: '"other"' } }];
  const res = await post();
  assert.equal(res.status, 201);
  assert.equal(res.headers.get('access-control-allow-origin'), null);
  assert.equal(res.headers.get('etag'), '"other"');
});

test('a fault skips requests of other paths and the first `skip` requests', async () => {
  proxy.faults = [{ do: 'answer', status: 500, path: '/b', skip: 1, times: 1 }];
  assert.equal((await fetch(`${proxy.url}/other`)).status, 201);
  assert.equal((await post()).status, 201);
  assert.equal((await post()).status, 500);
  assert.equal((await post()).status, 201);
});

test('the proxy counts the requests that are open at a time, and adds latency', async () => {
  proxy.pace = { latency: 60 };
  const start = performance.now();
  await Promise.all([post(), post(), post()]);
  assert.ok(performance.now() - start >= 60);
  assert.equal(proxy.peak, 3);
});

test('the proxy reads no faster than `bytesPerSecond`', async () => {
  proxy.pace = { bytesPerSecond: 1_000_000 };
  const start = performance.now();
  await post();
  assert.ok(performance.now() - start >= 290);
});
