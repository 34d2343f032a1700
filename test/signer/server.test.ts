import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CREDENTIALS, fileOf, SECRET } from '../fixtures/signer.ts';

const entry = fileURLToPath(new URL('../../signer/platforms/node/server.ts', import.meta.url));

const env = {
  S3_BUCKET: 'uploads',
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
  SIGNER_AUTH: 'public',
  SIGNER_SECRET: SECRET,
  SIGNER_ORIGINS: 'https://site.example',
  PORT: '0',
};

/** Starts the server as a process. */
function start(t: TestContext, settings: Record<string, string>): { child: ChildProcess; output: () => string } {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, ['--import', 'tsx', entry], { env: { PATH, HOME, ...settings } });
  t.after(() => child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (data) => (output += data));
  child.stderr.on('data', (data) => (output += data));
  return { child, output: () => output };
}

/** Waits until the server listens, and returns its URL. */
async function urlOf(child: ChildProcess, output: () => string, path = '/sign'): Promise<string> {
  for (;;) {
    const [url] = new RegExp(`http://localhost:\\d+${path}`).exec(output()) ?? [];
    if (url) return url;
    await once(child.stdout!, 'data');
  }
}

test('the server does not start without SIGNER_AUTH and says why', async (t) => {
  const { SIGNER_AUTH: _none, ...rest } = env;
  const { child, output } = start(t, rest);
  const [code] = (await once(child, 'close')) as [number];
  assert.equal(code, 1);
  assert.match(output(), /SIGNER_AUTH: not set.*who may write to your bucket/);
});

test('the server does not start without credentials and names the variables', async (t) => {
  const { AWS_ACCESS_KEY_ID: _id, AWS_SECRET_ACCESS_KEY: _secret, ...rest } = env;
  // Keeps the SDK from finding credentials on this machine.
  const withoutFiles = { HOME: '/nonexistent', AWS_EC2_METADATA_DISABLED: 'true' };
  const { child, output } = start(t, { ...rest, ...withoutFiles });
  const [code] = (await once(child, 'close')) as [number];
  assert.equal(code, 1);
  assert.match(output(), /^ {2}AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY: not set/m);
  assert.doesNotMatch(output(), /\n\s+at /);
});

test('the metrics are served on the loopback address, or on SIGNER_METRICS_HOST', async (t) => {
  for (const [host, isReachable] of [
    ['', false],
    ['127.0.0.2', true],
  ] as const) {
    const settings = { ...env, SIGNER_METRICS_PORT: '0', ...(host && { SIGNER_METRICS_HOST: host }) };
    const { child, output } = start(t, settings);
    const port = new URL(await urlOf(child, output, '/metrics')).port;
    const reached = fetch(`http://127.0.0.2:${port}/metrics`).then(
      ({ ok }) => ok,
      () => false,
    );
    assert.equal(await reached, isReachable);
  }
});

test('the server starts, warns that it is public, signs a file, and stops after SIGTERM', async (t) => {
  const { child, output } = start(t, env);
  const url = await urlOf(child, output);
  assert.match(output(), /ANYONE/);
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Origin: 'https://site.example' },
    body: JSON.stringify({ files: [fileOf()] }),
  });
  assert.equal(response.status, 200);
  assert.match(await response.text(), /https:\/\/uploads\.s3\.us-east-1\.amazonaws\.com/);
  assert.equal((await fetch(new URL('/healthz', url))).status, 200);
  const nowhere = await fetch(new URL('/sign/nowhere', url));
  assert.equal(nowhere.headers.get('Content-Type'), 'application/problem+json');
  const closed = once(child, 'close');
  child.kill('SIGTERM');
  assert.deepEqual(await closed, [0, null]);
  assert.ok(!output().includes(SECRET) && !output().includes(CREDENTIALS.secretAccessKey));
});

test('Host and X-Forwarded headers, and a GET with a body, do not bypass the origin check over HTTP', async (t) => {
  const { child, output } = start(t, env);
  const url = new URL(await urlOf(child, output));
  const body = JSON.stringify({ files: [fileOf()] });
  const json = { 'Content-Type': 'application/json', 'Content-Length': String(body.length) };
  const spoofed = { Host: 'evil.example', 'X-Forwarded-Host': 'evil.example', 'X-Forwarded-For': '10.0.0.1' };
  const send = (method: string, headers: Record<string, string>) =>
    new Promise<{ status: number; text: string }>((resolve, reject) => {
      // Node's own client, because fetch allows neither a Host header nor a GET with a body.
      const sent = request({ host: url.hostname, port: url.port, path: '/sign', method, headers }, (response) => {
        void text(response).then((text) => resolve({ status: response.statusCode!, text }), reject);
      });
      sent.on('error', reject).end(body);
    });
  const evil = await send('POST', { ...json, ...spoofed, Origin: 'https://evil.example' });
  assert.deepEqual([evil.status, /origin-refused/.test(evil.text)], [403, true]);
  const allowed = await send('POST', { ...json, ...spoofed, Origin: 'https://site.example' });
  assert.equal(allowed.status, 200);
  assert.doesNotMatch(allowed.text, /evil/);
  const get = await send('GET', { ...json, Origin: 'https://site.example', 'X-HTTP-Method-Override': 'POST' });
  assert.deepEqual([get.status, /method-not-allowed/.test(get.text)], [405, true]);
  assert.match(output(), /"ip":"(::1|127\.0\.0\.1)"/, 'the logged address is that of the connection');
});

test('the server names a port that another program uses', async (t) => {
  const first = start(t, env);
  const { port } = new URL(await urlOf(first.child, first.output));
  const second = start(t, { ...env, PORT: port });
  const [code] = (await once(second.child, 'close')) as [number];
  assert.equal(code, 1);
  assert.match(second.output(), new RegExp(`PORT: another program uses port ${port}`));
});
