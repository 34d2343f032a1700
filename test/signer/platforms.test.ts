import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import type { handle } from 'hono/aws-lambda';
import { Miniflare } from 'miniflare';
import { bundleWorker } from '../../signer/bundle-worker.mjs';
import type { PartsAnswer, SignAnswer, StoredFile } from '../../widget/core/protocol.ts';
import { MiB } from '../fixtures/files.ts';
import { ORIGIN, SECRET } from '../fixtures/signer.ts';
import { bucketEnv, openBucket, type TestBucket } from './bucket.ts';
import { sha256 } from '../fixtures/sha256.ts';

/** Sends one request to the signer as the platform does. */
type Call = (path: string, body: unknown) => Promise<{ status: number; text: string; origin: string | null }>;

let bucket: TestBucket;
before(async () => {
  bucket = await openBucket();
});
after(() => bucket.close());

const settings = (change: Record<string, string> = {}): Record<string, string> => ({
  ...bucketEnv(bucket),
  SIGNER_AUTH: 'public',
  SIGNER_SECRET: SECRET,
  SIGNER_ORIGINS: ORIGIN,
  SIGNER_MULTIPART_FROM: '6MiB',
  SIGNER_PART_SIZE: '5MiB',
  SIGNER_RECEIPTS: '1',
  ...change,
});

describe('the signer on AWS Lambda', () => {
  let handler: ReturnType<typeof handle>;
  before(async () => {
    Object.assign(process.env, settings());
    ({ handler } = await import('../../signer/platforms/lambda.ts'));
  });

  const call: Call = async (path, body) => {
    const result = await handler(functionUrlEvent(path, JSON.stringify(body)), {} as never);
    const { statusCode, headers, body: text, isBase64Encoded } = result as unknown as FunctionUrlResponse;
    assert.equal(isBase64Encoded, false);
    return { status: statusCode, text, origin: headers['access-control-allow-origin'] ?? null };
  };

  testUploads(() => call);

  it('refuses settings that cannot be used there', async () => {
    // The module reads its settings once, so this needs another process.
    const entry = new URL('../../signer/platforms/lambda.ts', import.meta.url).href;
    const args = ['--import', 'tsx', '--input-type=module', '--eval', `await import(${JSON.stringify(entry)})`];
    const { PATH = '' } = process.env;
    const env = { PATH, ...settings({ SIGNER_METRICS_PORT: '9100' }) };
    const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
    assert.equal(status, 1);
    assert.match(stderr, /SIGNER_METRICS_PORT: cannot be used on Lambda/);
  });

  it('reads the client’s address from the event’s context, not from a header', async () => {
    const lines: string[] = [];
    const write = process.stdout.write.bind(process.stdout);
    process.stdout.write = (chunk: string | Uint8Array) => (lines.push(String(chunk)), true);
    try {
      await call('/sign', { files: [{ id: '1', name: 'a.txt', type: 'text/plain', size: 5 }] });
    } finally {
      process.stdout.write = write;
    }
    const grant = lines.find((line) => line.includes('"grant"')) ?? '{}';
    assert.equal((JSON.parse(grant) as { ip?: string }).ip, '203.0.113.9');
  });
});

describe('the signer in workerd, the runtime of Cloudflare Workers', () => {
  let worker: Miniflare;
  before(async () => {
    worker = await startWorker(settings());
  });
  after(() => worker.dispose());

  testUploads(() => async (path, body) => {
    const response = await worker.dispatchFetch(`https://signer.example${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Origin: ORIGIN },
      body: JSON.stringify(body),
    });
    const origin = response.headers.get('Access-Control-Allow-Origin');
    return { status: response.status, text: await response.text(), origin };
  });

  for (const [name, value] of Object.entries({ SIGNER_BYTES_PER_DAY: '1GB', SIGNER_TRUSTED_PROXIES: '10.0.0.1' })) {
    it(`refuses ${name}, which cannot be used there`, async () => {
      const misconfigured = await startWorker(settings({ [name]: value }));
      try {
        const failure = await misconfigured.dispatchFetch('https://signer.example/healthz').then(
          async (response) => `${response.status} ${await response.text()}`,
          (error: Error) => error.message,
        );
        assert.match(failure, RegExp(`${name}: cannot be used on Workers`));
      } finally {
        await misconfigured.dispose();
      }
    });
  }
});

/** The tests of both platforms. `getCall` is called within each test, after the platform has started. */
function testUploads(getCall: () => Call): void {
  it('uploads a small file by POST and confirms it', async () => {
    const call = getCall();
    const body = randomBytes(1000);
    const response = await call('/sign', { files: [{ id: '1', name: 'ä.png', type: 'image/png', size: body.length }] });
    assert.deepEqual([response.status, response.origin], [200, ORIGIN], response.text);
    const [file] = (JSON.parse(response.text) as SignAnswer).files;
    assert.ok(file && 'method' in file && file.method === 'POST');
    const form = new FormData();
    for (const [name, value] of Object.entries(file.fields)) form.set(name, value);
    form.set('file', new Blob([body]));
    assert.equal((await fetch(file.url, { method: 'POST', body: form })).status, 201);
    await assertStored(call, '/sign/confirm', file.ticket, body);
  });

  it('uploads a large file in parts and completes it', async () => {
    const call = getCall();
    const body = randomBytes(6 * MiB);
    const response = await call('/sign', { files: [{ id: '1', name: 'a.mp4', type: 'video/mp4', size: body.length }] });
    const [file] = (JSON.parse(response.text) as SignAnswer).files;
    assert.ok(file && 'method' in file && file.method === 'MULTIPART', response.text);
    const slices = [body.subarray(0, 5 * MiB), body.subarray(5 * MiB)];
    const parts = slices.map(({ length }, i) => ({ number: i + 1, size: length }));
    const signed = JSON.parse((await call('/sign/parts', { ticket: file.ticket, parts })).text) as PartsAnswer;
    for (const [i, { url, headers }] of signed.parts.entries()) {
      const init = { method: 'PUT', body: slices[i]!, ...(headers && { headers }) };
      assert.equal((await fetch(url, init)).status, 200);
    }
    await assertStored(call, '/sign/complete', file.ticket, body);
  });

  it('refuses an invalid ticket with a problem that the page can read', async () => {
    const response = await getCall()('/sign/complete', { ticket: 'not one' });
    assert.deepEqual([response.status, response.origin], [403, ORIGIN]);
    assert.equal((JSON.parse(response.text) as { code: string }).code, 'ticket-refused');
  });
}

/** Checks that the file is confirmed and stored byte for byte. */
async function assertStored(call: Call, path: string, ticket: string | undefined, body: Buffer): Promise<void> {
  const response = await call(path, { ticket });
  assert.equal(response.status, 200, response.text);
  const stored = JSON.parse(response.text) as StoredFile;
  assert.ok(stored.receipt);
  const object = await bucket.directClient.send(new GetObjectCommand({ Bucket: bucket.name, Key: stored.key }));
  const bytes = await object.Body!.transformToByteArray();
  assert.equal(sha256(bytes), sha256(body));
}

async function startWorker(bindings: Record<string, string>): Promise<Miniflare> {
  const { outputFiles } = await bundleWorker({ write: false as const });
  const worker = new Miniflare({
    modules: true,
    script: outputFiles[0]!.text,
    compatibilityDate: '2026-04-01',
    compatibilityFlags: ['nodejs_compat'],
    bindings,
    handleRuntimeStdio: (stdout, stderr) => (stdout.resume(), stderr.resume()),
  });
  await worker.ready;
  return worker;
}

interface FunctionUrlResponse {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
  isBase64Encoded: boolean;
}

/** The event of a function URL, in payload format 2.0 as AWS documents it. */
const functionUrlEvent = (path: string, body: string) =>
  ({
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: '',
    headers: {
      'content-type': 'application/json',
      origin: ORIGIN,
      host: 'abc.lambda-url.eu-central-1.on.aws',
      'x-forwarded-for': '9.9.9.9',
    },
    requestContext: {
      accountId: 'anonymous',
      apiId: 'abc',
      domainName: 'abc.lambda-url.eu-central-1.on.aws',
      domainPrefix: 'abc',
      http: { method: 'POST', path, protocol: 'HTTP/1.1', sourceIp: '203.0.113.9', userAgent: 'test' },
      requestId: 'r',
      routeKey: '$default',
      stage: '$default',
      time: '24/Nov/2026:00:00:00 +0000',
      timeEpoch: 0,
    },
    body: Buffer.from(body).toString('base64'),
    isBase64Encoded: true,
  }) as never;
