import { expect, fixture, html } from '@open-wc/testing';
import '../../widget/define.ts';
import type { S3UploaderElement } from '../../widget/element/s3-uploader.ts';
import { cognito } from '../../widget/sign/cognito/cognito.ts';
import { csrfHeaders } from '../../widget/sign/http/csrf.ts';
import { companion } from '../../widget/sign/presets/companion.ts';
import { nextEvent } from '../fixtures/events.ts';
import { MiB, textFile } from '../fixtures/files.ts';
import { readAllRecords } from '../fixtures/idb-records.ts';
import type { PresetBackendName } from '../fixtures/preset-backends.ts';
import { allByRole, byRole } from '../fixtures/queries.ts';
import { type RemoteServers, sha256, startRemoteServers } from '../fixtures/remote-servers.ts';
import { pick } from '../fixtures/user-input.ts';
import { until } from '../fixtures/wait.ts';

describe('Backends of the element', () => {
  let servers: RemoteServers;
  before(async () => {
    servers = await startRemoteServers({ method: 'auto' });
  });
  beforeEach(() => Promise.all([servers.storage.reset(), servers.signer.reset()]));
  after(() => servers.close());

  /** Picks all files at once, as a visitor does, and compares each stored object with its file. */
  async function expectStored(
    element: S3UploaderElement,
    files: readonly File[],
    keyOf = (key: string) => key,
  ): Promise<readonly string[]> {
    const end = nextEvent(element, 'upload-complete');
    pick(element, files);
    await end;
    const stored = element.files.slice(-files.length);
    const keys = stored.map((item) => {
      if (item.status !== 'done') throw new Error('error' in item ? item.error?.message : item.status);
      return item.result.key;
    });
    expect(new Set(keys).size).to.equal(files.length);
    for (const [index, file] of files.entries()) {
      expect(await servers.storedObject(keyOf(keys[index]!)), file.name).to.include({ sha256: await sha256(file) });
    }
    return keys;
  }

  /** Three different files; the first two have the same name. */
  const threeFiles = (): File[] => [
    textFile('notes ä.txt', 5000),
    textFile('notes ä.txt', 6000),
    textFile('more.txt', 7),
  ];
  const largeFile = (name: string): File => textFile(name, 17 * MiB);

  async function mountElement(attributes: Record<string, string>): Promise<S3UploaderElement> {
    const element = document.createElement('s3-uploader');
    for (const [name, value] of Object.entries({ multiple: '', ...attributes })) element.setAttribute(name, value);
    await fixture(html`<div>${element}</div>`);
    return element;
  }

  it("include this project's signer, for whole files and a file in parts", async () => {
    const element = await mountElement({ endpoint: servers.endpoint });
    const keys = await expectStored(element, [...threeFiles(), largeFile('film.txt')]);
    expect(element.value).to.deep.equal(keys);
  });

  for (const [name, attributes] of [
    ['presigned-post', {}],
    ['presigned-post', { 'signer-method': 'get' }],
    ['companion', {}],
    ['better-upload', {}],
  ] as [PresetBackendName, Record<string, string>][]) {
    it(`include signer="${name}" ${JSON.stringify(attributes)}, for whole files`, async () => {
      const element = await mountElement({
        endpoint: await servers.startPresetBackend(name),
        signer: name,
        ...attributes,
      });
      const keys = await expectStored(element, threeFiles());
      expect(keys[0]).to.match(/note/);
      expect(element.value).to.deep.equal(keys);
    });
  }

  it('include signer="companion", for files in parts', async () => {
    const element = await mountElement({});
    element.sign = companion({ url: await servers.startPresetBackend('companion'), multipartFrom: 16 * MiB });
    await element.updateComplete;
    await expectStored(element, [largeFile('film.txt'), largeFile('other.txt'), textFile('small.txt')]);
  });

  it('include signer="better-upload", for files in parts', async () => {
    const element = await mountElement({
      signer: 'better-upload',
      endpoint: await servers.startPresetBackend('better-upload-parts'),
    });
    await expectStored(element, [textFile('film.txt', 11 * MiB), textFile('other.txt', 6 * MiB)]);
  });

  it('include signer="rails", whose value is the signed id, with the CSRF token of its own origin', async () => {
    const element = await mountElement({ signer: 'rails', endpoint: await servers.startPresetBackend('rails') });
    element.headers = { 'X-CSRF-Token': 'csrf-token-of-the-session' };
    await element.updateComplete;
    // the same as railsKey() of the fixtures, which needs Node.js
    const keys = await expectStored(element, threeFiles(), (id) => atob(id.split('--')[1] ?? ''));
    for (const key of keys) expect(key).to.match(/^signed--/);
  });

  it('get the CSRF token of the page only on its own origin', async () => {
    const meta = Object.assign(document.createElement('meta'), { name: 'csrf-token', content: 'T0KEN' });
    document.head.append(meta);
    document.cookie = 'XSRF-TOKEN=a%3Db; path=/';
    document.cookie = 'csrftoken=c; path=/';
    try {
      const own = csrfHeaders(new URL('/sign', location.href));
      expect(own).to.deep.equal({ 'X-CSRF-Token': 'T0KEN', 'X-XSRF-TOKEN': 'a=b', 'X-CSRFToken': 'c' });
      expect(csrfHeaders(new URL(servers.endpoint))).to.deep.equal({});
      const element = await mountElement({ endpoint: servers.endpoint });
      await expectStored(element, [textFile('notes.txt')]);
      for (const { headers } of (await servers.signer.readLog()).requests) {
        expect(headers).not.to.include.any.keys('x-csrf-token', 'x-xsrf-token', 'x-csrftoken');
      }
    } finally {
      meta.remove();
      for (const name of ['XSRF-TOKEN', 'csrftoken']) document.cookie = `${name}=; path=/; max-age=0`;
    }
  });

  it('include a Cognito identity pool, whose credentials are neither stored nor logged', async () => {
    const { poolId, url } = await servers.startCognito();
    const logged: unknown[] = [];
    const before = { ...console };
    for (const level of ['debug', 'log', 'info', 'warn', 'error'] as const) {
      console[level] = (...values: unknown[]) => void logged.push(values.map(String));
    }
    const element = await mountElement({});
    for (const type of ['upload-start', 'upload-progress', 'upload-retry', 'upload-success'] as const) {
      element.addEventListener(type, ({ detail }) => logged.push(detail));
    }
    element.sign = cognito({
      identityPoolId: poolId,
      identityUrl: url,
      storageUrl: `${servers.storageUrl}/${servers.bucket}`,
      region: 'us-east-1',
      bucket: servers.bucket,
    });
    await element.updateComplete;
    await servers.storage.setFaults({ do: 'answer', status: 503, method: 'POST', times: 1 });
    const keys = await expectStored(element, [...threeFiles(), largeFile('film.txt')]).finally(() =>
      Object.assign(console, before),
    );
    for (const key of keys) expect(key).to.match(/^us-east-1:[0-9a-f-]{36}\/[0-9a-f-]{36}\.txt$/);

    const kept = JSON.stringify([
      logged,
      { ...localStorage },
      { ...sessionStorage },
      await readAllRecords(indexedDB),
      document.cookie,
      document.documentElement.outerHTML,
      element.shadowRoot!.innerHTML,
      element.files,
    ]);
    const secrets = await servers.issuedSecrets();
    expect(secrets).to.have.length.at.least(3);
    for (const secret of secrets) {
      for (const form of [secret, encodeURIComponent(secret), btoa(secret)]) expect(kept).not.to.include(form);
    }
  });

  for (const status of [501, 405]) {
    it(`are asked for PUT for each of three files at once when the storage answers POST with ${status}`, async () => {
      await servers.storage.setFaults({ do: 'answer', status, method: 'POST' });
      const element = await mountElement({ endpoint: servers.endpoint });
      await expectStored(element, threeFiles());
      await expectStored(element, [textFile('later.txt')]);
      const { requests } = await servers.storage.readLog();
      const methods = requests.map(({ method }) => method);
      expect(methods.filter((method) => method === 'PUT')).to.have.length(4);
      expect(methods.filter((method) => method === 'POST')).to.have.length.within(1, 3);
      expect(methods.at(-1)).to.equal('PUT');
      const requested = (await servers.signer.readLog()).requests.map(
        ({ json }) => (json as { method?: string }).method,
      );
      // files that are signed before the storage has answered may share a request, or not
      const firstPut = requested.indexOf('PUT');
      expect(firstPut).to.be.within(1, 3);
      expect([...new Set(requested.slice(firstPut))]).to.deep.equal(['PUT']);
    });
  }

  it('are asked for PUT with signer="presigned-post", too, when the storage answers POST with 501', async () => {
    await servers.storage.setFaults({ do: 'answer', status: 501, method: 'POST' });
    const element = await mountElement({
      signer: 'presigned-post',
      endpoint: await servers.startPresetBackend('presigned-post'),
    });
    await expectStored(element, threeFiles());
  });

  it('get a request for each of two files of the same name, even when their responses are cacheable', async () => {
    await servers.signer.setFaults({
      do: 'answer',
      status: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'max-age=3600' },
      body: '{"no":"grant"}',
    });
    const element = await mountElement({
      signer: 'presigned-post',
      'signer-method': 'get',
      endpoint: servers.endpoint,
    });
    pick(element, [textFile('same.txt')]);
    await nextEvent(element, 'upload-complete');
    pick(element, [textFile('same.txt')]);
    await nextEvent(element, 'upload-complete');
    expect((await servers.signer.readLog()).requests.map(({ method }) => method)).to.deep.equal(['GET', 'GET']);
  });

  it('include a function of the page', async () => {
    const element = await mountElement({});
    element.sign = async (files) =>
      Promise.all(
        files.map(async ({ id, name, type, size }) => {
          const body = JSON.stringify({ files: [{ id, name, type, size }] });
          const answer = await fetch(servers.endpoint, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body,
          });
          const [grant] = (
            (await answer.json()) as { files: { url: string; fields: Record<string, string>; key: string }[] }
          ).files;
          const { url, fields, key } = grant!;
          return { id, method: 'POST' as const, url, fields, key };
        }),
      );
    await element.updateComplete;
    await expectStored(element, threeFiles());
  });

  it('may sign the type of a PUT, which is sent as they were told it', async () => {
    const backend = await servers.startPresetBackend('presigned-post');
    const signed: string[] = [];
    const element = await mountElement({});
    element.sign = async (files) =>
      Promise.all(
        files.map(async ({ id, name, type }) => {
          signed.push(type);
          const answer = await fetch(backend, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ name, type, method: 'PUT' }),
          });
          // a backend that returns the URL alone
          const { url, key } = (await answer.json()) as { url: string; key: string };
          if (!url.includes('SignedHeaders=content-type')) throw new Error(`The type is not signed: ${url}`);
          return { id, method: 'PUT' as const, url, key };
        }),
      );
    await element.updateComplete;
    const types = ['', 'video/webm;codecs=vp9', 'text/plain;charset=utf-8', 'image/png'];
    const names = ['unknown', 'video.webm', 'notes.txt', 'picture.png'];
    const files = names.map((name, index) => textFile(name, 100 + index, types[index]));
    const keys = await expectStored(element, files);
    const stored = await Promise.all(keys.map((key) => servers.storedObject(key)));
    expect(new Set(stored.map((object) => object?.type))).to.deep.equal(new Set(signed));
  });

  it('pause the files when an ended session redirects to the sign-in page of another site', async () => {
    const signIn = `${servers.storageUrl}/sign-in`;
    await servers.signer.setFaults({ do: 'answer', status: 302, headers: { location: signIn }, times: 2 });
    await servers.storage.setFaults({ do: 'answer', method: '*', path: '/sign-in', status: 200, cors: false });
    const element = await mountElement({ endpoint: servers.endpoint });
    const errors: unknown[] = [];
    element.addEventListener('upload-error', ({ detail }) => errors.push(detail));
    const signedOut = nextEvent(element, 'auth-required');
    pick(element, [textFile('notes.txt')]);
    await signedOut;
    expect(errors).to.deep.equal([]);
    const stored = nextEvent(element, 'upload-success');
    element.resume();
    await stored;
  });

  it('work when a template leaves allowed-hosts empty', async () => {
    await expectStored(await mountElement({ endpoint: servers.endpoint, 'allowed-hosts': '' }), threeFiles());
  });

  it('may return the hosts in allowed-hosts, in upper or lower case and with any separator', async () => {
    const { hostname } = new URL(servers.storageUrl);
    const hosts = ` Other.Example,\n ${hostname.toUpperCase()} `;
    await expectStored(await mountElement({ endpoint: servers.endpoint, 'allowed-hosts': hosts }), threeFiles());
  });

  for (const [attributes, message] of [
    [{}, 'The attribute "endpoint" is missing. Set it'],
    [{ endpoint: 'http://' }, 'The attribute "endpoint" is "http://". Write endpoint="/sign".'],
    [{ endpoint: 'ftp://example.com/sign' }, 'The attribute "endpoint" is "ftp://example.com/sign". Write'],
    [{ endpoint: 'ftp://me:s3cret@127.0.0.1/sign' }, 'contains a user name or a password, which browsers do not send.'],
    [
      { endpoint: 'http://me:s3cret@127.0.0.1/sign' },
      'contains a user name or a password, which browsers do not send.',
    ],
    [{ endpoint: '/sign', signer: 'uppy' }, 'The attribute "signer" is "uppy". Write signer="presigned-post", or'],
    [{ endpoint: '/sign', signer: 'constructor' }, 'The attribute "signer" is "constructor".'],
    [
      { endpoint: '/sign', signer: 'presigned-post', 'signer-method': 'put' },
      'The attribute "signer-method" is "put".',
    ],
    [{ signer: 'companion' }, 'The attribute "endpoint" is missing.'],
    [
      { 'identity-pool-id': 'my-pool', region: 'us-east-1', bucket: 'b' },
      'The attribute "identity-pool-id" is "my-pool". Write',
    ],
    [{ 'identity-pool-id': 'us-east-1:1-2', bucket: 'b' }, 'The attribute "region" is missing.'],
    [{ 'identity-pool-id': 'us-east-1:1-2', region: 'us-east-1' }, 'The attribute "bucket" is missing.'],
    [
      { 'identity-pool-id': 'us-east-1:1-2', region: 'evil.example/', bucket: 'my-bucket' },
      'The attribute "region" is "evil.example/". Write region="eu-central-1".',
    ],
    [
      { 'identity-pool-id': 'us-east-1:1-2', region: 'us-east-1', bucket: 'evil.example/' },
      'The attribute "bucket" is "evil.example/". Write bucket="my-uploads".',
    ],
  ] as [Record<string, string>, string][]) {
    it(`are unavailable, with an error message, while the attributes are ${JSON.stringify(attributes)}`, async () => {
      const element = document.createElement('s3-uploader');
      for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
      await fixture(html`<div>${element}</div>`);
      await until(message, () => allByRole(element, 'alert').some(({ textContent }) => textContent.includes(message)));
      expect(element.shadowRoot!.textContent).not.to.include('s3cret');
      expect(byRole(element, 'button', /Choose/)).to.have.property('disabled', true);
      // the attributes are fixed while the page runs
      for (const name of Object.keys(attributes)) element.removeAttribute(name);
      element.endpoint = servers.endpoint;
      await until('no error', () => allByRole(element, 'alert').every(({ textContent }) => !textContent.trim()));
      await expectStored(element, [textFile('notes.txt')]);
    });
  }

  for (const [what, answer, message] of [
    [
      'unknown members',
      { uploadURL: 'https://b.example/', ok: true },
      'the members [uploadURL, ok]; expected: url and fields',
    ],
    ['a URL over ftp', { url: 'ftp://bucket.example/', fields: { key: 'k' } }, 'files are only sent over https'],
    [
      'a host that is not allowed',
      { url: 'https://evil.example/', fields: { key: 'k' } },
      'the attribute allowed-hosts does not name',
    ],
  ] as const) {
    it(`cannot return ${what}`, async () => {
      await servers.signer.setFaults({
        do: 'answer',
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(answer),
      });
      const element = await fixture<S3UploaderElement>(html`
        <s3-uploader
          signer="presigned-post"
          endpoint=${servers.endpoint}
          allowed-hosts="bucket.example other.example"
        ></s3-uploader>
      `);
      pick(element, [textFile('notes.txt')]);
      const { detail } = await nextEvent(element, 'upload-error');
      expect(detail).to.include({ code: 'bad-signer-response', phase: 'sign' });
      expect(detail.message).to.include(message);
      expect((await servers.storage.readLog()).requests).to.deep.equal([]);
    });
  }
});
