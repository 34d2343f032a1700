import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { startTestStorage, type TestStorage } from '../fixtures/test-storage.ts';
import { drive, ENGINES, inEngine } from '../fixtures/drive.ts';
import { type FaultProxy, startFaultProxy } from '../helpers/faults.ts';
import { type DroppedPhoto, dropPhoto } from './drop-photo.ts';
import { freePort } from '../fixtures/free-port.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** `npm run signer` may install packages first. */
const START_TIMEOUT_MS = 60_000;

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

describe('A page that uses the signer of npm run signer', () => {
  let backend: TestStorage;
  let proxy: FaultProxy;
  let site: Server;
  let signer: ChildProcess;
  let url: string;
  let reader: S3Client;

  before(async () => {
    backend = await startTestStorage();
    proxy = await startFaultProxy(backend.url);
    const port = await freePort();
    site = createServer((request, response) => {
      const isScript = /^\/dist\/cdn\/[\w.-]+\.js$/.test(request.url ?? '');
      if (!isScript) response.setHeader('content-type', 'text/html').end(pageOf(`http://127.0.0.1:${port}/sign`));
      else {
        readFile(root + request.url).then(
          (script) => response.setHeader('content-type', 'text/javascript').end(script),
          () => response.writeHead(404).end(),
        );
      }
    }).listen(0, '127.0.0.1');
    await once(site, 'listening');
    url = `http://localhost:${portOf(site)}/`;
    const { bucket, region, credentials } = backend;
    signer = spawn('npm', ['run', 'signer'], {
      cwd: root,
      detached: true,
      env: {
        ...process.env,
        PORT: String(port),
        S3_BUCKET: bucket,
        S3_FORCE_PATH_STYLE: '1',
        AWS_ENDPOINT_URL_S3: proxy.url,
        AWS_REGION: region,
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        SIGNER_AUTH: 'public',
        SIGNER_SECRET: 'a secret of at least thirty-two characters',
        SIGNER_ORIGINS: new URL(url).origin,
      },
    });
    await waitUntilHealthy(`http://127.0.0.1:${port}`);
    reader = new S3Client({ endpoint: backend.url, region, credentials, forcePathStyle: true });
  });
  beforeEach(() => proxy.reset());
  after(async () => {
    process.kill(-signer.pid!, 'SIGTERM');
    await once(signer, 'exit');
    site.close();
    site.closeAllConnections();
    reader.destroy();
    await proxy.close();
    await backend.close();
  });

  for (const engine of ENGINES) {
    test(
      `stores a photo that is dropped in ${engine}, although the storage fails twice`,
      inEngine(engine),
      async () => {
        proxy.faults = [
          { do: 'answer', status: 500, body: '<Error><Code>InternalError</Code></Error>', method: 'POST', times: 2 },
        ];
        await using browser = await drive(engine);
        await browser.goto(url);
        const dropped = await browser.run<DroppedPhoto>(dropPhoto('s3-uploader'));
        const { Body } = await reader.send(new GetObjectCommand({ Bucket: backend.bucket, Key: dropped.key }));
        const bytes = await Body!.transformToByteArray();
        assert.equal(createHash('sha256').update(bytes).digest('hex'), dropped.sha256);
        assert.match(dropped.rowText, /photo.*Uploaded/);
        assert.equal(proxy.requests.filter(({ method }) => method === 'POST').length, 3);
      },
    );

    test(`shows an error when the policy refuses a file in ${engine}`, inEngine(engine), async () => {
      await using browser = await drive(engine);
      await browser.goto(url);
      const { detail, problem } = await browser.run<{ detail: Record<string, unknown>; problem: string }>(
        UPLOAD_REFUSED,
      );
      assert.deepEqual(
        [detail['code'], detail['s3Code'], detail['status'], detail['retryable']],
        ['storage-refused', 'AccessDenied', 403, true],
      );
      assert.match(problem, /aren't working on this site\. Please tell its owner \(error: storage-refused\)/);
      assert.equal(proxy.requests.filter(({ method }) => method === 'POST').length, 1);
    });
  }
});

const pageOf = (endpoint: string): string => `<!doctype html>
<html lang="en">
  <meta charset="utf-8" />
  <title>A page</title>
  <script type="module" src="/dist/cdn/s3-uploader.js"></script>
  <s3-uploader endpoint="${endpoint}" multiple></s3-uploader>
</html>`;

/**
 * Code that runs in the page: adds a form field that the policy does not cover, uploads a file, and returns the error event
 * and the text of the file's row.
 */
const UPLOAD_REFUSED = `
  await customElements.whenDefined('s3-uploader');
  const uploader = document.querySelector('s3-uploader');
  const endpoint = uploader.endpoint;
  uploader.sign = async (files, { signal }) => {
    const requested = files.map(({ id, name, type, size }) => ({ id, name, type, size }));
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify({ files: requested }), signal });
    const [{ id, key, method, url, fields }] = (await response.json()).files;
    return [{ id, key, method, url, fields: { ...fields, 'x-amz-meta-more': 'x' } }];
  };
  await uploader.updateComplete;
  const failed = new Promise((resolve) => uploader.addEventListener('upload-error', resolve));
  await uploader.add([new File(['words'], 'note.txt', { type: 'text/plain' })]);
  const { detail } = await failed;
  const deadline = performance.now() + 10000;
  const problem = () => uploader.shadowRoot.querySelector('[part=problem]').textContent;
  while (performance.now() < deadline && !problem().includes('storage-refused')) {
    await new Promise((resolve) => setTimeout(resolve, 16));
  }
  return { detail: { ...detail }, problem: problem() };
`;

/** @throws {Error} when the signer does not start in time */
async function waitUntilHealthy(url: string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    const response = await fetch(`${url}/healthz`).catch(() => undefined);
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`The signer at ${url} did not start within ${START_TIMEOUT_MS / 1000} s.`);
}
