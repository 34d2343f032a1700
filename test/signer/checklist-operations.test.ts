// The security checklist, row by row: tokens, rates, logs; the one about templates is in deploy.test.ts. The rows about signing are in checklist.test.ts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SignJWT } from 'jose';
import { createLog } from '../../signer/log.ts';
import packageJson from '../../signer/package.json' with { type: 'json' };
import { sealTicket } from '../../signer/ticket.ts';
import { CREDENTIALS, fileOf, problemOf, SECRET } from '../helpers/signer.ts';
import { openBucket } from './bucket.ts';
import { serviceOf, settingsOf } from './service.ts';

const JWT_SECRET = 'canary jwt secret of thirty-two bytes';
const TOKEN = 'canary-token-of-anna';
const jwt = {
  SIGNER_AUTH: 'jwt',
  SIGNER_JWT_SECRET: JWT_SECRET,
  SIGNER_JWT_ISSUER: 'https://id.example',
  SIGNER_JWT_AUDIENCE: 'uploads',
};

test('S-15 a token’s algorithm is pinned: neither none nor another is taken', async () => {
  const service = await serviceOf(jwt);
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
      SIGNER_OPEN_MULTIPARTS: '1',
      S3_BUCKET: live.bucket,
      AWS_ENDPOINT_URL_S3: live.proxy.url,
      AWS_ACCESS_KEY_ID: live.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: live.credentials.secretAccessKey,
    });
    const large = { name: 'a.mp4', type: 'video/mp4', size: 2e7 };
    assert.deepEqual([(await open.sign({}, large)).status, (await open.sign({}, large)).status], [200, 429]);
  } finally {
    await live.close();
  }
});

test('S-17 no canary is in any log line or metric, whatever goes wrong', async (t) => {
  const service = await serviceOf({
    SIGNER_AUTH: 'token',
    SIGNER_FORM: '1',
    SIGNER_TOKENS: `anna=${TOKEN}`,
    SIGNER_JWT_SECRET: JWT_SECRET,
    SIGNER_WEBHOOK_URL: 'http://127.0.0.1:9/uploaded',
    SIGNER_WEBHOOK_SECRET: 'canary webhook secret',
    SIGNER_REDIS_URL: 'redis://:canary-redis-password@127.0.0.1:9',
  });
  t.after(service.close);
  const auth = { Authorization: `Bearer ${TOKEN}` };
  const signed = await service.sign(auth);
  const { files } = (await signed.json()) as { files: [{ ticket: string; fields: Record<string, string> }] };
  const [{ ticket, fields }] = files;
  await service.sign({ Authorization: 'Bearer canary-of-a-stranger' });
  await service.sign(auth, { type: 'text/html', name: 'canary.html' });
  await service.sign(auth, { name: 'a.mp4', type: 'video/mp4', size: 2e7 });
  for (const path of ['/sign-again', '/confirm', '/abort', '/parts/list', '/complete', '/delete', '/nowhere']) {
    await service.post(`/sign${path}`, { ticket }, auth);
    await service.post(`/sign${path}`, { ticket: `${ticket}x` }, auth);
  }
  const multipart = { method: 'MULTIPART', key: 'uploads/anna/1', size: 2e7, type: 'video/mp4', headers: {} } as const;
  const expires = Math.floor(Date.now() / 1000) + 60;
  const sealed = sealTicket(
    { ...multipart, id: '1', owner: 'anna', uploadId: 'canary-upload', partSize: 8388608, expires },
    [SECRET],
  );
  for (const path of ['/parts/list', '/complete', '/abort'])
    await service.post(`/sign${path}`, { ticket: sealed }, auth);
  await service.get('/sign/form?type=image/png', auth);
  const log = service.lines.join('\n');
  const metrics = await service.metrics();
  assert.ok(service.logged('error').length > 2, 'the storage that does not answer is told of');
  for (const text of [log, metrics]) {
    assert.doesNotMatch(text, /canary(?!\.html)|CANARY/i);
    for (const secret of [CREDENTIALS.secretAccessKey, SECRET, fields['X-Amz-Signature']!, fields.Policy!, ticket]) {
      assert.ok(!text.includes(secret));
    }
    assert.doesNotMatch(text, /X-Amz-|Bearer|\n\s+at /i);
  }
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
