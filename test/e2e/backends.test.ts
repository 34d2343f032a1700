import { expect, fixture, html } from '@open-wc/testing';
import '../../widget/define.ts';
import type { S3UploaderElement } from '../../widget/element/s3-uploader.ts';
import { cognito } from '../../widget/sign/cognito/cognito.ts';
import { companion } from '../../widget/sign/presets/companion.ts';
import { nextEvent } from '../fixtures/events.ts';
import { MiB, textFile } from '../fixtures/files.ts';
import type { PresetBackendName } from '../fixtures/preset-backends.ts';
import { allByRole, byRole } from '../fixtures/queries.ts';
import { type RemoteServers, sha256, startRemoteServers } from '../fixtures/remote-servers.ts';
import { pick } from '../fixtures/user-input.ts';
import { until } from '../fixtures/wait.ts';

describe('The doors of the tag', () => {
  let servers: RemoteServers;
  before(async () => {
    servers = await startRemoteServers();
  });
  beforeEach(() => Promise.all([servers.storage.reset(), servers.signer.reset()]));
  after(() => servers.close());

  /** Brings files as a visitor does, all at once, and compares what is stored of each. */
  async function stores(
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

  /** No two alike, but for the names of the first two. */
  const three = (): File[] => [textFile('notes ä.txt', 5000), textFile('notes ä.txt', 6000), textFile('more.txt', 7)];
  const large = (name: string): File => textFile(name, 17 * MiB);

  async function tag(attributes: Record<string, string>): Promise<S3UploaderElement> {
    const element = document.createElement('s3-uploader');
    for (const [name, value] of Object.entries({ multiple: '', ...attributes })) element.setAttribute(name, value);
    await fixture(html`<div>${element}</div>`);
    return element;
  }

  it("open for this project's signer, whole files and one in parts", async () => {
    const element = await tag({ endpoint: servers.endpoint });
    const keys = await stores(element, [...three(), large('film.txt')]);
    expect(element.value).to.deep.equal(keys);
  });

  for (const [name, attributes] of [
    ['presigned-post', {}],
    ['presigned-post', { 'signer-method': 'get' }],
    ['companion', {}],
    ['better-upload', {}],
  ] as [PresetBackendName, Record<string, string>][]) {
    it(`open for signer="${name}" ${JSON.stringify(attributes)}, whole files`, async () => {
      const element = await tag({ endpoint: await servers.startPresetBackend(name), signer: name, ...attributes });
      const keys = await stores(element, three());
      expect(keys[0]).to.match(/note/);
      expect(element.value).to.deep.equal(keys);
    });
  }

  it('open for signer="companion", in parts', async () => {
    const element = await tag({});
    element.sign = companion({ url: await servers.startPresetBackend('companion'), multipartFrom: 16 * MiB });
    await element.updateComplete;
    await stores(element, [large('film.txt'), large('other.txt'), textFile('small.txt')]);
  });

  it('open for signer="better-upload", in parts', async () => {
    const element = await tag({
      signer: 'better-upload',
      endpoint: await servers.startPresetBackend('better-upload-parts'),
    });
    await stores(element, [textFile('film.txt', 11 * MiB), textFile('other.txt', 6 * MiB)]);
  });

  it('open for signer="rails", whose value is the signed id, with the token of the page', async () => {
    const meta = Object.assign(document.createElement('meta'), {
      name: 'csrf-token',
      content: 'csrf-token-of-the-session',
    });
    document.head.append(meta);
    const element = await tag({ signer: 'rails', endpoint: await servers.startPresetBackend('rails') });
    // as railsKey() of the helpers, in a browser
    const keys = await stores(element, three(), (id) => atob(id.split('--')[1] ?? ''));
    for (const key of keys) expect(key).to.match(/^signed--/);
    meta.remove();
  });

  it('open for a Cognito identity that signs for itself; what it is given is kept nowhere', async () => {
    const { poolId, url } = await servers.startCognito();
    const said: unknown[] = [];
    const before = { ...console };
    for (const level of ['debug', 'log', 'info', 'warn', 'error'] as const) {
      console[level] = (...words: unknown[]) => void said.push(words);
    }
    const element = await tag({});
    for (const type of ['upload-start', 'upload-progress', 'upload-retry', 'upload-success'] as const) {
      element.addEventListener(type, ({ detail }) => said.push(detail));
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
    const keys = await stores(element, [...three(), large('film.txt')]).finally(() => Object.assign(console, before));
    for (const key of keys) expect(key).to.match(/^us-east-1:[0-9a-f-]{36}\/[0-9a-f-]{36}\.txt$/);

    const kept = JSON.stringify([
      said,
      { ...localStorage },
      { ...sessionStorage },
      await everythingIn(indexedDB),
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
    it(`ask the signer for PUT, where the storage answers POST with ${status}, for each of three files at once`, async () => {
      await servers.storage.setFaults({ do: 'answer', status, method: 'POST' });
      const element = await tag({ endpoint: servers.endpoint });
      await stores(element, three());
      await stores(element, [textFile('later.txt')]);
      const { requests } = await servers.storage.readLog();
      const methods = requests.map(({ method }) => method);
      expect(methods.filter((method) => method === 'PUT')).to.have.length(4);
      expect(methods.filter((method) => method === 'POST')).to.have.length.within(1, 3);
      expect(methods.at(-1)).to.equal('PUT');
      const [first, ...others] = (await servers.signer.readLog()).requests.map(
        ({ json }) => json as { method?: string },
      );
      expect(first?.method).to.equal(undefined);
      expect(others.length).to.be.at.least(2);
      for (const { method } of others) expect(method).to.equal('PUT');
    });
  }

  it('ask for PUT once more through signer="presigned-post", too', async () => {
    await servers.storage.setFaults({ do: 'answer', status: 501, method: 'POST' });
    const element = await tag({
      signer: 'presigned-post',
      endpoint: await servers.startPresetBackend('presigned-post'),
    });
    await stores(element, three());
  });

  it('ask for each of two files of one name, whatever a signer says of caching', async () => {
    await servers.signer.setFaults({
      do: 'answer',
      status: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'max-age=3600' },
      body: '{"no":"grant"}',
    });
    const element = await tag({ signer: 'presigned-post', 'signer-method': 'get', endpoint: servers.endpoint });
    pick(element, [textFile('same.txt')]);
    await nextEvent(element, 'upload-complete');
    pick(element, [textFile('same.txt')]);
    await nextEvent(element, 'upload-complete');
    expect((await servers.signer.readLog()).requests.map(({ method }) => method)).to.deep.equal(['GET', 'GET']);
  });

  it('open for a function of the page', async () => {
    const element = await tag({});
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
    await stores(element, three());
  });

  it('open where a template has left allowed-hosts empty', async () => {
    await stores(await tag({ endpoint: servers.endpoint, 'allowed-hosts': '' }), three());
  });

  it('open to the hosts that allowed-hosts names, however it writes them', async () => {
    const { hostname } = new URL(servers.storageUrl);
    const hosts = ` Other.Example,\n ${hostname.toUpperCase()} `;
    await stores(await tag({ endpoint: servers.endpoint, 'allowed-hosts': hosts }), three());
  });

  for (const [attributes, words] of [
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
    it(`say what is wrong with ${JSON.stringify(attributes)}`, async () => {
      const element = document.createElement('s3-uploader');
      for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
      await fixture(html`<div>${element}</div>`);
      await until(words, () => allByRole(element, 'alert').some(({ textContent }) => textContent.includes(words)));
      expect(element.shadowRoot!.textContent).not.to.include('s3cret');
      expect(byRole(element, 'button', /Choose/)).to.have.property('disabled', true);
      // and are mended while the page runs
      for (const name of Object.keys(attributes)) element.removeAttribute(name);
      element.endpoint = servers.endpoint;
      await until('no complaint', () => allByRole(element, 'alert').every(({ textContent }) => !textContent.trim()));
      await stores(element, [textFile('notes.txt')]);
    });
  }

  for (const [what, answer, words] of [
    [
      'members nobody knows',
      { uploadURL: 'https://b.example/', ok: true },
      'the members [uploadURL, ok]; expected: url and fields',
    ],
    ['a place in the clear', { url: 'http://bucket.example/', fields: { key: 'k' } }, 'files are only sent over https'],
    [
      'a place nobody allowed',
      { url: 'https://evil.example/', fields: { key: 'k' } },
      'the attribute allowed-hosts does not name',
    ],
  ] as const) {
    it(`refuse ${what}`, async () => {
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
      expect(detail.message).to.include(words);
      expect((await servers.storage.readLog()).requests).to.deep.equal([]);
    });
  }
});

/** All records of all databases of the page. */
async function everythingIn(factory: IDBFactory): Promise<unknown[]> {
  const ended = <T>(request: IDBRequest<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error!);
    });
  const all: unknown[] = [];
  for (const { name } of await factory.databases()) {
    const database = await ended(factory.open(name!));
    for (const store of database.objectStoreNames) {
      all.push(name, store, await ended(database.transaction(store).objectStore(store).getAll()));
    }
    database.close();
  }
  return all;
}
