import { expect, fixture, html } from '@open-wc/testing';
import '../../widget/define.ts';
import type { S3UploaderElement } from '../../widget/element/s3-uploader.ts';
import { endpoint } from '../../widget/sign/contract/endpoint.ts';
import { nextEvent } from '../fixtures/events.ts';
import { MiB, textFile, videoFile } from '../fixtures/files.ts';
import { alertText, byRole, rowTexts } from '../fixtures/queries.ts';
import { type RemoteServers, sha256, startRemoteServers } from '../fixtures/remote-servers.ts';
import { until } from '../fixtures/wait.ts';

const EXPIRED =
  '<Error><Code>AccessDenied</Code><Message>Invalid according to Policy: Policy expired.</Message></Error>';

describe('Uploading', () => {
  let servers: RemoteServers;
  before(async () => {
    servers = await startRemoteServers({
      multipartFrom: 6 * MiB,
      partSize: 5 * MiB,
      allowHeaders: ['X-Api-Key'],
      metadata: ['album'],
      allowDelete: true,
      receipts: true,
    });
  });
  beforeEach(() => Promise.all([servers.storage.reset(), servers.signer.reset()]));
  after(() => servers.close());

  const createElement = (): Promise<S3UploaderElement> =>
    fixture(html`<s3-uploader endpoint=${servers.endpoint} multiple></s3-uploader>`);
  /** The path of each request to the signer; `''` is the request that signs. */
  const signerPaths = async (): Promise<string[]> =>
    (await servers.signer.readLog()).requests.map(({ path }) => path.replace('/sign', ''));
  /** The page's requests to the storage, without the signer's, which have no origin. */
  const pageRequests = async () => (await servers.storage.readLog()).requests.filter(({ headers }) => headers.origin);
  const filesToSign = async (): Promise<Record<string, unknown>[]> =>
    (await servers.signer.readLog()).requests.flatMap(
      ({ json }) => (json as { files?: Record<string, unknown>[] }).files ?? [],
    );

  describe('by POST', () => {
    it('sends every signed field unchanged and in order, the file last, and no custom header', async () => {
      const element = await createElement();
      const sign = endpoint({ url: servers.endpoint, metadata: { album: 'Frühling 🌷 "1"' } });
      let signed: [string, string][] = [];
      element.sign = async (files, options) => {
        const grants = await sign(files, options);
        for (const grant of grants) if ('fields' in grant) signed = Object.entries(grant.fields);
        return grants;
      };
      const file = textFile('naïve – 名前 "x".txt');
      void element.add([file]);
      const { detail } = await nextEvent(element, 'upload-success');
      const [request] = (await servers.storage.readLog()).requests;
      expect(signed.length).to.be.above(5);
      expect(request!.fields?.slice(0, -1)).to.deep.equal(signed);
      expect(request!.fields?.at(-1)?.[0]).to.equal('file');
      expect(request!.headers['content-type']).to.match(/^multipart\/form-data; boundary=/);
      expect(Object.keys(request!.headers).filter((name) => /^(x-|authorization|cookie)/.test(name))).to.deep.equal([]);
      expect((await servers.storage.readLog()).preflights).to.deep.equal([]);
      expect(await servers.storedObject(detail.key)).to.include({ sha256: await sha256(file) });
    });

    it('reports the signed key, whatever location the storage answers', async () => {
      await servers.storage.setFaults({
        do: 'headers',
        headers: { location: 'https://evil.example/other', etag: null },
      });
      const element = await createElement();
      void element.add([textFile('a.txt')]);
      const { detail } = await nextEvent(element, 'upload-success');
      expect(detail.location).to.equal(`${servers.storageUrl}/${servers.bucket}/${detail.key}`);
      expect(await servers.storedObject(detail.key)).to.include({ size: 12 });
    });
  });

  it('starts for files added in the task that created the element', async () => {
    const parent = await fixture<HTMLElement>(html`<div></div>`);
    for (const isInPage of [true, false]) {
      const element = document.createElement('s3-uploader');
      if (isInPage) parent.append(element);
      element.endpoint = servers.endpoint;
      element.multiple = true;
      if (!isInPage) parent.append(element);
      const complete = nextEvent(element, 'upload-complete');
      const added = await element.add([textFile('first.txt'), textFile('second.txt')]);
      expect(added.map(({ name }) => name)).to.deep.equal(['first.txt', 'second.txt']);
      expect((await complete).detail.done).to.have.length(2);
    }
  });

  it('gives each file its own key, even if their names are equal', async () => {
    const element = await createElement();
    const files = [1, 2, 3].map((size) => textFile('same.txt', size));
    void element.add(files);
    await nextEvent(element, 'upload-complete');
    expect(new Set(element.value).size).to.equal(3);
    const sizes = await Promise.all(element.value.map(async (key) => (await servers.storedObject(key))?.size));
    expect(sizes).to.deep.equal([1, 2, 3]);
  });

  it('keeps the name, path and metadata of a file in any script', async () => {
    const element = await createElement();
    element.metadata = { album: 'Frühling 🌷' };
    const path = 'Bücher/2026/Cafe\u0301.txt';
    const file = textFile('Cafe\u0301.txt'); // decomposed (NFD), as macOS writes it
    void element.add([Object.defineProperty(file, 'webkitRelativePath', { value: path })]);
    const { detail } = await nextEvent(element, 'upload-success');
    const metadata = (await servers.storedObject(detail.key))?.metadata ?? {};
    expect(
      Object.fromEntries(Object.entries(metadata).map(([name, text]) => [name, decodeURIComponent(text)])),
    ).to.include({
      album: 'Frühling 🌷',
      name: 'Café.txt',
      path: 'Bücher/2026/Café.txt',
    });
  });

  it('sends signer and storage the same type, by the extension if the browser knows none', async () => {
    const element = await createElement();
    const files = [
      textFile('a.HEIC', 5, ''),
      textFile('b.csv', 5, ''),
      textFile('c.txt', 5, 'text/plain;charset=utf-8'),
    ];
    void element.add([...files, textFile('d.unknown', 5, '')]);
    await nextEvent(element, 'upload-complete');
    expect((await filesToSign()).map(({ type }) => type)).to.deep.equal([
      'image/heic',
      'text/csv',
      'text/plain',
      'application/octet-stream',
    ]);
    const stored = await Promise.all(element.value.map(async (key) => (await servers.storedObject(key))?.type));
    expect(stored).to.deep.equal(['image/heic', 'text/csv', 'text/plain']);
  });

  it('stores an empty file', async () => {
    const element = await createElement();
    void element.add([textFile('empty.txt', 0)]);
    const { detail } = await nextEvent(element, 'upload-success');
    expect(await servers.storedObject(detail.key)).to.include({ size: 0 });
  });

  it('sends at most `max-concurrent-uploads` files at a time, three by default', async () => {
    for (const [max, isSet] of [
      [3, false],
      [2, true],
    ] as const) {
      await servers.storage.reset();
      await servers.storage.setFaults({ do: 'swallow' });
      const element = await createElement();
      if (isSet) element.maxConcurrentUploads = max;
      await element.updateComplete;
      const complete = nextEvent(element, 'upload-complete');
      await element.add(['a', 'b', 'c', 'd', 'e'].map((name) => textFile(name)));
      await servers.storage.arrived(max);
      await until(
        'the others to wait',
        () => rowTexts(element).filter((line) => line.includes('Waiting')).length === 5 - max,
      );
      await servers.storage.release();
      await complete;
      expect((await servers.storage.readLog()).peak).to.equal(max);
      element.remove();
    }
  });

  it('renews each signature that expired while its file was in the queue', async () => {
    const element = await createElement();
    Object.assign(element, { maxConcurrentUploads: 1, noAuto: true });
    const real = endpoint({ url: servers.endpoint });
    const batches: number[] = [];
    const renewed: string[] = [];
    element.sign = async (files, options) => {
      batches.push(files.length);
      const grants = await real(files, options);
      return grants.map((grant) => {
        if ('error' in grant) return grant;
        const renew = grant.renew!;
        // 1 ms: expires while the file before it uploads
        return { ...grant, lifetime: 1, renew: (...args) => (renewed.push(grant.id), renew(...args)) };
      });
    };
    await element.add(['a', 'b', 'c'].map((name) => textFile(name)));
    element.upload();
    const { detail } = await nextEvent(element, 'upload-complete');
    expect(detail.done).to.have.length(3);
    expect(batches).to.deep.equal([3]);
    expect(renewed).to.deep.equal(detail.done.slice(1));
  });

  it('renews a signature that the storage reports as expired, without an error', async () => {
    await servers.storage.setFaults({ do: 'answer', status: 403, body: EXPIRED, times: 1 });
    const element = await createElement();
    const errors: string[] = [];
    element.addEventListener('upload-error', ({ detail }) => errors.push(detail.code));
    void element.add([textFile('late.txt')]);
    const { detail } = await nextEvent(element, 'upload-success');
    expect(await signerPaths()).to.deep.equal(['', '/sign-again', '/confirm']);
    expect((await pageRequests()).map(({ status }) => status)).to.deep.equal([403, 201]);
    expect(await servers.storedObject(detail.key)).to.include({ size: 12 });
    expect(errors).to.deep.equal([]);
  });

  it('retries after the delay that the storage sends in `Retry-After`', async () => {
    await servers.storage.setFaults({ do: 'answer', status: 503, headers: { 'retry-after': '1' }, times: 1 });
    const element = await createElement();
    const retried = nextEvent(element, 'upload-retry');
    const success = nextEvent(element, 'upload-success');
    void element.add([textFile('busy.txt')]);
    expect((await retried).detail).to.include({ code: 'storage-busy', status: 503, attempt: 1, delay: 1000 });
    await success;
    const [first, second] = (await servers.storage.readLog()).requests;
    expect(second!.start - first!.end!).to.be.at.least(990);
  });

  it('retries after `timeout` seconds without progress', async () => {
    await servers.storage.setFaults({ do: 'stall', at: { bytes: 0 }, times: 1 });
    const element = await fixture<S3UploaderElement>(
      html`<s3-uploader endpoint=${servers.endpoint} timeout="0.5"></s3-uploader>`,
    );
    const retried = nextEvent(element, 'upload-retry');
    const success = nextEvent(element, 'upload-success');
    void element.add([textFile('stuck.txt', 5 * MiB)]);
    expect((await retried).detail).to.include({ code: 'timeout', phase: 'upload' });
    expect(await servers.storedObject((await success).detail.key)).to.include({ size: 5 * MiB });
  });

  it('waits and says so while the browser is offline, and resumes when it is online', async () => {
    await servers.storage.setFaults({ do: 'reset', stored: false });
    Object.defineProperty(navigator, 'onLine', { configurable: true, get: () => false });
    const element = await createElement();
    const success = nextEvent(element, 'upload-success');
    try {
      void element.add([textFile('underground.txt')]);
      await until('the message', () =>
        element.shadowRoot!.textContent.includes("You're offline. Uploading continues when you're back."),
      );
      await until('the state', () => element.matches(':state(offline)'));
      await expect(element).to.be.accessible();
    } finally {
      await servers.storage.reset();
      Reflect.deleteProperty(navigator, 'onLine');
    }
    dispatchEvent(new Event('online'));
    await success;
    await until('no state', () => !element.matches(':state(offline)'));
  });

  it('shows that it finishes once all bytes are sent, and never reports less progress', async () => {
    await servers.storage.setFaults({ do: 'swallow', times: 1 });
    const element = await createElement();
    const loaded: number[] = [];
    element.addEventListener('upload-progress', ({ detail }) => loaded.push(detail.loaded));
    void element.add([textFile('whole.txt', 1_000_000)]);
    await until('the message', () => rowTexts(element)[0]?.includes('Finishing · 1 MB'));
    const bar = byRole(element, 'progressbar', 'whole.txt') as HTMLProgressElement;
    expect(bar.position).to.equal(-1);
    const success = nextEvent(element, 'upload-success');
    await servers.storage.release();
    await success;
    expect(loaded).to.deep.equal([...loaded].sort((a, b) => a - b));
    expect(loaded.at(-1)).to.equal(1_000_000);
  });

  it('fails if the signer does not confirm the file, and submits the receipt if it does', async () => {
    const form = await fixture<HTMLFormElement>(
      html`<form><s3-uploader endpoint=${servers.endpoint} name="files" value-format="receipt"></s3-uploader></form>`,
    );
    const element = form.querySelector('s3-uploader')!;
    await servers.signer.setFaults({
      do: 'answer',
      status: 422,
      body: '{"detail":"A virus."}',
      path: '/confirm',
      times: 1,
    });
    const failed = nextEvent(element, 'upload-error');
    void element.add([textFile('confirmed.txt')]);
    expect((await failed).detail).to.include({ status: 422, code: 'signer-refused' });
    const success = nextEvent(element, 'upload-success');
    element.retry();
    const { receipt } = (await success).detail;
    expect(receipt).to.match(/^[\w.~-]{20,}$/);
    await until('the value', () => new FormData(form).get('files') === receipt);
  });

  it('reports all details of an error, but nothing signed', async () => {
    const body = `<Error><Code>InvalidPolicyDocument</Code><Message>No.</Message><RequestId>R1</RequestId></Error>`;
    await servers.storage.setFaults({ do: 'answer', status: 400, body });
    const element = await createElement();
    void element.add([textFile('bad.txt')]);
    const { detail } = await nextEvent(element, 'upload-error');
    expect(detail).to.include({
      code: 'storage-refused',
      s3Code: 'InvalidPolicyDocument',
      status: 400,
      requestId: 'R1',
      phase: 'upload',
      retryable: true,
      name: 'bad.txt',
    });
    expect(JSON.stringify(detail)).not.to.match(/signature|credential|policy":/i);
  });

  it('pauses a file if a listener cancels `upload-start`', async () => {
    const element = await createElement();
    element.addEventListener('upload-start', (event) => event.preventDefault(), { once: true });
    await element.add([textFile('held.txt')]);
    expect(element.files[0]?.status).to.equal('paused');
    expect((await servers.signer.readLog()).requests).to.deep.equal([]);
    (await until('the button', () => byRole(element, 'button', 'Resume held.txt'))).click();
    await nextEvent(element, 'upload-success');
  });

  it('pauses and says so if the visitor is signed out, and continues on `resume()`', async () => {
    await servers.signer.setFaults({ do: 'answer', status: 401, times: 1 });
    const element = await createElement();
    void element.add(['a', 'b'].map((name) => textFile(name)));
    const { detail } = await nextEvent(element, 'auth-required');
    expect(detail.status).to.equal(401);
    await until('the message', () => element.shadowRoot!.textContent.includes('Sign in, then choose Resume.'));
    expect(element.files.map(({ status }) => status)).to.deep.equal(['paused', 'paused']);
    element.resume();
    expect((await nextEvent(element, 'upload-complete')).detail.done).to.have.length(2);
  });

  it('dispatches `delete-error` if a removed file cannot be deleted', async () => {
    const element = await createElement();
    void element.add([textFile('stays.txt')]);
    const { detail } = await nextEvent(element, 'upload-success');
    await servers.signer.setFaults({ do: 'answer', status: 400, path: '/delete' });
    const error = nextEvent(element, 'delete-error');
    element.removeFile(element.files[0]!.id);
    expect((await error).detail).to.include({ key: detail.key, status: 400, name: 'stays.txt' });
  });

  describe('in parts', () => {
    const film = (): File => videoFile(16 * MiB);

    it('sends several parts at a time, and sends only a failed part again', async () => {
      await servers.storage.setFaults({ do: 'cut', at: { share: 0.5 }, path: 'partNumber=2', times: 1 });
      const element = await createElement();
      const file = film();
      void element.add([file]);
      const { detail } = await nextEvent(element, 'upload-success');
      expect(await servers.storedObject(detail.key)).to.include({ sha256: await sha256(file) });
      const { requests, peak } = await servers.storage.readLog();
      const parts = requests.map(({ path }) => /partNumber=(\d)/.exec(path)?.[1]).filter(Boolean);
      expect(parts.sort()).to.deep.equal(['1', '2', '2', '3', '4']);
      expect(peak).to.be.above(1);
    });

    it('aborts the multipart upload at the signer when it is canceled', async () => {
      await servers.storage.setFaults({ do: 'stall', at: { share: 0.5 }, path: 'partNumber=2' });
      const element = await createElement();
      void element.add([film()]);
      await servers.storage.arrived(1, { path: 'partNumber=2' });
      const aborted = nextEvent(element, 'upload-abort');
      (await until('the button', () => byRole(element, 'button', 'Cancel film.mp4'))).click();
      expect((await aborted).detail.name).to.equal('film.mp4');
      await servers.signer.arrived(1, { path: '/sign/abort' });
      await until('the answer', async () => (await servers.signer.readLog()).requests.at(-1)?.status === 204);
    });
  });

  describe('several files', () => {
    it('pauses, resumes, cancels and retries by the buttons for all files', async () => {
      await servers.storage.setFaults({ do: 'swallow', stored: false });
      const element = await createElement();
      void element.add(['a', 'b'].map((name) => textFile(name)));
      const statuses = (): string => element.files.map(({ status }) => status).join();
      const press = async (name: string): Promise<void> =>
        (await until(name, () => byRole(element, 'button', name))).click();
      await press('Pause all (2)');
      expect(statuses()).to.equal('paused,paused');
      await press('Resume all (2)');
      expect(statuses()).to.equal('signing,signing');
      await press('Cancel all (2)');
      expect(statuses()).to.equal('canceled,canceled');
      await servers.storage.reset();
      await servers.storage.setFaults({ do: 'answer', status: 403, method: 'POST', times: 2 });
      const failed = nextEvent(element, 'upload-complete');
      for (const { id } of element.files) element.retry(id);
      expect((await failed).detail.failed).to.have.length(2);
      element.retry();
      expect((await nextEvent(element, 'upload-complete')).detail.done).to.have.length(2);
    });
  });

  describe('with a signer', () => {
    it('sends the page’s headers, calls `headers` each time if it is a function, and sends no cookie', async () => {
      document.cookie = 'session=s3cret; path=/';
      const element = await createElement();
      let token = 0;
      for (const headers of [
        { 'X-Api-Key': 'key' },
        (): HeadersInit => ({ Authorization: `Bearer ${++token}` }),
        async (): Promise<HeadersInit> => [['Authorization', `Bearer ${++token}`]],
      ]) {
        element.headers = headers;
        void element.add([textFile('a.txt')]);
        await nextEvent(element, 'upload-success');
      }
      const { requests } = await servers.signer.readLog();
      const signing = requests.filter(({ path }) => path === '/sign').map(({ headers }) => headers);
      expect(signing.map((headers) => headers['x-api-key'] ?? headers['authorization'])).to.deep.equal([
        'key',
        'Bearer 1',
        'Bearer 3', // the request that confirms the file had `Bearer 2`
      ]);
      expect(requests.filter(({ headers }) => headers.cookie)).to.deep.equal([]);
    });

    it('sends cookies to the signer with `with-credentials`, but never to the storage', async () => {
      document.cookie = 'session=s3cret; path=/';
      const element = await createElement();
      element.withCredentials = true;
      element.headers = { Authorization: 'Bearer token' };
      void element.add([textFile('a.txt'), videoFile(7 * MiB)]);
      expect((await nextEvent(element, 'upload-complete')).detail.done).to.have.length(2);
      const cookies = new Set((await servers.signer.readLog()).requests.map(({ headers }) => headers.cookie));
      expect([...cookies]).to.deep.equal(['session=s3cret']);
      for (const { headers } of await pageRequests()) expect(headers).to.not.have.any.keys('cookie', 'authorization');
    });

    it('fails if the signer does not allow the origin, with an error that names the setting to fix', async () => {
      const otherServers = await startRemoteServers();
      await otherServers.signer.setFaults({ do: 'answer', status: 403, cors: false, method: 'OPTIONS' });
      const element = await fixture<S3UploaderElement>(
        html`<s3-uploader endpoint=${otherServers.endpoint}></s3-uploader>`,
      );
      void element.add([textFile('a.txt')]);
      const { detail } = await nextEvent(element, 'upload-error');
      expect(detail).to.include({ code: 'cors', phase: 'sign', retryable: true });
      expect(detail.message).to.include(new URL(otherServers.endpoint).origin).and.to.include(location.origin);
      expect(detail.message).to.include('SIGNER_ORIGINS');
      await until('the message', () => alertText(element).startsWith("Uploads aren't working on this site"));
      await otherServers.close();
    });

    for (const [failure, fault] of [
      [
        'a proxy answers 502 without CORS headers',
        { do: 'answer', status: 502, cors: false, method: 'OPTIONS', times: 4 },
      ],
      ['the connection breaks', { do: 'cut', at: { bytes: 0 }, method: 'POST', times: 4 }],
    ] as const) {
      it(`retries when ${failure} four times before the signer’s first answer`, async () => {
        const element = await createElement();
        await servers.signer.setFaults(fault);
        void element.add([textFile('a.txt')]);
        await nextEvent(element, 'upload-success');
        expect(alertText(element)).to.equal('');
      });
    }

    it('retries a response without CORS headers if the signer has answered before', async () => {
      const element = await createElement();
      void element.add([textFile('a.txt')]);
      await nextEvent(element, 'upload-success');
      await servers.signer.setFaults({ do: 'answer', status: 403, cors: false, method: '*', path: '/sign', times: 3 });
      void element.add([textFile('b.txt')]);
      await nextEvent(element, 'upload-success');
    });

    it('fails if the signer’s response is about another file', async () => {
      const element = await createElement();
      const real = endpoint({ url: servers.endpoint });
      element.sign = async (files, options) =>
        (await real(files, options)).map((grant) => ({ ...grant, id: 'another' }));
      void element.add([textFile('a.txt')]);
      const { detail } = await nextEvent(element, 'upload-error');
      expect(detail).to.include({ code: 'bad-signer-response', phase: 'sign' });
      expect((await servers.storage.readLog()).requests).to.deep.equal([]);
      await until('the message', () => alertText(element).startsWith("Uploads aren't working on this site"));
    });
  });
});
