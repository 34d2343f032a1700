import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Validator } from '@seriousme/openapi-schema-validator';
import { answers, type openApi } from '../../signer/service/openapi.ts';
import { ConfigError } from '../../signer/service/env.ts';
import { PATHS } from '../../signer/service/service.ts';
import { readSettings } from '../../signer/service/settings.ts';
import { needs } from '../fixtures/requirements.ts';
import { CREDENTIALS, fileOf, ORIGIN, SECRET } from '../fixtures/signer.ts';
import { openBucket } from './bucket.ts';
import { startRedis } from './redis-server.ts';
import { serviceOf } from './service.ts';

test('the OpenAPI document is valid, and has every path of the signer', async () => {
  const documentOf = async (env: Record<string, string>) =>
    (await (await serviceOf(env)).get('/openapi.json')).json() as Promise<ReturnType<typeof openApi>>;
  const document = await documentOf({ SIGNER_FORM: '1' });
  assert.match(document.openapi, /^3\.1\./);
  const result = await new Validator().validate(structuredClone(document));
  assert.deepEqual(result.errors ?? [], []);
  const described = Object.keys(document.paths);
  assert.deepEqual(new Set(described), new Set([...PATHS].filter((path) => path.startsWith('/sign'))));
  assert.equal(document.components.schemas.SignInput && 'properties' in document.components.schemas.SignInput, true);
  const without = Object.keys((await documentOf({})).paths);
  assert.deepEqual(
    described.filter((path) => !without.includes(path)),
    ['/sign/form', '/sign/form/done'],
  );
});

test('the OpenAPI document tells of every refusal that there is', async () => {
  const document = (await (await serviceOf({ SIGNER_FORM: '1' })).get('/openapi.json')).json() as Promise<{
    paths: Record<string, Record<string, { responses: Record<string, unknown> }>>;
  }>;
  const { paths } = await document;
  const told = (path: string, method = 'post') => Object.keys(paths[path]![method]!.responses);
  for (const status of ['400', '401', '403', '405', '413', '415', '429', '500', '502', '503']) {
    for (const path of ['/sign', '/sign/parts', '/sign/delete']) assert.ok(told(path).includes(status), status);
  }
  for (const status of ['404', '409', '422']) assert.ok(told('/sign/complete').includes(status), status);
  for (const status of ['200', '400', '401', '403', '429', '500'])
    assert.ok(told('/sign/form', 'get').includes(status));
});

test('what the OpenAPI document says of the answers is what is answered', async () => {
  const live = await openBucket();
  try {
    const service = await serviceOf({
      S3_BUCKET: live.bucket,
      AWS_ENDPOINT_URL_S3: live.proxy.url,
      AWS_ACCESS_KEY_ID: live.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: live.credentials.secretAccessKey,
      SIGNER_RECEIPTS: '1',
    });
    const files = [
      fileOf({ id: '1', size: 5 }),
      fileOf({ id: '2', type: 'text/html' }),
      fileOf({ id: '3', size: 20_000_000, type: 'video/mp4', name: 'a.mp4' }),
    ];
    const signed = answers.SignAnswer.strict().parse(await (await service.post('/sign', { files })).json());
    const put: unknown = await (await service.post('/sign', { files: [files[0]], method: 'PUT' })).json();
    answers.SignAnswer.strict().parse(put);
    const [small, , large] = signed.files as [
      { ticket: string; url: string; fields: Record<string, string> },
      object,
      { ticket: string },
    ];
    const form = new FormData();
    for (const [name, value] of Object.entries(small.fields)) form.set(name, value);
    form.set('file', new Blob(['hello']));
    assert.equal((await fetch(small.url, { method: 'POST', body: form })).status, 201);
    const call = async (path: string, body: unknown): Promise<unknown> =>
      (await service.post(`/sign${path}`, body)).json();
    answers.StoredFile.strict().parse(await call('/confirm', { ticket: small.ticket }));
    answers.SignedFile.parse(await call('/sign-again', { ticket: small.ticket }));
    const parts = [{ number: 1, size: 8_388_608 }];
    answers.PartsAnswer.strict().parse(await call('/parts', { ticket: large.ticket, parts }));
    answers.PartsListAnswer.strict().parse(await call('/parts/list', { ticket: large.ticket }));
    answers.Problem.strict().parse(await call('/complete', { ticket: large.ticket }));
    answers.Problem.strict().parse(await call('/complete', { ticket: 'x' }));
  } finally {
    await live.close();
  }
});

test('the metrics count grants, bytes, refusals and answers, under labels that no client can choose', async () => {
  const service = await serviceOf();
  await service.post('/sign', { files: [fileOf({ id: '1' }), fileOf({ id: '2', size: 24 })] });
  await service.sign({}, { type: 'text/html' });
  for (const path of ['/sign/canary-1', '/canary-2', '/sign/complete?canary=3']) await service.post(path, {});
  await service.post('/sign', {}, { Origin: 'https://canary.example' });
  const metrics = await service.metrics();
  assert.match(metrics, /^s3_uploader_grants_total\{method="POST"\} 2$/m);
  assert.match(metrics, /^s3_uploader_granted_bytes_total 1024$/m);
  assert.match(metrics, /^s3_uploader_refusals_total\{code="file-type"\} 1$/m);
  assert.match(metrics, /^s3_uploader_request_duration_seconds_count\{path="\/sign",status="200"\} 2$/m);
  assert.match(metrics, /path="other",status="404"/);
  assert.match(metrics, /^process_cpu_seconds_total /m);
  assert.doesNotMatch(metrics, /canary/);
});

test('health is told to whoever asks', async () => {
  const response = await (await serviceOf()).app.request('/healthz');
  assert.deepEqual([response.status, await response.json()], [200, { status: 'ok' }]);
});

const faults: [name: string, env: Record<string, string>, says: RegExp][] = [
  ['a misspelt limit', { SIGNER_BYTE_PER_DAY: '1GB' }, /^SIGNER_BYTE_PER_DAY: there is no such setting/m],
  ['a limit that is no number', { SIGNER_FILES_PER_DAY: 'many' }, /^SIGNER_FILES_PER_DAY: must be a whole number/m],
  ['a proxy that is no address', { SIGNER_TRUSTED_PROXIES: 'nginx' }, /^SIGNER_TRUSTED_PROXIES: must be addresses/m],
  ['tokens without a token', { SIGNER_AUTH: 'token' }, /^SIGNER_TOKENS: names no token/m],
  ['a short token', { SIGNER_AUTH: 'token', SIGNER_TOKENS: 'short' }, /^SIGNER_TOKENS: tokens must have at least 16/m],
  [
    'jwt without a key',
    { SIGNER_AUTH: 'jwt', SIGNER_JWT_ISSUER: 'i', SIGNER_JWT_AUDIENCE: 'a' },
    /SIGNER_JWKS_URL.*either/,
  ],
  ['jwt without an issuer', { SIGNER_AUTH: 'jwt', SIGNER_JWKS_URL: 'https://x.example' }, /needs issuer/],
  [
    'jwt without algorithm',
    { SIGNER_AUTH: 'jwt', SIGNER_JWT_ALGORITHM: 'none' },
    /^SIGNER_JWT_ALGORITHM: must be one of/m,
  ],
  ['forward to nowhere', { SIGNER_AUTH: 'forward' }, /^SIGNER_FORWARD_URL: not set/m],
  ['a webhook without a secret', { SIGNER_WEBHOOK_URL: 'https://x.example' }, /^SIGNER_WEBHOOK_SECRET: not set/m],
  ...['AWS_ENDPOINT_URL_S3', 'SIGNER_FORWARD_URL', 'SIGNER_JWKS_URL', 'SIGNER_WEBHOOK_URL'].flatMap(
    (name): typeof faults => [
      [
        `a password in ${name}`,
        { [name]: 'https://user:canary@x.example' },
        RegExp(`^${name}: must have no user`, 'm'),
      ],
      [`a ${name} that is none`, { [name]: 'https:/user:canary@:x' }, RegExp(`^${name}: must be a URL such as`, 'm')],
    ],
  ),
  [
    'a Redis that is none',
    { SIGNER_REDIS_URL: 'http://:canary@x' },
    /^SIGNER_REDIS_URL: must be a URL such as redis:/m,
  ],
];
for (const [name, env, says] of faults) {
  test(`the signer does not start with ${name}, and says which variable to mend`, () => {
    const least = { S3_BUCKET: 'uploads', AWS_REGION: 'us-east-1', SIGNER_AUTH: 'public' };
    assert.throws(
      () => readSettings({ ...least, ...env }),
      (error) => error instanceof ConfigError && says.test(error.message) && !/canary/.test(error.message),
    );
  });
}

const twoSigners = 'two signers share their limits through Redis, and serve their metrics on a port of their own';
test(twoSigners, needs('redis-server'), async (t) => {
  await using redis = await startRedis();
  const env = { SIGNER_REDIS_URL: redis.url, SIGNER_FILES_PER_DAY: '3', SIGNER_METRICS_PORT: '0' };
  const [one, two] = await Promise.all([start(t, env), start(t, env)]);
  const statuses = [];
  for (const { url } of [one, two, one, two, one]) statuses.push((await sign(url)).status);
  assert.deepEqual(statuses, [200, 200, 200, 429, 429]);
  assert.match(await (await fetch(one.metrics)).text(), /^s3_uploader_grants_total\{method="POST"\} 2$/m);
  assert.equal((await fetch(new URL('/metrics', one.url))).status, 404);
});

test('when it is told to stop, it ends what is under way, takes nothing new, and goes', async (t) => {
  const live = await openBucket();
  try {
    const signer = await start(t, {
      S3_BUCKET: live.bucket,
      AWS_ENDPOINT_URL_S3: live.proxy.url,
      AWS_ACCESS_KEY_ID: live.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: live.credentials.secretAccessKey,
    });
    live.proxy.pace = { latency: 700 };
    // Waits for the storage to open the multipart upload.
    const underWay = sign(signer.url, { name: 'a.mp4', type: 'video/mp4', size: 20_000_000 });
    while (live.proxy.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    const exit = once(signer.child, 'close');
    signer.child.kill('SIGTERM');
    while (!signer.output().includes('"stopping"')) await new Promise((resolve) => setTimeout(resolve, 10));
    await assert.rejects(sign(signer.url));
    assert.equal((await underWay).status, 200);
    assert.deepEqual(await exit, [0, null]);
  } finally {
    await live.close();
  }
});

async function start(t: TestContext, settings: Record<string, string>) {
  const { PATH = '', HOME = '' } = process.env;
  const entry = fileURLToPath(new URL('../../signer/platforms/node/server.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', entry], {
    env: {
      ...{ PATH, HOME, NODE_NO_WARNINGS: '1' },
      S3_BUCKET: 'uploads',
      AWS_REGION: 'us-east-1',
      S3_FORCE_PATH_STYLE: '1',
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
      SIGNER_AUTH: 'public',
      SIGNER_SECRET: SECRET,
      SIGNER_ORIGINS: ORIGIN,
      PORT: '0',
      ...settings,
    },
  });
  t.after(() => child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += String(data)));
  const find = async (path: string): Promise<string> => {
    for (;;) {
      const [url] = new RegExp(`http://localhost:\\d+${path}`).exec(output) ?? [];
      if (url) return url;
      if (child.exitCode !== null) throw new Error(output);
      await Promise.race([once(child.stdout, 'data'), once(child, 'close')]);
    }
  };
  const url = await find('/sign');
  const metrics = settings.SIGNER_METRICS_PORT === undefined ? '' : await find('/metrics');
  return { child, url, metrics, output: () => output };
}

const sign = (url: string, file: object = {}) =>
  fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Origin: ORIGIN },
    body: JSON.stringify({ files: [fileOf(file)] }),
  });
