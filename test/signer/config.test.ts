import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from '../../signer/service/settings.ts';
import { ConfigError, readSize, type Env } from '../../signer/service/env.ts';

const least: Env = { S3_BUCKET: 'uploads', AWS_REGION: 'eu-central-1', SIGNER_AUTH: 'public' };

const faultsOf = (env: Env): string => {
  try {
    readConfig(env);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message;
  }
  return '';
};

test('three variables are enough', () => {
  const config = readConfig(least);
  assert.equal(config.port, 8787);
  assert.equal(config.bucket, 'uploads');
  assert.equal(config.auth, 'public');
  assert.equal(config.limits?.maxFileSize, 1024 ** 3);
  assert.equal(config.expires, 900);
  assert.equal(config.ticketExpires, 7 * 24 * 60 * 60, 'as long as the tag remembers an upload');
  assert.equal(config.multipartFrom, 16 * 1024 ** 2);
  assert.equal(config.method, 'auto');
  assert.deepEqual(config.s3, { region: 'eu-central-1', requestChecksumCalculation: 'WHEN_REQUIRED' });
});

test('a misspelt variable is named, and one of a module is not taken for misspelt', () => {
  assert.match(faultsOf({ ...least, SIGNER_PREFFIX: 'in/' }), /^SIGNER_PREFFIX: there is no such setting/);
  assert.equal(faultsOf({ ...least, SIGNER_TOKENS: 'a-token-of-anna-alone', SIGNER_BYTES_PER_DAY: '1GB' }), '');
});

test('who may upload has no default, and the message says why', () => {
  assert.match(faultsOf({ ...least, SIGNER_AUTH: undefined }), /^SIGNER_AUTH: not set.*who may write.*public/);
  assert.match(faultsOf({ ...least, SIGNER_AUTH: 'open' }), /^SIGNER_AUTH: must be one of .*not "open"/);
});

test('what is missing is named', () => {
  assert.match(faultsOf({ ...least, S3_BUCKET: ' ' }), /^S3_BUCKET: not set/);
  assert.match(faultsOf({ ...least, AWS_REGION: undefined }), /^AWS_REGION: not set/);
  assert.match(faultsOf({ ...least, AWS_ACCESS_KEY_ID: 'A' }), /^AWS_SECRET_ACCESS_KEY: not set/);
  assert.match(faultsOf({ ...least, AWS_SECRET_ACCESS_KEY: 'S' }), /^AWS_ACCESS_KEY_ID: not set/);
});

test('every wrong value is named at once', () => {
  const faults = faultsOf({ PORT: 'x', SIGNER_EXPIRES: '604800', SIGNER_AUTH: 'public', AWS_REGION: 'x' });
  assert.deepEqual(
    faults.split('\n').map((line) => line.split(':')[0]),
    ['S3_BUCKET', 'PORT', 'SIGNER_EXPIRES'],
  );
});

const wrong: Record<string, string[]> = {
  S3_BUCKET: ['s3://uploads', 'My_Bucket/', 'uploads/in', 'UPLOADS', 'x', 'https://uploads.s3.amazonaws.com'],
  AWS_REGION: ['EU (Frankfurt)', 'eu-central-1/', 'https://s3.eu-central-1.amazonaws.com'],
  AWS_DEFAULT_REGION: ['eu central 1'],
  PORT: ['-1', '70000', 'x', '1.5'],
  AWS_ENDPOINT_URL_S3: ['localhost:9000', 'ftp://x', 'x'],
  S3_FORCE_PATH_STYLE: ['maybe'],
  SIGNER_SECRET: ['short', 'long-enough-to-be-a-secret,short'],
  SIGNER_ORIGINS: ['*', 'null', 'https://a.example/path', 'a.example', 'https://*.example', 'https://a.example?x'],
  SIGNER_ALLOW_HEADERS: ['*', 'X Api'],
  SIGNER_PREFIX: ['../x', '${filename}', 'a b'],
  SIGNER_MAX_FILE_SIZE: ['20 Mo', '-1', '', '1e9', 'Infinity', '20MBB'].filter(Boolean),
  SIGNER_MIN_FILE_SIZE: ['2GiB', 'x'],
  SIGNER_TYPES: ['image', 'text/html', 'image/*,image/svg+xml', 'application/javascript', '.pdf', 'image/png;q=1', ','],
  SIGNER_EXPIRES: ['0', '3601', '15m'],
  SIGNER_TICKET_EXPIRES: ['59', '604801'],
  SIGNER_METHOD: ['PUT', 'patch'],
  SIGNER_MULTIPART_FROM: ['0', '6GB'],
  SIGNER_PART_SIZE: ['4MiB', '6GiB'],
  SIGNER_CHECKSUM: ['md5'],
  SIGNER_METADATA: ['x-amz-acl!', 'Album', 'name', 'album,path'],
  SIGNER_ALLOW_DELETE: ['perhaps'],
  SIGNER_FORM_REDIRECT: ['/done'],
};

for (const [name, values] of Object.entries(wrong)) {
  test(`a wrong ${name} is named, with how to mend it`, () => {
    for (const value of values)
      assert.match(faultsOf({ ...least, [name]: value }), new RegExp(`^${name}: .{10}`), value);
  });
}

test('good values are taken', () => {
  const config = readConfig({
    ...least,
    PORT: '0',
    AWS_ACCESS_KEY_ID: 'A',
    AWS_SECRET_ACCESS_KEY: 'S',
    AWS_SESSION_TOKEN: 'T',
    AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9000',
    S3_FORCE_PATH_STYLE: '1',
    SIGNER_SECRET: 'long-enough-to-be-new,long-enough-to-be-old',
    SIGNER_ORIGINS: 'https://a.example, http://localhost:8080/',
    SIGNER_PREFIX: '/incoming/web',
    SIGNER_MAX_FILE_SIZE: '20MB',
    SIGNER_TYPES: 'image/*, application/PDF',
    SIGNER_METHOD: 'put',
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
  assert.deepEqual(config.origins, ['https://a.example', 'http://localhost:8080']);
  assert.equal(config.prefix, 'incoming/web/');
  assert.deepEqual(config.limits, { types: ['image/*', 'application/pdf'], maxFileSize: 20_000_000, minFileSize: 0 });
  assert.equal(config.partSize, 64 * 1024 ** 2);
  assert.deepEqual(config.metadata, ['album', 'tag-1']);
  assert.equal(config.allowDelete, true);
});

test('an endpoint of one’s own needs no region', () => {
  assert.equal(
    readConfig({ ...least, AWS_REGION: '', AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' }).s3.region,
    'us-east-1',
  );
});

test('sizes are bytes, or take a unit', () => {
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
