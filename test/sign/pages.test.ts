import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { GetObjectCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { type RunningDemo, serveDemo } from '../../demo/serve.ts';
import { awsForm } from '../fixtures/aws-form.ts';
import { type FakeCognito, startFakeCognito } from '../fixtures/fake-cognito.ts';
import { startTestStorage, type TestStorage } from '../fixtures/test-storage.ts';
import { findChromium } from '../runner/browsers.ts';
import { sha256 } from '../fixtures/sha256.ts';

// Pages in a real Chromium, with and without scripting, with the built element.
const dist = fileURLToPath(new URL('../../dist/', import.meta.url));
const bytes = Buffer.from('GIF89a not really a picture '.repeat(1000));

let testStorage: TestStorage;
let demo: RunningDemo;
let browser: Browser;
let page: Page;
let folder: string;
let picture: string;
let reading: S3Client;

before(async () => {
  testStorage = await startTestStorage();
  const { url, bucket, region, credentials } = testStorage;
  const env = {
    PORT: '18432',
    S3_BUCKET: bucket,
    S3_FORCE_PATH_STYLE: '1',
    AWS_ENDPOINT_URL_S3: url,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
  demo = await serveDemo(env, () => {});
  const { executablePath, env: extra } = await findChromium();
  browser = await puppeteer.launch({
    executablePath,
    args: [
      '--no-first-run',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    ],
    env: { ...process.env, ...extra },
  });
  reading = new S3Client({ endpoint: url, region, credentials, forcePathStyle: true });
  folder = await mkdtemp(path.join(os.tmpdir(), 's3-uploader-pages-'));
  picture = path.join(folder, 'Ünser Haus.gif');
  await writeFile(picture, bytes);
});

after(async () => {
  await browser.close();
  await demo.close();
  reading.destroy();
  await testStorage.close();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  page = await browser.newPage();
});
afterEach(() => page.close());

async function assertStored(key: string): Promise<void> {
  const { Body } = await reading.send(new GetObjectCommand({ Bucket: testStorage.bucket, Key: key }));
  assert.equal(sha256(await Body!.transformToByteArray()), sha256(bytes), key);
}

/** Picks the picture in the form's file input, and presses the form's button. */
async function sendPlainForm(): Promise<void> {
  const input = (await page.$('input[type=file]')) as unknown as { uploadFile(file: string): Promise<void> };
  await input.uploadFile(picture);
  const button = await page.$('form button, form input[type=submit]');
  await Promise.all([page.waitForNavigation(), button!.click()]);
}

/** Picks the picture in the element, and resolves with the key under which it is stored. */
async function sendByElement(): Promise<string> {
  await page.waitForFunction(() => customElements.get('s3-uploader'));
  const stored = page.evaluate(
    () =>
      new Promise<string>((resolve, reject) => {
        const element = document.querySelector('s3-uploader')!;
        element.addEventListener('upload-success', ({ detail }) => resolve(detail.key));
        element.addEventListener('upload-error', ({ detail }) =>
          reject(new Error(`${detail.code}: ${detail.message}`)),
        );
      }),
  );
  const input = await page.waitForSelector('s3-uploader >>> input[type=file]:enabled');
  await (input as unknown as { uploadFile(file: string): Promise<void> }).uploadFile(picture);
  return stored;
}

/** Serves a page and the built element. */
async function servePage(
  render: (url: string) => string | Promise<string>,
): Promise<AsyncDisposable & { url: string }> {
  const server = createServer((request, response) => {
    void (async () => {
      const { pathname } = new URL(request.url ?? '', url);
      if (pathname === '/') response.setHeader('content-type', 'text/html; charset=utf-8').end(await render(url));
      else if (/^\/cdn\/[\w.-]+\.js$/.test(pathname)) {
        response.setHeader('content-type', 'text/javascript').end(await readFile(path.join(dist, pathname)));
      } else response.setHeader('content-type', 'text/html').end('<!doctype html><title>Done</title>');
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    url,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

const pageOf = (body: string): string =>
  `<!doctype html><meta charset="utf-8"><title>Page</title><script type="module" src="/cdn/s3-uploader.js"></script>${body}`;

test("the signer's form in the demo uploads without scripting, and leads to the signer's page", async () => {
  await page.setJavaScriptEnabled(false);
  await page.goto(`${demo.url}/form.html`);
  assert.equal(await page.$eval('s3-uploader', (element) => element.shadowRoot), null, 'the element is not defined');
  await sendPlainForm();
  const landed = new URL(page.url());
  assert.equal(`${landed.origin}${landed.pathname}`, `${demo.url}/sign/form/done`);
  assert.match(await page.$eval('body', ({ textContent }) => textContent ?? ''), /The file is stored/);
  await assertStored(landed.searchParams.get('key')!);
});

test("the element uploads with the signer's form in the demo, under the page's strict policy", async () => {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    // Ceph's gateway redirects to the bucket's own URL, whose list the page may not read
    const isOfBucket =
      testStorage.hasPolicies && message.location().url?.startsWith(`${testStorage.url}/${testStorage.bucket}?`);
    if (message.type() === 'error' && !isOfBucket) errors.push(message.text());
  });
  await page.goto(`${demo.url}/form.html`);
  const key = await sendByElement();
  assert.match(key, /^uploads\/[0-9a-f-]{36}$/);
  await assertStored(key);
  assert.equal(page.url(), `${demo.url}/form.html`);
  assert.deepEqual(errors, []);
});

test("the form of AWS's documentation uploads without scripting, with what the visitor has typed", async () => {
  await using site = await servePage(async (url) =>
    pageOf(
      `<s3-uploader>${await awsForm(testStorage, { redirect: { url: `${url}done`, policy: 'fixed' } })}</s3-uploader>`,
    ),
  );
  await page.setJavaScriptEnabled(false);
  await page.goto(site.url);
  await page.type('[name="x-amz-meta-tag"]', 'getippt');
  await sendPlainForm();
  const landed = new URL(page.url());
  assert.equal(landed.pathname, '/done');
  assert.equal(landed.searchParams.get('key'), 'user/user1/Ünser Haus.gif');
  assert.equal(await page.title(), 'Done');
  await assertStored('user/user1/Ünser Haus.gif');
});

/** Opens a page whose element signs with Cognito by attributes alone. The browser's requests to AWS go to local servers. */
async function visitCognito(): Promise<FakeCognito> {
  const cognito = await startFakeCognito((seconds) => testStorage.issueCredentials(seconds));
  const site = await servePage(() =>
    pageOf(`<s3-uploader identity-pool-id="${cognito.poolId}" region="us-east-1" bucket="${testStorage.bucket}"
      key-prefix="visitors/"></s3-uploader>`),
  );
  const localUrls: Record<string, string> = {
    'https://cognito-identity.us-east-1.amazonaws.com/': cognito.url,
    [`https://${testStorage.bucket}.s3.us-east-1.amazonaws.com/`]: `${testStorage.url}/${testStorage.bucket}/`,
  };
  await page.setRequestInterception(true);
  page.on('request', (request) => {
    const aws = Object.keys(localUrls).find((url) => request.url().startsWith(url));
    void request.continue(aws ? { url: request.url().replace(aws, localUrls[aws]!) } : {});
  });
  await page.goto(site.url);
  return {
    ...cognito,
    async [Symbol.asyncDispose]() {
      await site[Symbol.asyncDispose]();
      await cognito[Symbol.asyncDispose]();
    },
  };
}

const operations = ({ calls }: FakeCognito): string[] => calls.map(({ operation }) => operation);
const identityIn = (key: string): string => /^visitors\/(us-east-1:[0-9a-f-]{36})\/[0-9a-f-]{36}\.gif$/.exec(key)![1]!;

test('signs with Cognito by attributes alone', async () => {
  await using cognito = await visitCognito();
  const key = await sendByElement();
  assert(cognito.identities.has(identityIn(key)));
  await assertStored(key);
  assert.deepEqual(operations(cognito), ['GetId', 'GetCredentialsForIdentity']);
});

test('a guest keeps the identity when the metadata change, and when the element is moved or removed and added again', async () => {
  await using cognito = await visitCognito();
  const first = identityIn(await sendByElement());
  await page.evaluate(async () => {
    const element = document.querySelector('s3-uploader')!;
    element.metadata = { album: 'summer' };
    element.append(document.createElement('p'));
    await element.updateComplete;
  });
  const key = await sendByElement();
  assert.equal(identityIn(key), first);
  const { Metadata } = await reading.send(new HeadObjectCommand({ Bucket: testStorage.bucket, Key: key }));
  assert.deepEqual(Metadata, { album: 'summer' });
  assert.deepEqual(operations(cognito), ['GetId', 'GetCredentialsForIdentity']);

  const element = await page.evaluateHandle(() => document.querySelector('s3-uploader')!);
  const reattach = () =>
    element.evaluate(async (removed) => {
      document.body.append(removed);
      await removed.updateComplete;
    });
  await reattach();
  assert.equal(identityIn(await sendByElement()), first);
  assert.deepEqual(operations(cognito), ['GetId', 'GetCredentialsForIdentity']);

  // for longer than a move takes
  await element.evaluate((removed) => removed.remove());
  await delay(1000);
  await reattach();
  assert.equal(identityIn(await sendByElement()), first);
  const renewed = ['GetId', 'GetCredentialsForIdentity', 'GetCredentialsForIdentity'];
  assert.deepEqual(operations(cognito), renewed);
});

test('the property logins changes the identity when the visitor signs in or out, and keeps it for a new token', async () => {
  await using cognito = await visitCognito();
  const guest = identityIn(await sendByElement());
  const signIn = (token: string | undefined): Promise<void> =>
    page.evaluate(async (token) => {
      const element = document.querySelector('s3-uploader')!;
      element.logins = token ? { 'idp.example': token } : undefined;
      await element.updateComplete;
    }, token);
  await signIn('anna.1');
  const anna = identityIn(await sendByElement());
  assert.notEqual(anna, guest);
  assert.equal(cognito.identities.get(anna), 'idp.example anna');
  await signIn('anna.2');
  assert.equal(identityIn(await sendByElement()), anna);
  assert.deepEqual(cognito.calls.at(-1)!.body['Logins'], { 'idp.example': 'anna.2' });
  await signIn(undefined);
  const after = identityIn(await sendByElement());
  assert.equal(cognito.identities.get(after), 'a guest');
});
