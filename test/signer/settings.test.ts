import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, type Env } from '../../signer/service/env.ts';
import type { Platform, Setting } from '../../signer/service/setting.ts';
import { readConfig, readSettings } from '../../signer/service/settings.ts';
import { SETTINGS } from '../../signer/service/settings-table.ts';
import { formatSize, readSize } from '../../signer/service/size.ts';
import { MiB } from '../fixtures/files.ts';
import { SECRET } from '../fixtures/signer.ts';

/** The fewest variables that a signer needs. */
const MINIMAL: Env = {
  S3_BUCKET: 'uploads',
  AWS_REGION: 'eu-central-1',
  SIGNER_AUTH: 'public',
  SIGNER_ORIGINS: 'https://www.example.com',
};

/** The message of the settings' faults; empty if there is none. */
const faultsOf = (env: Env, platform?: Platform): string => {
  try {
    readSettings(env, platform);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message;
  }
  return '';
};

const namesOf = (faults: string): (string | undefined)[] => faults.split('\n').map((line) => line.split(':')[0]);

test('the settings need four variables and have defaults for all others', () => {
  const config = readConfig(MINIMAL);
  assert.equal(config.port, 8787);
  assert.equal(config.bucket, 'uploads');
  assert.equal(config.auth, 'public');
  assert.equal(config.limits?.maxFileSize, 1024 ** 3);
  assert.equal(config.expires, 900);
  assert.equal(config.ticketExpires, 7 * 24 * 60 * 60, 'as long as <s3-uploader> remembers an upload');
  assert.equal(config.multipartFrom, 16 * MiB);
  assert.equal(config.method, 'post');
  assert.deepEqual(config.s3, { region: 'eu-central-1', requestChecksumCalculation: 'WHEN_REQUIRED' });
});

test('the settings refuse a misspelt variable, and accept one that another module reads', () => {
  assert.match(faultsOf({ ...MINIMAL, SIGNER_PREFFIX: 'in/' }), /^SIGNER_PREFFIX: there is no such setting/);
  assert.equal(faultsOf({ ...MINIMAL, SIGNER_TOKENS: 'a-token-of-anna-alone', SIGNER_BYTES_PER_DAY: '1GB' }), '');
});

test('SIGNER_AUTH has no default, and its message says why', () => {
  assert.match(faultsOf({ ...MINIMAL, SIGNER_AUTH: undefined }), /^SIGNER_AUTH: not set.*who may write.*public/);
  assert.match(faultsOf({ ...MINIMAL, SIGNER_AUTH: 'open' }), /^SIGNER_AUTH: must be one of .*not "open"/);
});

test('SIGNER_ORIGINS has no default, and its message says why', () => {
  for (const SIGNER_ORIGINS of [undefined, '', ' ']) {
    const faults = faultsOf({ ...MINIMAL, SIGNER_ORIGINS });
    assert.match(faults, /^SIGNER_ORIGINS: not set; .*https:\/\/www\.example\.com.*proxy.*Host.*DNS rebinding/);
  }
});

test('the settings name a missing variable', () => {
  assert.match(faultsOf({ ...MINIMAL, S3_BUCKET: ' ' }), /^S3_BUCKET: not set/);
  assert.match(faultsOf({ ...MINIMAL, AWS_REGION: undefined }), /^AWS_REGION: not set/);
  assert.match(faultsOf({ ...MINIMAL, AWS_ACCESS_KEY_ID: 'A' }), /^AWS_SECRET_ACCESS_KEY: not set/);
  assert.match(faultsOf({ ...MINIMAL, AWS_SECRET_ACCESS_KEY: 'S' }), /^AWS_ACCESS_KEY_ID: not set/);
});

test('the settings report all faults at once', () => {
  const independent = faultsOf({ PORT: 'x', SIGNER_EXPIRES: '604800', SIGNER_AUTH: 'public', AWS_REGION: 'x' });
  assert.deepEqual(namesOf(independent), ['S3_BUCKET', 'SIGNER_ORIGINS', 'PORT', 'SIGNER_EXPIRES']);
  const dependent = faultsOf({ ...MINIMAL, SIGNER_AUTH: 'jwt', AWS_ACCESS_KEY_ID: 'A', SIGNER_FOO: '1' });
  assert.deepEqual(namesOf(dependent), [
    'SIGNER_FOO',
    'AWS_SECRET_ACCESS_KEY',
    'SIGNER_JWKS_URL',
    'SIGNER_JWT_ISSUER',
    'SIGNER_JWT_AUDIENCE',
  ]);
});

const INVALID: Record<string, string[]> = {
  S3_BUCKET: ['s3://uploads', 'My_Bucket/', 'uploads/in', 'UPLOADS', 'x', 'https://uploads.s3.amazonaws.com'],
  AWS_REGION: ['EU (Frankfurt)', 'eu-central-1/', 'https://s3.eu-central-1.amazonaws.com'],
  AWS_DEFAULT_REGION: ['eu central 1'],
  PORT: ['-1', '70000', 'x', '1.5'],
  AWS_ENDPOINT_URL_S3: ['localhost:9000', 'ftp://x', 'x'],
  S3_FORCE_PATH_STYLE: ['maybe'],
  SIGNER_SECRET: ['short', `${SECRET},short`, 'a'.repeat(64), 'changeme'.repeat(4), SECRET.slice(0, 31)],
  SIGNER_RECEIPT_SECRET: ['short', 'a'.repeat(64)],
  SIGNER_AUDIENCE: ['x'.repeat(258)],
  SIGNER_WEBHOOK_SECRET: ['short', 'a'.repeat(64), `whsec_${'A'.repeat(64)}`],
  SIGNER_ORIGINS: ['*', 'null', 'https://a.example/path', 'a.example', 'https://*.example', 'https://a.example?x'],
  SIGNER_ALLOW_HEADERS: ['*', 'X Api'],
  SIGNER_PREFIX: ['../x', '${filename}', 'a b'],
  SIGNER_MAX_FILE_SIZE: ['20 Mo', '-1', '1e9', 'Infinity', '20MBB'],
  SIGNER_MIN_FILE_SIZE: ['2GiB', 'x'],
  SIGNER_TYPES: ['image', 'text/html', 'image/*,image/svg+xml', 'application/javascript', '.pdf', 'image/png;q=1', ','],
  SIGNER_EXPIRES: ['0', '3601', '15m'],
  SIGNER_TICKET_EXPIRES: ['59', '604801'],
  SIGNER_METHOD: ['PUT', 'patch'],
  SIGNER_UPLOAD_ENDPOINTS: ['uploads', 'https://a.example/uploads, b.example', 'https://a.example/uploads?x=1'],
  SIGNER_MULTIPART_FROM: ['0', '6GB'],
  SIGNER_PART_SIZE: ['4MiB', '6GiB'],
  SIGNER_CHECKSUM: ['md5'],
  SIGNER_METADATA: ['x-amz-acl!', 'Album', 'name', 'album,path'],
  SIGNER_ALLOW_DELETE: ['perhaps'],
  SIGNER_FORM_REDIRECT: ['/done'],
  SIGNER_REDIS_URL: ['redis://:%@127.0.0.1'],
};

for (const [name, values] of Object.entries(INVALID)) {
  test(`the settings refuse an invalid ${name} and say how to fix it`, () => {
    for (const value of values) {
      assert.match(faultsOf({ ...MINIMAL, [name]: value }), new RegExp(`^${name}: .{10}`), value);
    }
  });
}

const FAULTS: [name: string, env: Record<string, string>, message: RegExp][] = [
  ['a misspelt limit', { SIGNER_BYTE_PER_DAY: '1GB' }, /^SIGNER_BYTE_PER_DAY: there is no such setting/m],
  ['a limit that is not a number', { SIGNER_FILES_PER_DAY: 'many' }, /^SIGNER_FILES_PER_DAY: must be a whole number/m],
  [
    'a proxy that is not an address',
    { SIGNER_TRUSTED_PROXIES: 'nginx' },
    /^SIGNER_TRUSTED_PROXIES: must be addresses/m,
  ],
  ['SIGNER_AUTH=token without tokens', { SIGNER_AUTH: 'token' }, /^SIGNER_TOKENS: must contain a token/m],
  [
    'a short token',
    { SIGNER_AUTH: 'token', SIGNER_TOKENS: 'short' },
    /^SIGNER_TOKENS: must contain tokens of at least 16/m,
  ],
  [
    'SIGNER_AUTH=jwt without a key',
    { SIGNER_AUTH: 'jwt', SIGNER_JWT_ISSUER: 'i', SIGNER_JWT_AUDIENCE: 'a' },
    /^SIGNER_JWKS_URL: not set.*or set SIGNER_JWT_SECRET/m,
  ],
  [
    'SIGNER_AUTH=jwt without an issuer',
    { SIGNER_AUTH: 'jwt', SIGNER_JWKS_URL: 'https://x.example' },
    /^SIGNER_JWT_ISSUER: not set/m,
  ],
  [
    'SIGNER_AUTH=jwt without an audience',
    { SIGNER_AUTH: 'jwt', SIGNER_JWKS_URL: 'https://x.example', SIGNER_JWT_ISSUER: 'i' },
    /^SIGNER_JWT_AUDIENCE: not set/m,
  ],
  [
    'SIGNER_AUTH=jwt with two kinds of key',
    {
      SIGNER_AUTH: 'jwt',
      SIGNER_JWKS_URL: 'https://x.example',
      SIGNER_JWT_SECRET: 'canary-secret-of-at-least-32-bytes',
      SIGNER_JWT_ISSUER: 'i',
      SIGNER_JWT_AUDIENCE: 'a',
    },
    /^SIGNER_JWKS_URL, SIGNER_JWT_SECRET, .*either jwksUrl or secret/m,
  ],
  [
    'an unknown JWT algorithm',
    { SIGNER_AUTH: 'jwt', SIGNER_JWT_ALGORITHM: 'none' },
    /^SIGNER_JWT_ALGORITHM: must be one of/m,
  ],
  ['SIGNER_AUTH=forward without a URL', { SIGNER_AUTH: 'forward' }, /^SIGNER_FORWARD_URL: not set/m],
  [
    'SIGNER_RECEIPT_SECRET that is also the SIGNER_SECRET',
    { SIGNER_SECRET: SECRET, SIGNER_RECEIPT_SECRET: `${SECRET}-of-receipts,${SECRET}` },
    /^SIGNER_RECEIPT_SECRET: must differ from/m,
  ],
  [
    'SIGNER_WEBHOOK_SECRET that is also the SIGNER_SECRET',
    { SIGNER_SECRET: SECRET, SIGNER_WEBHOOK_URL: 'https://x.example', SIGNER_WEBHOOK_SECRET: SECRET },
    /^SIGNER_WEBHOOK_SECRET: must differ from/m,
  ],
  ['a webhook without a secret', { SIGNER_WEBHOOK_URL: 'https://x.example' }, /^SIGNER_WEBHOOK_SECRET: not set/m],
  ...['AWS_ENDPOINT_URL_S3', 'SIGNER_FORWARD_URL', 'SIGNER_JWKS_URL', 'SIGNER_WEBHOOK_URL'].flatMap(
    (name): typeof FAULTS => [
      [
        `a password in ${name}`,
        { [name]: 'https://user:canary@x.example' },
        RegExp(`^${name}: must not contain a user`, 'm'),
      ],
      [
        `an invalid URL in ${name}`,
        { [name]: 'https:/user:canary@:x' },
        RegExp(`^${name}: must be a URL such as`, 'm'),
      ],
    ],
  ),
  [
    'a Redis URL of another scheme',
    { SIGNER_REDIS_URL: 'http://:canary@x' },
    /^SIGNER_REDIS_URL: must be a URL such as redis:/m,
  ],
];
for (const [name, env, message] of FAULTS) {
  test(`the settings refuse ${name} and name the variable to fix`, () => {
    const faults = faultsOf({ ...MINIMAL, ...env });
    assert.match(faults, message);
    assert.doesNotMatch(faults, /canary/);
  });
}

test('the message about an invalid setting never repeats a secret', () => {
  const texts = ['canary', 'canary!', 'http://canary', 'canary=!canary', 'whsec_canary!'];
  for (const [name, { secretsIn }] of Object.entries<Setting>(SETTINGS)) {
    if (!secretsIn) continue;
    for (const mode of ['token', 'jwt', 'public']) {
      for (const text of texts) {
        assert.doesNotMatch(faultsOf({ ...MINIMAL, SIGNER_AUTH: mode, [name]: text }), /canary/, name);
      }
    }
  }
});

test('Lambda and Workers need a fixed secret and refuse variables that cannot be used there', () => {
  const secret = { ...MINIMAL, SIGNER_SECRET: SECRET };
  const credentials = { AWS_ACCESS_KEY_ID: 'A', AWS_SECRET_ACCESS_KEY: 'S' };
  assert.equal(faultsOf(secret, 'lambda'), '');
  assert.equal(faultsOf({ ...secret, ...credentials }, 'worker'), '');
  assert.match(faultsOf(MINIMAL, 'lambda'), /^SIGNER_SECRET: not set; on Lambda every instance needs the same/);
  assert.deepEqual(namesOf(faultsOf(MINIMAL, 'worker')), [
    'AWS_ACCESS_KEY_ID',
    'AWS_SECRET_ACCESS_KEY',
    'SIGNER_SECRET',
  ]);

  const refusedBy = (platform: Platform): string[] =>
    Object.entries<Setting>(SETTINGS).flatMap(([name, { refusedOn }]) => (refusedOn?.[platform] ? name : []));
  assert.deepEqual(refusedBy('node'), []);
  assert.deepEqual(refusedBy('lambda'), ['SIGNER_METRICS_PORT', 'SIGNER_METRICS_HOST']);
  assert.deepEqual(new Set(refusedBy('worker')), new Set(REFUSED_ON_WORKERS));
  for (const name of REFUSED_ON_WORKERS) {
    const faults = faultsOf({ ...secret, ...credentials, [name]: '1' }, 'worker');
    assert.match(faults, new RegExp(`^${name}: cannot be used on Workers: .*; unset it`));
  }
});

const REFUSED_ON_WORKERS = [
  'SIGNER_REDIS_URL',
  'SIGNER_REDIS_FAILURE',
  'SIGNER_METRICS_PORT',
  'SIGNER_METRICS_HOST',
  'SIGNER_REQUESTS_PER_MINUTE',
  'SIGNER_OPEN_MULTIPARTS',
  'SIGNER_FILES_PER_DAY',
  'SIGNER_BYTES_PER_DAY',
  'SIGNER_TOTAL_REQUESTS_PER_MINUTE',
  'SIGNER_TOTAL_FILES_PER_DAY',
  'SIGNER_TOTAL_BYTES_PER_DAY',
  'SIGNER_TOTAL_OPEN_MULTIPARTS',
  'SIGNER_TRUSTED_PROXIES',
];

test('the settings accept valid values', () => {
  const config = readConfig({
    ...MINIMAL,
    PORT: '0',
    AWS_ACCESS_KEY_ID: 'A',
    AWS_SECRET_ACCESS_KEY: 'S',
    AWS_SESSION_TOKEN: 'T',
    AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9000',
    S3_FORCE_PATH_STYLE: '1',
    SIGNER_SECRET: `${SECRET}-new,${SECRET}-old`,
    SIGNER_RECEIPT_SECRET: `${SECRET}-of-receipts`,
    SIGNER_AUDIENCE: 'photos',
    SIGNER_ORIGINS: 'https://a.example, http://localhost:8080/, capacitor://localhost',
    SIGNER_PREFIX: '/incoming/web',
    SIGNER_MAX_FILE_SIZE: '20MB',
    SIGNER_TYPES: 'image/*, application/PDF',
    SIGNER_METHOD: 'put',
    SIGNER_UPLOAD_ENDPOINTS: 'https://uploads.a.example, https://b.example/uploads/',
    SIGNER_PART_SIZE: '64MiB',
    SIGNER_CHECKSUM: 'sha256',
    SIGNER_METADATA: 'album,tag-1',
    SIGNER_ALLOW_DELETE: 'true',
  });
  assert.deepEqual(config.s3, {
    requestChecksumCalculation: 'WHEN_REQUIRED',
    region: 'eu-central-1',
    endpoint: 'http://127.0.0.1:9000',
    forcePathStyle: true,
    credentials: { accessKeyId: 'A', secretAccessKey: 'S', sessionToken: 'T' },
  });
  assert.deepEqual(config.origins, ['https://a.example', 'http://localhost:8080', 'capacitor://localhost']);
  assert.deepEqual([config.receiptSecret, config.audience], [`${SECRET}-of-receipts`, 'photos']);
  assert.equal(config.prefix, 'incoming/web/');
  assert.deepEqual(config.limits, { types: ['image/*', 'application/pdf'], maxFileSize: 20_000_000, minFileSize: 0 });
  assert.equal(config.partSize, 64 * MiB);
  assert.deepEqual(config.uploadEndpoints, ['https://uploads.a.example/', 'https://b.example/uploads/']);
  assert.deepEqual(config.metadata, ['album', 'tag-1']);
  assert.equal(config.allowDelete, true);
});

test('an endpoint other than AWS needs no region', () => {
  assert.equal(
    readConfig({ ...MINIMAL, AWS_REGION: '', AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' }).s3.region,
    'us-east-1',
  );
});

test('sizes are read in bytes or with a unit', () => {
  const sizes = {
    '0': 0,
    '512': 512,
    '512KiB': 524_288,
    '20MB': 20_000_000,
    '1.5 GiB': 1_610_612_736,
    '1tb': 1e12,
    '7B': 7,
  };
  for (const [text, bytes] of Object.entries(sizes)) assert.equal(readSize(text), bytes, text);
});

test('a formatted size is read back unchanged', () => {
  const sizes = { '0': 0, '1000': 1000, '512KiB': 524_288, '16MiB': 16 * MiB, '1GiB': 1024 ** 3 };
  for (const [text, bytes] of Object.entries(sizes)) {
    assert.equal(formatSize(bytes), text);
    assert.equal(readSize(text), bytes);
  }
});
