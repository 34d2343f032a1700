import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import http from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { GetObjectCommand, PutObjectCommand, DeleteObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { serveDemo } from '../../demo/serve.ts';
import { demoCredential, startStorage } from '../../demo/storage/index.ts';
import { formParts, postForm, signForm } from './post-form.ts';
import {
  createClient,
  headObject,
  newKey,
  startLocalStorageUnderTest,
  type LocalStorageUnderTest,
} from './storage-under-test.ts';

const PAGE = 'http://localhost:8080';
const OTHER_PAGE = 'https://evil.example';

describe('the local storage', () => {
  let storage: LocalStorageUnderTest;
  before(async () => {
    storage = await startLocalStorageUnderTest({ cors: { origins: [PAGE] } });
  });
  after(() => storage.close());

  /** Sends a GET of a URL whose host may be any name, to the storage's own port. */
  async function getAtStorage(url: string): Promise<{ status: number | undefined; body: string }> {
    const { host, pathname, search } = new URL(url);
    const { port } = new URL(storage.url);
    const request = http.get({ host: '127.0.0.1', port, path: pathname + search, headers: { host } });
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    return { status: response.statusCode, body: await text(response) };
  }

  describe('by its Host header', () => {
    const key = newKey();
    before(() => storage.client.send(new PutObjectCommand({ Bucket: storage.bucket, Key: key, Body: 'private' })));

    const getAt = async (host: string) => {
      const client = createClient(`http://${host}`, storage.region, storage.credentials);
      const url = await getSignedUrl(client, new GetObjectCommand({ Bucket: storage.bucket, Key: key }));
      client.destroy();
      return getAtStorage(url);
    };

    for (const host of ['127.0.0.1', 'localhost', '[::1]']) {
      it(`responds at ${host}`, async () => {
        const { port } = new URL(storage.url);
        assert.deepEqual(await getAt(`${host}:${port}`), { status: 200, body: 'private' });
      });
    }

    for (const host of ['rebound.evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '10.0.0.1']) {
      it(`refuses ${host}, although the request is signed`, async () => {
        const { port } = new URL(storage.url);
        for (const name of [`${host}:${port}`, host]) {
          const { status, body } = await getAt(name);
          assert.equal(status, 403);
          assert.match(body, /<Code>AccessForbidden<\/Code>/);
        }
      });
    }

    it('refuses another name for its page and for a preflight', async () => {
      assert.equal((await getAtStorage('http://rebound.evil.example/')).status, 403);
      const { port } = new URL(storage.url);
      const headers = { host: 'rebound.evil.example', origin: PAGE, 'access-control-request-method': 'POST' };
      const request = http.request({ host: '127.0.0.1', port, path: '/uploads', method: 'OPTIONS', headers });
      request.end();
      const [response] = (await once(request, 'response')) as [http.IncomingMessage];
      response.resume();
      assert.equal(response.statusCode, 403);
    });
  });

  describe('by the page that sends the request', () => {
    /** How a browser describes the page; the last ones are of browsers and programs that send only one header, or none. */
    const cases: [page: string, headers: Record<string, string>, isStored: boolean][] = [
      ['the allowed page', { origin: PAGE, 'sec-fetch-site': 'cross-site' }, true],
      ['a page of another site', { origin: OTHER_PAGE, 'sec-fetch-site': 'cross-site' }, false],
      ['a page of another port', { origin: 'http://localhost:3000', 'sec-fetch-site': 'same-site' }, false],
      ['a page without an origin', { origin: 'null', 'sec-fetch-site': 'cross-site' }, false],
      ['a browser without Sec-Fetch-Site', { origin: OTHER_PAGE }, false],
      ['a browser without Origin', { 'sec-fetch-site': 'cross-site' }, false],
      ['a program', {}, true],
    ];
    for (const [page, headers, isStored] of cases) {
      it(`${isStored ? 'stores' : 'refuses'} a signed form and a signed PUT of ${page}`, async () => {
        const key = newKey();
        const posted = await postForm(storage, formParts(signForm(storage, { key })), { headers });
        assert.equal(posted.status, isStored ? 204 : 403, posted.text);
        assert.equal((await headObject(storage, key)) !== undefined, isStored);
        const other = newKey();
        const url = await getSignedUrl(storage.client, new PutObjectCommand({ Bucket: storage.bucket, Key: other }));
        const put = await fetch(url, { method: 'PUT', body: 'x', headers });
        assert.equal(put.status, isStored ? 200 : 403);
        assert.equal((await headObject(storage, other)) !== undefined, isStored);
      });
    }

    it('refuses a signed DELETE of another page', async () => {
      const target = { Bucket: storage.bucket, Key: newKey() };
      await storage.client.send(new PutObjectCommand({ ...target, Body: 'x' }));
      const url = await getSignedUrl(storage.client, new DeleteObjectCommand(target));
      assert.equal((await fetch(url, { method: 'DELETE', headers: { origin: OTHER_PAGE } })).status, 403);
      assert.ok(await headObject(storage, target.Key));
      assert.equal((await fetch(url, { method: 'DELETE', headers: { origin: PAGE } })).status, 204);
    });
  });

  it('has another access key in each process', () => {
    const print = `import { demoCredential } from './demo/storage/index.ts'; console.log(JSON.stringify(demoCredential));`;
    const { stdout } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', print], {
      cwd: new URL('../../', import.meta.url),
      encoding: 'utf8',
    });
    const other = JSON.parse(stdout) as typeof demoCredential;
    for (const { accessKeyId, secretAccessKey } of [demoCredential, other]) {
      assert.match(accessKeyId, /^[A-Z0-9]{20}$/);
      assert.match(secretAccessKey, /^[\w-]{40}$/);
    }
    assert.notEqual(other.accessKeyId, demoCredential.accessKeyId);
    assert.notEqual(other.secretAccessKey, demoCredential.secretAccessKey);
  });

  it('does not start at an address that other machines can reach', async () => {
    for (const hostname of ['0.0.0.0', '::', '192.168.1.20', 'example.com', ''])
      await assert.rejects(startStorage({ dir: storage.dir, hostname }), RangeError, hostname);
  });
});

it('the demo responds only at names of this machine', async () => {
  const demo = await serveDemo({ PORT: '0', S3_BUCKET: 'uploads', ...CREDENTIALS }, () => {});
  try {
    const { port } = new URL(demo.url);
    for (const [host, status] of [
      [`localhost:${port}`, 200],
      [`127.0.0.1:${port}`, 200],
      [`rebound.evil.example:${port}`, 403],
    ] as const) {
      for (const path of ['/', '/sign/healthz']) {
        const request = http.get({ host: '127.0.0.1', port, path, headers: { host } });
        const [response] = (await once(request, 'response')) as [http.IncomingMessage];
        response.resume();
        if (path === '/' || status === 403) assert.equal(response.statusCode, status, `${host}${path}`);
      }
    }
  } finally {
    await demo.close();
  }
});

/** Any storage will do: the test sends nothing to it. */
const CREDENTIALS = {
  AWS_REGION: 'us-east-1',
  AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9',
  AWS_ACCESS_KEY_ID: 'EXAMPLEKEY0000000001',
  AWS_SECRET_ACCESS_KEY: 'example',
};
