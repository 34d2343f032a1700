import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, type Env } from '../../../signer/service/env.ts';
import { readSettings } from '../../../signer/service/settings.ts';
import { ORIGIN, signerOf } from '../../fixtures/signer.ts';

/** The message of the settings' faults; empty if there is none. */
function faultsOf(env: Env): string {
  const given = { S3_BUCKET: 'uploads', AWS_REGION: 'us-east-1', SIGNER_AUTH: 'public', SIGNER_ORIGINS: ORIGIN };
  try {
    readSettings({ ...given, ...env });
    return '';
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message;
  }
}

const WEBHOOK = {
  SIGNER_WEBHOOK_URL: 'https://app.example/',
  SIGNER_WEBHOOK_SECRET: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
};

/** Each URL that decides who may upload or receives signed messages, with the settings that it needs. */
const URLS: Record<string, Env> = {
  SIGNER_JWKS_URL: { SIGNER_AUTH: 'jwt', SIGNER_JWT_ISSUER: 'i', SIGNER_JWT_AUDIENCE: 'a' },
  SIGNER_FORWARD_URL: { SIGNER_AUTH: 'forward' },
  SIGNER_WEBHOOK_URL: WEBHOOK,
};

for (const [name, env] of Object.entries(URLS)) {
  test(`${name} must be https, except within one machine or a private network`, () => {
    const accepted = [
      'https://app.example/x',
      ...['127.0.0.1', '127.9.9.9', '[::1]', '10.1.2.3', '172.31.0.1', '192.168.0.1', '[fd00::1]'],
      ...['localhost', 'localhost.', 'app', 'APP', 'app.internal', 'app.local', 'app.localhost'],
      ...['app.shop.svc', 'app.shop.svc.cluster.local', '2130706433', '[::ffff:10.0.0.1]'],
    ].map((host) => (host.startsWith('https') ? host : `http://${host}:8080/x`));
    for (const url of accepted) assert.equal(faultsOf({ ...env, [name]: url }), '', url);
    const refused = [
      ...['app.example', 'www.example.com', '203.0.113.1', '172.32.0.1', '[2001:db8::1]', 'xinternal.example'],
      ...['internal.example', 'app.xlocal', '10.example', '169.254.169.254', '0.0.0.0', '8.8.8.8'],
    ];
    for (const host of refused) {
      const faults = faultsOf({ ...env, [name]: `http://${host}/canary` });
      assert.match(faults, new RegExp(`^${name}: must be an https URL, because anyone on the way`), host);
      assert.doesNotMatch(faults, /canary/);
    }
  });
}

test('SIGNER_RECEIPTS=0 is refused with a webhook, which would not be sent for small files', () => {
  assert.equal(faultsOf(WEBHOOK), '');
  assert.equal(faultsOf({ ...WEBHOOK, SIGNER_RECEIPTS: '1' }), '');
  assert.equal(faultsOf({ SIGNER_RECEIPTS: '0' }), '');
  assert.match(
    faultsOf({ ...WEBHOOK, SIGNER_RECEIPTS: '0' }),
    /^SIGNER_RECEIPTS: must not be 0 with SIGNER_WEBHOOK_URL.*unset it$/,
  );
});

test('createSigner refuses receipts: false with onUploaded, which would not be called for small files', () => {
  assert.throws(() => signerOf({ onUploaded: () => undefined, receipts: false }), /receipts must not be false/);
  signerOf({ onUploaded: () => undefined });
  signerOf({ receipts: false });
});

test('Idempotency-Key, which nothing reads, is not among the headers that pages may send', async () => {
  const preflight = await signerOf().app.request('/', {
    method: 'OPTIONS',
    headers: {
      Origin: ORIGIN,
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'idempotency-key',
    },
  });
  const allowed = preflight.headers.get('Access-Control-Allow-Headers') ?? '';
  assert.match(allowed, /Content-Type/);
  assert.doesNotMatch(allowed, /idempotency/i);
});

const SHARED = 'a-secret-that-two-variables-have-0123456789';
const JWT = { SIGNER_AUTH: 'jwt', SIGNER_JWT_ISSUER: 'i', SIGNER_JWT_AUDIENCE: 'a' };
for (const [first, second, more] of [
  ['SIGNER_SECRET', 'SIGNER_TOKENS', { SIGNER_AUTH: 'token' }],
  ['SIGNER_SECRET', 'SIGNER_WEBHOOK_SECRET', { SIGNER_WEBHOOK_URL: 'https://app.example/' }],
  ['AWS_SECRET_ACCESS_KEY', 'SIGNER_TOKENS', { SIGNER_AUTH: 'token', AWS_ACCESS_KEY_ID: 'id' }],
  ['SIGNER_RECEIPT_SECRET', 'SIGNER_JWT_SECRET', JWT],
  ['SIGNER_JWT_SECRET', 'SIGNER_RECEIPT_SECRET', JWT],
] as const) {
  test(`${second} must differ from ${first}`, () => {
    const env = { ...more, SIGNER_SECRET: 'another-secret-0123456789-abcdefghijk', [first]: SHARED };
    const value = { SIGNER_TOKENS: `ann=${SHARED}`, SIGNER_WEBHOOK_SECRET: `whsec_${SHARED}` }[second as string];
    const faults = faultsOf({ ...env, [second]: value ?? SHARED });
    assert.match(faults, new RegExp(`^(${first}|${second}): must differ from`));
    assert.ok(!faults.includes(SHARED));
  });
}

test('SIGNER_RECEIPT_SECRET and SIGNER_WEBHOOK_SECRET, which the application holds, may be one', () => {
  assert.equal(faultsOf({ ...WEBHOOK, SIGNER_WEBHOOK_SECRET: SHARED, SIGNER_RECEIPT_SECRET: SHARED }), '');
});

for (const [env, fault] of [
  [{ SIGNER_BYTES_PER_DAY: '0.5' }, /^SIGNER_BYTES_PER_DAY: must be bytes/],
  [{ SIGNER_ORIGINS: ' , ' }, /^SIGNER_ORIGINS: must name an origin/],
  [{ SIGNER_QUARANTINE_PREFIX: 'quarantine/' }, /^SIGNER_QUARANTINE: not set; set it to 1/],
  [{ SIGNER_TRUSTED_PROXIES: '::ffff:0:0/96' }, /^SIGNER_TRUSTED_PROXIES: must not be as wide a range/],
  [{ SIGNER_TRUSTED_PROXIES: '0.0.0.0/1,128.0.0.0/1' }, /^SIGNER_TRUSTED_PROXIES: must not be as wide a range/],
  [{ SIGNER_AUTH: 'token', SIGNER_TOKENS: 'ann=0123456789abcdef,accounting-department=' }, /^SIGNER_TOKENS: must be/],
  [
    { SIGNER_AUTH: 'token', SIGNER_TOKENS: 'ann=0123456789abcdef,bob=0123456789abcdef' },
    /^SIGNER_TOKENS: .* two owners/,
  ],
  [{ ...JWT, SIGNER_JWT_SECRET: `-----BEGIN PUBLIC KEY-----\n${SHARED}` }, /the secret is a key file/],
  [{ ...JWT, SIGNER_JWT_SECRET: `{"kty":"RSA","n":"${SHARED}"}` }, /the secret is a key file/],
] as const) {
  test(`${JSON.stringify(env).slice(0, 80)} is refused`, () => {
    assert.match(faultsOf(env), fault);
  });
}
