import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Validator } from '@seriousme/openapi-schema-validator';
import { SignInput } from '../../signer/core/schemas.ts';
import type { openApi } from '../../signer/service/openapi.ts';
import { responseBodies } from '../../signer/service/response-schemas.ts';
import { PATHS } from '../../signer/service/service.ts';
import { needs } from '../fixtures/requirements.ts';
import { CREDENTIALS, fileOf, ORIGIN, SECRET } from '../fixtures/signer.ts';
import { bucketEnv, openBucket } from './bucket.ts';
import { startRedis } from './redis-server.ts';
import { createTestService } from './service.ts';

test('the OpenAPI document is valid and describes every path of the signer', async () => {
  const documentOf = async (env: Record<string, string>) =>
    (await (await createTestService(env)).get('/openapi.json')).json() as Promise<ReturnType<typeof openApi>>;
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

test('the OpenAPI document describes every member of a file that the signer reads', async () => {
  const document = (await (await createTestService()).get('/openapi.json')).json() as Promise<{
    components: {
      schemas: {
        SignInput: { properties: { files: { items: { properties: Record<string, unknown>; required: string[] } } } };
      };
    };
  }>;
  const { items } = (await document).components.schemas.SignInput.properties.files;
  assert.deepEqual(new Set(Object.keys(items.properties)), new Set(Object.keys(SignInput.shape.files.element.shape)));
  assert.deepEqual(items.properties.nonce, { type: 'string', minLength: 1, maxLength: 64 });
  assert.ok(!items.required.includes('nonce'), 'older pages send none');
});

test('the OpenAPI document describes every problem of each path', async () => {
  const document = (await (await createTestService({ SIGNER_FORM: '1' })).get('/openapi.json')).json() as Promise<{
    paths: Record<string, Record<string, { responses: Record<string, unknown> }>>;
  }>;
  const { paths } = await document;
  const statusesOf = (path: string, method = 'post') => Object.keys(paths[path]![method]!.responses);
  for (const status of ['400', '401', '403', '405', '413', '415', '429', '500', '502', '503']) {
    for (const path of ['/sign', '/sign/parts', '/sign/delete']) assert.ok(statusesOf(path).includes(status), status);
  }
  for (const status of ['404', '409', '422']) assert.ok(statusesOf('/sign/complete').includes(status), status);
  for (const status of ['200', '400', '401', '403', '429', '500'])
    assert.ok(statusesOf('/sign/form', 'get').includes(status));
});

test('the responses have the shapes of the OpenAPI document', async () => {
  await using bucket = await openBucket();
  const service = await createTestService({ ...bucketEnv(bucket), SIGNER_RECEIPTS: '1', SIGNER_METHOD: 'auto' });
  const files = [
    fileOf({ id: '1', size: 5 }),
    fileOf({ id: '2', type: 'text/html' }),
    fileOf({ id: '3', size: 20_000_000, type: 'video/mp4', name: 'a.mp4' }),
  ];
  const signed = responseBodies.SignAnswer.strict().parse(await (await service.post('/sign', { files })).json());
  const put: unknown = await (await service.post('/sign', { files: [files[0]], method: 'PUT' })).json();
  responseBodies.SignAnswer.strict().parse(put);
  const [small, , large] = signed.files as [
    { ticket: string; url: string; fields: Record<string, string> },
    object,
    { ticket: string; partSize: number },
  ];
  const call = async (path: string, body: unknown): Promise<unknown> =>
    (await service.post(`/sign${path}`, body)).json();
  responseBodies.SignedFile.parse(await call('/sign-again', { ticket: small.ticket }));
  const form = new FormData();
  for (const [name, value] of Object.entries(small.fields)) form.set(name, value);
  form.set('file', new Blob(['hello']));
  assert.equal((await fetch(small.url, { method: 'POST', body: form })).status, 201);
  responseBodies.StoredFile.strict().parse(await call('/confirm', { ticket: small.ticket }));
  responseBodies.Problem.strict().parse(await call('/sign-again', { ticket: small.ticket }));
  const parts = [{ number: 1, size: large.partSize }];
  responseBodies.PartsAnswer.strict().parse(await call('/parts', { ticket: large.ticket, parts }));
  responseBodies.PartsListAnswer.strict().parse(await call('/parts/list', { ticket: large.ticket }));
  responseBodies.Problem.strict().parse(await call('/complete', { ticket: large.ticket }));
  responseBodies.Problem.strict().parse(await call('/complete', { ticket: 'x' }));
});

test('the metrics count signed files, bytes, refusals and requests, with labels that no client can choose', async () => {
  const service = await createTestService();
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

test('/healthz responds with 200 while the service runs', async () => {
  const response = await (await createTestService()).app.request('/healthz');
  assert.deepEqual([response.status, await response.json()], [200, { status: 'ok' }]);
});

const twoSigners = 'two signers share their limits through Redis, and each serves its metrics on a separate port';
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

test('after SIGTERM the server completes running requests, accepts no new ones, and exits', async (t) => {
  await using bucket = await openBucket();
  const signer = await start(t, bucketEnv(bucket));
  bucket.proxy.pace = { latency: 700 };
  // This request waits for the storage to create the multipart upload.
  const running = sign(signer.url, { name: 'a.mp4', type: 'video/mp4', size: 20_000_000 });
  while (bucket.proxy.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  const exit = once(signer.child, 'close');
  signer.child.kill('SIGTERM');
  while (!signer.output().includes('"stopping"')) await new Promise((resolve) => setTimeout(resolve, 10));
  await assert.rejects(sign(signer.url));
  assert.equal((await running).status, 200);
  assert.deepEqual(await exit, [0, null]);
});

/** Starts the server as a process, and waits until it listens. */
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

test('the root path refuses a file, and lets pages of the allowed origins read where the signer is', async () => {
  const service = await createTestService();
  for (const [origin, readable] of [
    [ORIGIN, ORIGIN],
    ['https://other.example', null],
  ] as const) {
    for (const path of ['/', '/signn']) {
      const response = await service.post(path, { files: [fileOf()] }, { Origin: origin });
      assert.equal(response.headers.get('access-control-allow-origin'), readable, `${path} ${origin}`);
      if (!readable) continue;
      assert.equal(response.status, 404);
      const { code, detail } = (await response.json()) as { code: string; detail: string };
      assert.deepEqual([code, detail], ['not-found', 'There is no such path. The signer is at /sign.']);
    }
  }
});
