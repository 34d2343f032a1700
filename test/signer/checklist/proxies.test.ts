import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forwardAuth } from '../../../signer/auth/forward.ts';
import { createLimits } from '../../../signer/limits/limiter.ts';
import { fileOf, ORIGIN, problemOf, signerOf } from '../../fixtures/signer.ts';
import { createTestService } from '../service.ts';

const TOKEN = 'the-token-of-anna-alone';
const auth = { Authorization: `Bearer ${TOKEN}` };
const token = { SIGNER_AUTH: 'token', SIGNER_TOKENS: `anna=${TOKEN}` };

test('a caller is served although others behind the same proxy fail to authenticate', async () => {
  const service = await createTestService({ ...token, SIGNER_REQUESTS_PER_MINUTE: '20' });
  const statuses = [];
  for (let i = 0; i < 22; i++) statuses.push((await service.sign({ 'X-Forwarded-For': '203.0.113.66' })).status);
  assert.deepEqual(statuses.slice(18), [401, 401, 429, 429]);
  assert.equal((await service.sign({ ...auth, 'X-Forwarded-For': '198.51.100.7' })).status, 200);
});

test('a request that fails because the application is unavailable is not counted against its address', async () => {
  const limiter = createLimits({ quotas: { requestsPerMinute: 2 }, bucket: 'b', clientAddress: () => '203.0.113.1' });
  let status = 500;
  const send = async () => new Response(null, { status });
  const signer = signerOf({ limiter, authorize: forwardAuth({ url: 'http://127.0.0.1/may', fetch: send }) });
  const sign = async () => (await signer.post('/', { files: [fileOf()] })).status;
  assert.deepEqual([await sign(), await sign(), await sign()], [503, 503, 503]);
  status = 403;
  assert.deepEqual([await sign(), await sign(), await sign()], [403, 403, 429]);
});

test('a Response that authorize returns counts as a failed authentication', async () => {
  const limiter = createLimits({ quotas: { requestsPerMinute: 1 }, bucket: 'b', clientAddress: () => '203.0.113.1' });
  const signer = signerOf({ limiter, authorize: () => new Response('no', { status: 402 }) });
  const sign = () => signer.post('/', { files: [fileOf()] });
  assert.equal((await sign()).status, 402);
  const refused = await sign();
  assert.deepEqual([refused.status, (await problemOf(refused)).code], [429, 'rate-limited']);
});

test('an X-Forwarded-For of an address that is not trusted is warned of once, with the setting to change', async () => {
  const service = await createTestService({ SIGNER_TRUSTED_PROXIES: '10.0.0.0/8' });
  await service.sign();
  await service.sign({ 'X-Test-Peer': '10.0.0.1', 'X-Forwarded-For': '198.51.100.7' });
  // as AWS Lambda sends it
  await service.sign({ 'X-Test-Peer': '203.0.113.9', 'X-Forwarded-For': '203.0.113.9' });
  assert.deepEqual(service.logged('untrusted-proxy'), []);
  for (const forwarded of ['198.51.100.7', '198.51.100.8']) {
    await service.sign({ 'X-Test-Peer': '203.0.113.9', 'X-Forwarded-For': forwarded });
  }
  const [{ level, message } = {}, ...others] = service.logged('untrusted-proxy');
  assert.deepEqual([level, others], ['warn', []]);
  assert.match(String(message), /203\.0\.113\.9.*SIGNER_TRUSTED_PROXIES/);
});

test('clients whose proxy sends their ports are counted separately', async () => {
  const service = await createTestService({ SIGNER_REQUESTS_PER_MINUTE: '1', SIGNER_TRUSTED_PROXIES: '10.0.0.1' });
  const statusOf = async (forwarded: string) =>
    (await service.sign({ 'X-Test-Peer': '10.0.0.1', 'X-Forwarded-For': forwarded })).status;
  assert.deepEqual(
    [await statusOf('203.0.113.7:51234'), await statusOf('203.0.113.7:51235'), await statusOf('203.0.113.8:51234')],
    [200, 429, 200],
  );
  assert.deepEqual(
    [await statusOf('[2001:db8:0:1::7]:443'), await statusOf('[2001:db8:0:1::8]'), await statusOf('2001:db8:0:2::7')],
    [200, 429, 200],
  );
});

test('a page of the signer’s own host is refused unless it is listed, whatever Host the request has', async () => {
  const service = await createTestService();
  const send = (url: string, Origin: string) =>
    service.app.request(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Origin, Host: new URL(url).host },
      body: JSON.stringify({ files: [fileOf()] }),
    });
  const refused = [
    ['http://evil.example:8787/sign', 'http://evil.example:8787'],
    ['https://signer.example/sign', 'http://signer.example'],
    ['https://signer.example/sign', 'https://signer.example'],
    ['https://site.example/sign', 'http://site.example'],
  ] as const;
  for (const [url, origin] of refused) assert.equal((await send(url, origin)).status, 403, `${origin} at ${url}`);
  assert.equal((await send('http://127.0.0.1:8787/sign', ORIGIN)).status, 200, 'behind a proxy that changes Host');
});
