import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SignerEvent } from '../../../signer/core/events.ts';
import { fileOf, ORIGIN, signerOf } from '../../fixtures/signer.ts';
import { createTestService } from '../service.ts';

const TOKEN = 'the-token-of-anna-alone';
const auth = { Authorization: `Bearer ${TOKEN}` };
const env = { SIGNER_AUTH: 'token', SIGNER_TOKENS: `anna=${TOKEN}` };
const MINUTE_MS = 60_000;

test('every kind of refusal is one line with owner, address, path, status and code', async () => {
  const service = await createTestService({ ...env, SIGNER_REQUESTS_PER_MINUTE: '3' });
  await service.sign({ Authorization: 'Bearer guess-0123456789' });
  await service.post('/sign/delete', { ticket: `t1.${'a'.repeat(40)}.${'b'.repeat(43)}` }, auth);
  await service.post('/sign', {}, { Origin: 'https://evil.example' });
  await service.post('/sign', { files: 1 }, auth);
  await service.post('/sign', 'a=b', { ...auth, 'Content-Type': 'text/plain' });
  await service.post('/sign', 'x'.repeat(400_000), auth);
  for (let i = 0; i < 4; i++) await service.sign(auth);
  const first = new Map<unknown, Record<string, unknown>>();
  for (const { time: _time, ...line } of service.logged('refused')) {
    if (!first.has(line.code)) first.set(line.code, line);
  }
  const line = { level: 'info', event: 'refused', ip: '203.0.113.1', path: '/sign' };
  assert.deepEqual(first.get('token-refused'), { ...line, status: 401, code: 'token-refused' });
  const forged = { ...line, owner: 'anna', path: '/sign/delete', status: 403, code: 'ticket-refused' };
  assert.deepEqual(first.get('ticket-refused'), forged);
  const foreign = { ...line, origin: 'https://evil.example', status: 403, code: 'origin-refused' };
  assert.deepEqual(first.get('origin-refused'), foreign);
  assert.equal(first.get('bad-request')?.status, 400);
  assert.equal(first.get('not-json')?.status, 415);
  assert.equal(first.get('body-too-large')?.status, 413);
  assert.deepEqual(first.get('rate-limited'), { ...line, owner: 'anna', status: 429, code: 'rate-limited' });
  assert.doesNotMatch(service.lines.join('\n'), /guess-0123456789|aaaaaaaa|bbbbbbbb/);
  assert.match(await service.metrics(), /^s3_uploader_refusals_total\{code="origin-refused"\} 1$/m);
});

test('a flood of refusals is ten lines a minute for each code, then one with the number of the others', async (t) => {
  const service = await createTestService(env);
  t.mock.timers.enable({ apis: ['Date', 'setTimeout'], now: Date.now() });
  for (let i = 0; i < 40; i++) {
    await service.sign({ Authorization: `Bearer guess-number-${i}` });
    await service.post('/sign', {}, { Origin: `https://${i}.example` });
    await service.sign(auth, { type: 'text/html', name: 'a.html' });
  }
  assert.equal(service.logged('refused').length, 30);
  t.mock.timers.tick(MINUTE_MS);
  const summaries = service.logged('refused').slice(30);
  assert.deepEqual(
    summaries.map(({ code, suppressed }) => ({ code, suppressed })),
    ['token-refused', 'origin-refused', 'file-type'].map((code) => ({ code, suppressed: 30 })),
  );
  await service.sign({ Authorization: 'Bearer guess-number-40' });
  assert.equal(service.logged('refused').length, 34, 'the next minute has lines of its own');
  t.mock.timers.tick(MINUTE_MS);
  assert.equal(service.logged('refused').length, 34, 'nothing was left out in it');
});

test('a flood of errors that a stranger can cause is ten lines a minute, too', async (t) => {
  const lines: string[] = [];
  const { createLog } = await import('../../../signer/service/log.ts');
  const { event } = createLog({ secrets: [], write: (line) => lines.push(line) });
  const authorize = () => Promise.reject(new Error('the application has failed'));
  const signer = signerOf({ onEvent: event, authorize });
  t.mock.timers.enable({ apis: ['Date', 'setTimeout'], now: Date.now() });
  for (let i = 0; i < 40; i++) assert.equal((await signer.post('/', { files: [fileOf()] })).status, 500);
  assert.equal(lines.length, 10);
  t.mock.timers.tick(MINUTE_MS);
  assert.match(lines[10] ?? '', /"event":"error".*"suppressed":30/);
});

test('a refusal of a code that the application makes up is logged, and many codes take bounded memory', async (t) => {
  let code = 0;
  const { ProblemError } = await import('../../../signer/core/problem.ts');
  const { createLog } = await import('../../../signer/service/log.ts');
  const lines: string[] = [];
  const { event } = createLog({ secrets: [], write: (line) => lines.push(line) });
  const signer = signerOf({
    onEvent: event,
    authorize: () => {
      throw new ProblemError(403, `no-${code++}`, 'No.');
    },
  });
  t.mock.timers.enable({ apis: ['Date', 'setTimeout'], now: Date.now() });
  for (let i = 0; i < 200; i++) await signer.post('/', { files: [fileOf()] });
  assert.equal(lines.length, 100 + 10, 'codes beyond the hundredth count as one');
});

test('SIGNER_LOG_ADDRESSES=0 leaves addresses out of every line', async () => {
  const service = await createTestService({ ...env, SIGNER_LOG_ADDRESSES: '0' });
  await service.sign(auth);
  await service.sign({ Authorization: 'Bearer guess-0123456789', 'X-Forwarded-For': '198.51.100.7' });
  await service.post('/sign', {}, { Origin: 'https://evil.example' });
  assert.ok(service.logged('grant').length === 1 && service.logged('refused').length === 2);
  assert.match(String(service.logged('untrusted-proxy')[0]?.message), /SIGNER_TRUSTED_PROXIES/);
  assert.doesNotMatch(service.lines.join('\n'), /203\.0\.113\.1|198\.51\.100\.7|"ip"/);
  const withAddresses = await createTestService(env);
  await withAddresses.sign(auth);
  assert.match(withAddresses.lines.join('\n'), /"ip":"203\.0\.113\.1"/);
});

test('a refused request is an event with status, code and owner, and a long path is shortened in the log', async () => {
  const events: SignerEvent[] = [];
  const signer = signerOf({ onEvent: (event) => events.push(event) });
  await signer.post('/complete', { ticket: 'x' });
  await signer.post('/', {}, { Origin: 'null' });
  await signerOf({
    authorize: () => new Response('no', { status: 418 }),
    onEvent: (event) => events.push(event),
  }).post('/', { files: [fileOf()] });
  assert.deepEqual(
    events.map(({ action, owner, status, code }) => [action, owner, status, code]),
    [
      ['refused', 'ann', 403, 'ticket-refused'],
      ['refused', undefined, 403, 'origin-refused'],
      ['refused', undefined, 418, 'refused'],
    ],
  );
  const service = await createTestService();
  await service.post(`/sign/${'x'.repeat(5000)}`, {}, { Origin: `https://${'y'.repeat(5000)}.example` });
  const [{ path, origin } = {}] = service.logged('refused');
  assert.deepEqual([String(path).length, String(origin).length], [200, 200]);
  assert.equal((await service.sign({ Origin: ORIGIN })).status, 200);
});
