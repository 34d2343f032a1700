import { expect, fixture, html } from '@open-wc/testing';
import '../../widget/define.ts';
import type { S3UploaderElement } from '../../widget/s3-uploader.ts';
import { cognito } from '../../widget/sign/cognito.ts';
import type { DoorName } from '../helpers/doors.ts';
import { allByRole, byRole, next, pick, textFile, until } from '../helpers/page.ts';
import { openStack, type RemoteStack, sha256 } from '../helpers/stack-client.ts';

describe('The doors of the tag', () => {
  let stack: RemoteStack;
  before(async () => {
    stack = await openStack();
  });
  beforeEach(() => Promise.all([stack.storage.reset(), stack.signer.reset()]));
  after(() => stack.close());

  async function stores(element: S3UploaderElement, file: File, keyOf = (key: string) => key): Promise<string> {
    pick(element, [file]);
    const { detail } = await Promise.race([
      next(element, 'upload-success'),
      next(element, 'upload-error').then(({ detail }) => Promise.reject(new Error(detail.message))),
    ]);
    expect(await stack.object(keyOf(detail.key))).to.include({ sha256: await sha256(file) });
    return detail.key;
  }

  for (const [name, attributes] of [
    ['presigned-post', {}],
    ['presigned-post', { 'signer-method': 'get' }],
    ['companion', {}],
    ['better-upload', {}],
  ] as [DoorName, Record<string, string>][]) {
    it(`open for signer="${name}" ${JSON.stringify(attributes)}, whole files`, async () => {
      const element = document.createElement('s3-uploader');
      const all = { endpoint: await stack.door(name), signer: name, ...attributes };
      for (const [attribute, value] of Object.entries(all)) element.setAttribute(attribute, value);
      await fixture(html`<div>${element}</div>`);
      const key = await stores(element, textFile('notes ä.txt', 5000));
      expect(key).to.match(/note/);
      expect(element.value).to.deep.equal([key]);
    });
  }

  it('open for signer="better-upload", in parts', async () => {
    const element = await fixture<S3UploaderElement>(
      html`<s3-uploader signer="better-upload" endpoint=${await stack.door('better-upload-parts')}></s3-uploader>`,
    );
    await stores(element, textFile('film.txt', 11 * 2 ** 20));
  });

  it('open for signer="rails", whose value is the signed id, with the token of the page', async () => {
    const meta = Object.assign(document.createElement('meta'), {
      name: 'csrf-token',
      content: 'csrf-token-of-the-session',
    });
    document.head.append(meta);
    const element = await fixture<S3UploaderElement>(
      html`<s3-uploader signer="rails" endpoint=${await stack.door('rails')}></s3-uploader>`,
    );
    // as railsKey() of the helpers, in a browser
    const key = await stores(element, textFile('notes.txt'), (id) => atob(id.split('--')[1] ?? ''));
    expect(key).to.match(/^signed--/);
    meta.remove();
  });

  for (const [how, size] of [
    ['whole', 5000],
    ['in parts', 17 * 2 ** 20],
  ] as const) {
    it(`open for a Cognito identity that signs for itself, a file ${how}`, async () => {
      const { poolId, url } = await stack.cognito();
      const element = await fixture<S3UploaderElement>(html`<s3-uploader></s3-uploader>`);
      element.sign = cognito({
        identityPoolId: poolId,
        identityUrl: url,
        storageUrl: `${stack.storageUrl}/${stack.bucket}`,
        region: 'us-east-1',
        bucket: stack.bucket,
      });
      await element.updateComplete;
      const key = await stores(element, textFile('notes.txt', size));
      expect(key).to.match(/^us-east-1:[0-9a-f-]{36}\/[0-9a-f-]{36}\.txt$/);
      expect(JSON.stringify({ ...localStorage, ...sessionStorage })).not.to.include('ASIA');
    });
  }

  for (const status of [501, 405]) {
    it(`ask the signer for PUT, once for all, where the storage answers POST with ${status}`, async () => {
      await stack.storage.faults({ do: 'answer', status, method: 'POST' });
      const element = await fixture<S3UploaderElement>(
        html`<s3-uploader endpoint=${stack.endpoint} multiple max-concurrent-uploads="1"></s3-uploader>`,
      );
      await stores(element, textFile('notes.txt'));
      await stores(element, textFile('more.txt'));
      const { requests } = await stack.storage.log();
      expect(requests.map(({ method }) => method)).to.deep.equal(['POST', 'PUT', 'PUT']);
      const asked = (await stack.signer.log()).requests.map(({ json }) => (json as { method?: string }).method);
      expect(asked).to.deep.equal([undefined, 'PUT', 'PUT']);
    });
  }

  it('open for a function of the page', async () => {
    const element = await fixture<S3UploaderElement>(html`<s3-uploader></s3-uploader>`);
    element.sign = async (files) =>
      Promise.all(
        files.map(async ({ id, name, type, size }) => {
          const body = JSON.stringify({ files: [{ id, name, type, size }] });
          const answer = await fetch(stack.endpoint, {
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
    await stores(element, textFile('notes.txt'));
  });

  for (const [attributes, words] of [
    [{}, 'The attribute "endpoint" is missing. Set it'],
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
  ] as [Record<string, string>, string][]) {
    it(`say what is wrong with ${JSON.stringify(attributes)}`, async () => {
      const element = document.createElement('s3-uploader');
      for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
      await fixture(html`<div>${element}</div>`);
      await until(words, () => allByRole(element, 'alert').some(({ textContent }) => textContent.includes(words)));
      expect(byRole(element, 'button', /Choose/)).to.have.property('disabled', true);
      // and are mended while the page runs
      for (const name of Object.keys(attributes)) element.removeAttribute(name);
      element.endpoint = stack.endpoint;
      await until('no complaint', () => allByRole(element, 'alert').every(({ textContent }) => !textContent.trim()));
      await stores(element, textFile('notes.txt'));
    });
  }

  for (const [what, answer, words] of [
    [
      'members nobody knows',
      { uploadURL: 'https://b.example/', ok: true },
      'the members [uploadURL, ok], and wanted are url and fields',
    ],
    ['a place in the clear', { url: 'http://bucket.example/', fields: { key: 'k' } }, 'files are only sent over https'],
    [
      'a place nobody allowed',
      { url: 'https://evil.example/', fields: { key: 'k' } },
      'the attribute allowed-hosts does not name',
    ],
  ] as const) {
    it(`refuse ${what}`, async () => {
      await stack.signer.faults({
        do: 'answer',
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(answer),
      });
      const element = await fixture<S3UploaderElement>(html`
        <s3-uploader
          signer="presigned-post"
          endpoint=${stack.endpoint}
          allowed-hosts="bucket.example other.example"
        ></s3-uploader>
      `);
      pick(element, [textFile('notes.txt')]);
      const { detail } = await next(element, 'upload-error');
      expect(detail).to.include({ code: 'bad-signer-response', phase: 'sign' });
      expect(detail.message).to.include(words);
      expect((await stack.storage.log()).requests).to.deep.equal([]);
    });
  }
});
