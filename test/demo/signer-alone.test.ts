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
import { type Dropped, dropPhoto } from './drop-photo.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const portOf = (server: Server): number => (server.address() as AddressInfo).port;

describe('a page of one’s own, with the signer that npm run signer starts,', () => {
  let backend: TestStorage;
  let storage: FaultProxy;
  let site: Server;
  let signer: ChildProcess;
  let url: string;
  let reading: S3Client;

  before(async () => {
    backend = await startTestStorage();
    storage = await startFaultProxy(backend.url);
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
        AWS_ENDPOINT_URL_S3: storage.url,
        AWS_REGION: region,
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        SIGNER_AUTH: 'public',
        SIGNER_SECRET: 'a secret of sixteen characters',
        SIGNER_ORIGINS: new URL(url).origin,
      },
    });
    for (const end = Date.now() + 60_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 100))) {
      if (
        await fetch(`http://127.0.0.1:${port}/healthz`).then(
          ({ ok }) => ok,
          () => false,
        )
      )
        break;
    }
    reading = new S3Client({ endpoint: backend.url, region, credentials, forcePathStyle: true });
  });
  beforeEach(() => storage.reset());
  after(async () => {
    process.kill(-signer.pid!, 'SIGTERM');
    await once(signer, 'exit');
    site.close();
    site.closeAllConnections();
    reading.destroy();
    await storage.close();
    await backend.close();
  });

  for (const engine of ENGINES) {
    test(`stores a photo that is dropped in ${engine}, though the storage fails twice`, inEngine(engine), async () => {
      storage.faults = [
        { do: 'answer', status: 500, body: '<Error><Code>InternalError</Code></Error>', method: 'POST', times: 2 },
      ];
      await using browser = await drive(engine);
      await browser.goto(url);
      const dropped = await browser.run<Dropped>(dropPhoto('s3-uploader'));
      const { Body } = await reading.send(new GetObjectCommand({ Bucket: backend.bucket, Key: dropped.key }));
      const bytes = await Body!.transformToByteArray();
      assert.equal(createHash('sha256').update(bytes).digest('hex'), dropped.sha256);
      assert.match(dropped.says, /photo.*Uploaded/);
      assert.equal(storage.requests.filter(({ method }) => method === 'POST').length, 3);
    });

    test(`says in words that the policy refuses a file, in ${engine}`, inEngine(engine), async () => {
      await using browser = await drive(engine);
      await browser.goto(url);
      const { detail, says } = await browser.run<{ detail: Record<string, unknown>; says: string }>(REFUSED);
      assert.deepEqual(
        [detail['code'], detail['s3Code'], detail['status'], detail['retryable']],
        ['storage-refused', 'AccessDenied', 403, true],
      );
      assert.match(says, /not set up correctly here\. Tell the owner of this site: storage-refused/);
      assert.equal(storage.requests.filter(({ method }) => method === 'POST').length, 1);
    });
  }
});

const pageOf = (endpoint: string): string => `<!doctype html>
<html lang="en">
  <meta charset="utf-8" />
  <title>A page of one's own</title>
  <script type="module" src="/dist/cdn/s3-uploader.js"></script>
  <s3-uploader endpoint="${endpoint}" multiple></s3-uploader>
</html>`;

/** Adds a field that the signer has not signed, as only a page that is wrong would. */
const REFUSED = `
  await customElements.whenDefined('s3-uploader');
  const tag = document.querySelector('s3-uploader');
  const endpoint = tag.endpoint;
  tag.sign = async (files, { signal }) => {
    const asked = files.map(({ id, name, type, size }) => ({ id, name, type, size }));
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify({ files: asked }), signal });
    const [{ id, key, method, url, fields }] = (await answer.json()).files;
    return [{ id, key, method, url, fields: { ...fields, 'x-amz-meta-more': 'x' } }];
  };
  await tag.updateComplete;
  const failed = new Promise((resolve) => tag.addEventListener('upload-error', resolve));
  await tag.add([new File(['words'], 'note.txt', { type: 'text/plain' })]);
  const { detail } = await failed;
  const end = performance.now() + 10000;
  const says = () => tag.shadowRoot.querySelector('li').textContent.replace(/\\s+/g, ' ');
  while (performance.now() < end && !says().includes('storage-refused')) {
    await new Promise((resolve) => setTimeout(resolve, 16));
  }
  return { detail: { ...detail }, says: says() };
`;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  server.close();
  return port;
}
