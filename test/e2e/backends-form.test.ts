import { expect, fixture, html } from '@open-wc/testing';
import '../../widget/define.ts';
import type { S3UploaderElement } from '../../widget/element/s3-uploader.ts';
import type { AwsFormOptions, FormRedirect } from '../fixtures/aws-form.ts';
import { nextEvent } from '../fixtures/events.ts';
import { textFile } from '../fixtures/files.ts';
import { pictureFile } from '../fixtures/pictures.ts';
import { allByRole, byRole, rowTexts } from '../fixtures/queries.ts';
import { type RemoteServers, sha256, startRemoteServers } from '../fixtures/remote-servers.ts';
import { dataTransfer, pick } from '../fixtures/user-input.ts';
import { until } from '../fixtures/wait.ts';

/** A folder for this browser alone: the form's key has the file's own name, and other browsers test with the same bucket. */
const FOLDER = `user/user1/${crypto.randomUUID()}/`;

describe('A POST policy form inside the element', () => {
  let servers: RemoteServers;
  before(async () => {
    servers = await startRemoteServers();
  });
  beforeEach(() => Promise.all([servers.storage.reset(), servers.signer.reset()]));
  after(() => servers.close());

  const formHtml = (options: AwsFormOptions): Promise<string> =>
    servers.awsForm({ key: `${FOLDER}\${filename}`, ...options });

  /** A page as a server renders it: the form is there from the start. */
  async function page(options: AwsFormOptions = {}): Promise<{ element: S3UploaderElement; form: HTMLFormElement }> {
    const element = document.createElement('s3-uploader');
    element.innerHTML = await formHtml(options);
    const parent = await fixture<HTMLElement>(html`<div>${element}</div>`);
    const form = parent.querySelector('form')!;
    // before the element takes the form over, a native submit would leave the test page
    await until('the form to be taken over', () => !form.querySelector<HTMLInputElement>('[type=file]')?.required);
    await element.updateComplete;
    return { element, form };
  }
  const posts = async () => (await servers.storage.readLog()).requests.filter(({ method }) => method === 'POST');
  const field = (form: HTMLFormElement, name: string) => form.querySelector<HTMLInputElement>(`[name="${name}"]`)!;
  /** Collects the bytes sent, one number for each progress event. */
  function progressOf(element: S3UploaderElement): number[] {
    const loaded: number[] = [];
    element.addEventListener('upload-progress', ({ detail }) => loaded.push(detail.loaded));
    return loaded;
  }
  const errorText = (element: S3UploaderElement): string =>
    allByRole(element, 'alert')
      .map(({ textContent }) => textContent)
      .join(' ');
  /** No visible fields, so that uploads start at once. */
  const plain = { tagInput: false, contentType: 'hidden' } as const;

  it('uploads a picked file with the fields of the form, without a request to the signer', async () => {
    const { element } = await page(plain);
    const file = await pictureFile('cat.png');
    pick(element, [file]);
    const { detail } = await nextEvent(element, 'upload-success');
    expect(detail.key).to.equal(`${FOLDER}cat.png`);
    const stored = await servers.storedObject(detail.key);
    expect(stored).to.include({ sha256: await sha256(file), type: 'image/png' });
    expect(stored?.metadata?.['uuid']).to.equal('14365123651274');
    expect((await servers.signer.readLog()).requests).to.deep.equal([]);
    await until('the upload', () => rowTexts(element)[0]?.includes('Uploaded'));
    await expect(element).to.be.accessible();
  });

  describe('before the built script arrives', () => {
    let frame: HTMLIFrameElement;
    afterEach(() => frame.remove());

    /** Opens a page whose script is still on its way. `arrive` delivers it. */
    async function openEarly(options: AwsFormOptions): Promise<{
      element: S3UploaderElement;
      input: HTMLInputElement;
      arrive(): Promise<void>;
    }> {
      frame = document.createElement('iframe');
      document.body.append(frame);
      const page = frame.contentDocument!;
      const element = page.createElement('s3-uploader');
      element.innerHTML = await formHtml(options);
      page.body.append(element);
      const arrive = async (): Promise<void> => {
        const script = page.createElement('script');
        Object.assign(script, { type: 'module', src: '/dist/cdn/s3-uploader.js' });
        page.head.append(script);
        await frame.contentWindow!.customElements.whenDefined('s3-uploader');
      };
      return { element, input: element.querySelector<HTMLInputElement>('[type=file]')!, arrive };
    }

    it('keeps files that were picked in the form, and uploads them', async () => {
      const { element, input, arrive } = await openEarly({ ...plain, input: 'multiple required' });
      const pictures = [await pictureFile('one.png', 20, 20), await pictureFile('two.png', 30, 30)];
      input.files = dataTransfer(pictures).files;
      await arrive();
      await until('the uploads', () => element.files.filter(({ status }) => status === 'done').length === 2);
      expect(element.files.map(({ name }) => name)).to.deep.equal(['one.png', 'two.png']);
      expect(input.files).to.have.length(0);
      for (const [i, key] of element.value.entries()) {
        expect((await servers.storedObject(key))?.sha256).to.equal(await sha256(pictures[i]!));
      }
      expect(await posts()).to.have.length(2);
    });

    it('keeps a picked file and typed values until the form is submitted', async () => {
      const { element, input, arrive } = await openEarly({ contentType: 'hidden' });
      const tag = element.querySelector<HTMLInputElement>('[name=x-amz-meta-tag]')!;
      tag.value = 'typed early';
      input.files = dataTransfer([await pictureFile('cat.png')]).files;
      await arrive();
      await until('the file to wait', () => element.files[0]?.status === 'ready');
      await until('the form', () => tag.checkVisibility());
      element.querySelector<HTMLInputElement>('[name=submit]')!.click();
      await until('the upload', () => element.value.length === 1);
      expect((await servers.storedObject(element.value[0]!))?.metadata?.['tag']).to.equal('typed early');
    });

    it('takes a file from a picker that was open when the script arrived', async () => {
      const { element, input, arrive } = await openEarly(plain);
      await arrive();
      await until('the form to be taken over', () => element.validity.valid && element.shadowRoot);
      await until('the limits', () => element.shadowRoot!.querySelector('button')?.disabled === false);
      input.files = dataTransfer([await pictureFile('late.png')]).files;
      input.dispatchEvent(new Event('change', { bubbles: true }));
      await until('the upload', () => element.value.length === 1);
      expect(element.files[0]?.name).to.equal('late.png');
    });
  });

  it('shows a thumbnail and the progress of the upload', async () => {
    const { element } = await page(plain);
    const loaded = progressOf(element);
    await servers.storage.setFaults({ do: 'stall', at: { share: 0.5 }, method: 'POST' });
    const file = new File([await pictureFile('cat.png'), new Uint8Array(30_000_000)], 'cat.png', { type: 'image/png' });
    pick(element, [file]);
    await until('the thumbnail', () => allByRole(element, 'listitem')[0]?.querySelector('.thumbnail canvas'));
    await until('a determinate progress bar', () => {
      const bar = byRole(element, 'progressbar', 'cat.png') as HTMLProgressElement | undefined;
      return bar && bar.position > 0 && bar.position < 1;
    });
    await servers.storage.release();
    const { detail } = await nextEvent(element, 'upload-success');
    expect(await servers.storedObject(detail.key)).to.include({ size: file.size });
    expect(loaded.some((bytes) => bytes > 0 && bytes < file.size)).to.equal(true);
    expect(loaded.at(-1)).to.equal(file.size);
  });

  it('keeps its visible fields, sends them as typed, and waits for its own submit button', async () => {
    const { element, form } = await page();
    const tagInput = field(form, 'x-amz-meta-tag');
    const type = field(form, 'Content-Type');
    await until('the fields', () => [tagInput, type].every((shown) => shown.checkVisibility()));
    expect(field(form, 'file').checkVisibility()).to.equal(false);
    pick(element, [await pictureFile('cat.png')]);
    await until('the file to wait', () => element.files[0]?.status === 'ready');
    tagInput.value = 'ein Tag, getippt';
    type.value = 'image/x-typed';
    field(form, 'submit').click();
    const { detail } = await nextEvent(element, 'upload-success');
    const stored = await servers.storedObject(detail.key);
    expect(stored?.type).to.equal('image/x-typed');
    expect(stored?.metadata?.['tag']).to.equal('ein Tag, getippt');
    expect(location.pathname).not.to.include('uploads');
  });

  it('stores two files of the same name under different keys', async () => {
    const { element } = await page({ ...plain, input: 'multiple' });
    const [one, two] = [await pictureFile('cat.png', 20, 20), await pictureFile('cat.png', 30, 30)];
    pick(element, [one, two]);
    await nextEvent(element, 'upload-complete');
    const keys = element.files.map((item) => (item.status === 'done' ? item.result.key : item.status));
    expect(keys).to.deep.equal([`${FOLDER}cat.png`, `${FOLDER}cat-2.png`]);
    expect((await servers.storedObject(keys[0]!))?.sha256).to.equal(await sha256(one));
    expect((await servers.storedObject(keys[1]!))?.sha256).to.equal(await sha256(two));
  });

  it('reports the stored key of a file whose name contains special characters', async () => {
    const { element } = await page({ ...plain, input: 'multiple' });
    const blob = await pictureFile('x.png', 5, 5);
    const names = ['a${filename}.png', 'cost $& $1 $$.png', '100%.png', 'ä ö+&#?.png', 'quote".png'];
    pick(
      element,
      names.map((name) => new File([blob], name, { type: 'image/png' })),
    );
    await nextEvent(element, 'upload-complete');
    for (const item of element.files) {
      if (item.status !== 'done') throw new Error(`${item.name} is ${item.status}`);
      expect(await servers.storedObject(item.result.key), item.name).to.include({ size: blob.size });
    }
  });

  it('accepts a single file when its key is the same for every file', async () => {
    const { element } = await page({ ...plain, key: 'user/user1/avatar', input: 'multiple' });
    pick(element, [await pictureFile('one.png')]);
    await nextEvent(element, 'upload-complete');
    pick(element, [await pictureFile('two.png', 10, 10)]);
    await nextEvent(element, 'upload-complete');
    expect(element.files.map(({ name }) => name)).to.deep.equal(['two.png']);
    expect(element.multiple).to.equal(false);
  });

  it('applies its rules to picked files: accept, multiple, required, and the sizes of its policy', async () => {
    const { element, form } = await page({
      ...plain,
      input: 'accept="image/png" multiple required',
      range: [10, 5000],
    });
    const input = element.shadowRoot!.querySelector('input')!;
    await until('the form’s rules', () => input.accept === 'image/png' && input.multiple);
    await until('an invalid element', () => !element.checkValidity());
    expect(element, 'properties of the page').to.include({ multiple: false, required: false, noAuto: false });
    expect([element.accept, element.maxFileSize, element.minFileSize]).to.deep.equal([undefined, undefined, undefined]);
    expect(form.checkValidity()).to.equal(true);
    pick(element, [textFile('a.txt'), textFile('small.png', 9, 'image/png'), textFile('large.png', 5001, 'image/png')]);
    await until('three refusals', () => element.files.filter(({ status }) => status === 'rejected').length === 3);
    const codes = element.files.map((item) => ('error' in item ? item.error?.code : ''));
    expect(codes).to.deep.equal(['file-type', 'file-too-small', 'file-too-large']);
    expect(await posts()).to.have.length(0);
  });

  it('refuses a file type that its policy excludes, and shows the reason', async () => {
    const { element } = await page(plain);
    pick(element, [textFile('notes.txt')]);
    await nextEvent(element, 'upload-error');
    await until('the reason', () => rowTexts(element)[0]?.includes('This type of file is not accepted'));
    expect(await posts()).to.have.length(0);
  });

  for (const name of ['success_action_redirect', 'redirect'] as const) {
    it(`empties the field ${name} when its policy allows any value, to read the response and the progress`, async () => {
      const redirect = { name, url: 'https://www.example.com/done', policy: 'open' } as const;
      const { element } = await page({ ...plain, redirect });
      const loaded = progressOf(element);
      const file = new File([await pictureFile('cat.png'), new Uint8Array(5_000_000)], 'cat.png', {
        type: 'image/png',
      });
      pick(element, [file]);
      const { detail } = await nextEvent(element, 'upload-success');
      expect(await servers.storedObject(detail.key)).to.include({ type: 'image/png', size: file.size });
      expect(loaded.some((bytes) => bytes > 0)).to.equal(true);
      expect(loaded.at(-1)).to.equal(file.size);
      const [{ status, fields } = {}, ...others] = await posts();
      expect(others).to.deep.equal([]);
      expect(Object.fromEntries(fields ?? [])).to.include({ [name]: '' });
      // Ceph's gateway takes the empty value for a URL, and redirects to the bucket
      expect(status).to.equal(servers.isGateway && name !== 'redirect' ? 303 : 204);
    });
  }

  for (const [what, redirect] of [
    [
      'whose beginning the policy fixes',
      [{ url: 'https://www.example.com/done', policy: { startsWith: 'https://www.' } }],
    ],
    [
      'beside an unrestricted field "redirect"',
      [
        { url: 'https://www.example.com/done', policy: 'fixed' },
        { name: 'redirect', url: 'https://www.example.com/old', policy: 'open' },
      ],
    ],
    [
      'after an unrestricted field "redirect"',
      [
        { name: 'redirect', url: 'https://www.example.com/old', policy: 'open' },
        { url: 'https://www.example.com/done', policy: 'fixed' },
      ],
    ],
  ] as [string, FormRedirect[]][]) {
    it(`sends a redirect ${what} unchanged, and treats the redirect response as success`, async () => {
      const { element } = await page({ ...plain, redirect });
      pick(element, [await pictureFile('cat.png')]);
      const { detail } = await nextEvent(element, 'upload-success');
      expect(await servers.storedObject(detail.key)).to.include({ type: 'image/png' });
      expect((await posts()).map(({ status }) => status)).to.deep.equal([303]);
      const fields = Object.fromEntries((await posts())[0]?.fields ?? []);
      expect(fields).to.include({ success_action_redirect: 'https://www.example.com/done' });
    });
  }

  it('sends the file again when the storage redirects for an emptied field and CORS hides the response', async () => {
    const { element } = await page({
      ...plain,
      input: 'multiple',
      redirect: { url: 'https://www.example.com/done', policy: 'open' },
    });
    await servers.storage.setFaults({ do: 'headers', headers: { 'access-control-allow-origin': null }, times: 1 });
    pick(element, [await pictureFile('cat.png')]);
    const { detail } = await nextEvent(element, 'upload-success');
    expect(await servers.storedObject(detail.key)).to.include({ type: 'image/png' });
    expect(await posts()).to.have.length(2);
  });

  it('treats a redirect that its policy requires as success, with an indeterminate progress bar', async () => {
    const { element } = await page({ ...plain, redirect: { url: 'https://www.example.com/done', policy: 'fixed' } });
    await servers.storage.setFaults({ do: 'stall', at: { share: 0.5 }, method: 'POST' });
    const blob = await pictureFile('cat.png');
    const file = new File([blob, new Uint8Array(2_000_000)], 'slow.png', { type: 'image/png' });
    pick(element, [file]);
    const end = nextEvent(element, 'upload-success');
    await until('an indeterminate progress bar', () => {
      const bar = byRole(element, 'progressbar', 'slow.png') as HTMLProgressElement | undefined;
      return element.files[0]?.status === 'uploading' && bar?.position === -1;
    });
    await servers.storage.release();
    const { detail } = await end;
    expect(await servers.storedObject(detail.key)).to.include({ sha256: await sha256(file) });
    expect((await posts()).map(({ status }) => status)).to.deep.equal([303]);
  });

  it('reports a refusal by the storage when its policy requires a redirect', async () => {
    const { element, form } = await page({ ...plain, redirect: { url: 'https://www.example.com/', policy: 'fixed' } });
    field(form, 'x-amz-meta-uuid').value = 'another';
    pick(element, [await pictureFile('cat.png')]);
    const { detail } = await nextEvent(element, 'upload-error');
    expect(detail).to.include({ code: 'storage-refused', status: 403, s3Code: 'AccessDenied' });
  });

  it('reports an expired policy before a byte is sent, and asks for a reload', async () => {
    const { element } = await page({ ...plain, expires: -5 });
    pick(element, [await pictureFile('cat.png')]);
    const { detail } = await nextEvent(element, 'upload-error');
    expect(detail).to.include({ code: 'expired', phase: 'sign' });
    expect(await posts()).to.have.length(0);
    await until('the message', () => rowTexts(element)[0]?.includes('Reload'));
    await until('the alert', () =>
      allByRole(element, 'alert').some(({ textContent }) => textContent.includes('Reload')),
    );
  });

  it('reports an expired policy when the storage refuses the file for it', async () => {
    const { element } = await page(plain);
    const body =
      '<Error><Code>AccessDenied</Code><Message>Invalid according to Policy: Policy expired.</Message></Error>';
    await servers.storage.setFaults({ do: 'answer', status: 403, body });
    pick(element, [await pictureFile('cat.png')]);
    const { detail } = await nextEvent(element, 'upload-error');
    expect(detail).to.include({ code: 'expired', phase: 'sign' });
    expect(await posts()).to.have.length(1);
  });

  it('trusts the clock of the page’s server when its policy seems to have expired', async () => {
    const { element } = await page(plain);
    const { now } = Date;
    try {
      Date.now = () => now() + 3_600_000;
      pick(element, [await pictureFile('cat.png')]);
      const { detail } = await nextEvent(element, 'upload-success');
      expect(await servers.storedObject(detail.key)).to.include({ type: 'image/png' });
    } finally {
      Date.now = now;
    }
  });

  it('does not expire without a policy', async () => {
    const { element } = await page({ ...plain, without: 'policy' });
    await servers.storage.setFaults({ do: 'stall', at: { share: 0.5 }, method: 'POST' });
    pick(element, [new File([new Uint8Array(1_000_000)], 'cat.png', { type: 'image/png' })]);
    await servers.storage.arrived(1, { method: 'POST' });
    element.pause();
    await servers.storage.release();
    await servers.storage.setFaults({ do: 'answer', status: 204, method: 'POST' });
    const { now } = Date;
    try {
      Date.now = () => now() + 15 * 60_000;
      const stored = nextEvent(element, 'upload-success');
      element.resume();
      expect((await stored).detail.key).to.equal(`${FOLDER}cat.png`);
    } finally {
      Date.now = now;
    }
  });

  it('reports a storage that does not accept forms', async () => {
    const { element } = await page(plain);
    await servers.storage.setFaults({ do: 'answer', status: 501, method: 'POST' });
    pick(element, [await pictureFile('cat.png')]);
    const { detail } = await nextEvent(element, 'upload-error');
    expect(detail).to.include({ code: 'config', phase: 'sign' });
    expect(detail.message).to.include('its storage does not accept forms');
  });

  it('continues after a lost connection', async () => {
    const { element } = await page(plain);
    await servers.storage.setFaults({ do: 'cut', at: { share: 0.5 }, times: 2 });
    const file = await pictureFile('cat.png', 2000, 1500);
    pick(element, [file]);
    const { detail } = await nextEvent(element, 'upload-success');
    expect(await servers.storedObject(detail.key)).to.include({ sha256: await sha256(file) });
  });

  it("is blocked by an invalid field, whether its own button, the element's button or upload() is used", async () => {
    const { element, form } = await page({ tagInput: 'required', contentType: 'hidden' });
    const tagInput = field(form, 'x-amz-meta-tag');
    let invalidEvents = 0;
    tagInput.addEventListener('invalid', () => (invalidEvents += 1));
    pick(element, [await pictureFile('cat.png')]);
    await until('the file to wait', () => element.files[0]?.status === 'ready');
    const button = await until("the element's button", () => byRole(element, 'button', /^Upload/));
    button.click();
    expect(invalidEvents).to.equal(1);
    element.upload();
    expect(invalidEvents).to.equal(2);
    field(form, 'submit').click();
    expect(invalidEvents).to.equal(3);
    expect(element.files[0]?.status).to.equal('ready');
    expect(await posts()).to.have.length(0);
    tagInput.value = 'now it is there';
    button.click();
    const { detail } = await nextEvent(element, 'upload-success');
    expect((await servers.storedObject(detail.key))?.metadata?.['tag']).to.equal('now it is there');
  });

  it('sends a field and metadata of several lines with the line breaks of a form', async () => {
    const { element, form } = await page({ tagInput: 'textarea', contentType: 'hidden', input: 'multiple' });
    /** The tag as it is sent. Not every storage accepts metadata of several lines. */
    const submitFile = async (name: string): Promise<string | undefined> => {
      pick(element, [await pictureFile(name)]);
      await until('the file to wait', () => element.files.at(-1)?.status === 'ready');
      field(form, 'submit').click();
      return until('the request', async () => {
        const sent = (await posts()).map(({ fields }) => new Map(fields));
        return sent.find((fields) => fields.get('key')?.endsWith(name))?.get('x-amz-meta-tag');
      });
    };
    form.querySelector('textarea')!.value = 'one\ntwo';
    expect(await submitFile('typed.png')).to.equal('one\r\ntwo');
    element.metadata = { tag: 'three\rfour\r\nfive' };
    expect(await submitFile('metadata.png')).to.equal('three\r\nfour\r\nfive');
  });

  it('waits when the page cancels its submit event', async () => {
    const element = document.createElement('s3-uploader');
    element.innerHTML = await formHtml({ contentType: 'hidden' });
    const form = element.querySelector('form')!;
    let isAllowed = false;
    form.addEventListener('submit', (event) => isAllowed || event.preventDefault());
    await fixture(html`<div>${element}</div>`);
    pick(element, [await pictureFile('cat.png')]);
    await until('the file to wait', () => element.files[0]?.status === 'ready');
    field(form, 'submit').click();
    expect(element.files[0]?.status).to.equal('ready');
    isAllowed = true;
    field(form, 'submit').click();
    await nextEvent(element, 'upload-success');
    expect(await posts()).to.have.length(1);
  });

  it('sends metadata of all files and of one file when its policy has a condition for them', async () => {
    const { element } = await page({ ...plain, input: 'multiple' });
    element.metadata = { tag: 'of all' };
    element.addEventListener('file-add', ({ detail }) => {
      if (detail.name === 'own.png') element.setMetadata(detail.id, { tag: 'of one' });
      if (detail.name === 'title.png') element.setMetadata(detail.id, { title: 'none' });
    });
    pick(element, [await pictureFile('any.png'), await pictureFile('own.png'), await pictureFile('title.png')]);
    await nextEvent(element, 'upload-complete');
    const [any, own, title] = element.files;
    const tagOf = async (item = any) =>
      item?.status === 'done' ? (await servers.storedObject(item.result.key))?.metadata?.['tag'] : item?.status;
    expect([await tagOf(any), await tagOf(own)]).to.deep.equal(['of all', 'of one']);
    expect(title?.status === 'failed' && title.error).to.include({ code: 'signer-refused', phase: 'sign' });
    expect(title?.status === 'failed' && title.error.message).to.include(
      `no condition that allows "x-amz-meta-title", the field of the metadata "title"`,
    );
    expect(await posts()).to.have.length(2);
  });

  for (const [what, options, problem] of [
    ['has no key', { without: 'key' }, 'it has no field "key" before its file input'],
    ['has no file input', { without: 'file' }, 'it has no <input type="file" name="file">'],
    [
      'has a misnamed file input',
      { without: 'file-name' },
      'its file input is named "upload", and S3 expects name="file"',
    ],
    ['has a field twice', { twice: true }, 'it has two fields "x-amz-meta-uuid", and S3 accepts one of each name'],
    ['submits over ftp', { action: 'ftp://bucket.example/' }, 'its action goes to ftp://bucket.example'],
    ['has an invalid action', { action: 'https://' }, 'its action is not a valid URL'],
  ] as [string, AwsFormOptions, string][]) {
    it(`disables the element with an error message at once when it ${what}`, async () => {
      const { element } = await page({ ...plain, ...options });
      const message = `The form in <s3-uploader> cannot be used: ${problem}`;
      await until(message, () => errorText(element).includes(message));
      expect(byRole(element, 'button', /Choose/)).to.have.property('disabled', true);
    });
  }

  it('reports at once that its action is not an allowed host', async () => {
    const element = document.createElement('s3-uploader');
    element.innerHTML = await formHtml(plain);
    element.allowedHosts = 'bucket.example';
    await fixture(html`<div>${element}</div>`);
    await until('the message', () => errorText(element).includes('only to hosts in the attribute "allowed-hosts"'));
  });

  it('is hidden and unused when the element has an endpoint', async () => {
    const element = document.createElement('s3-uploader');
    element.innerHTML = await formHtml({ input: 'required' });
    element.endpoint = servers.endpoint;
    await fixture(html`<div>${element}</div>`);
    pick(element, [textFile('notes.txt')]);
    await nextEvent(element, 'upload-success');
    expect(element.querySelector('form')!.checkVisibility()).to.equal(false);
    expect((await servers.signer.readLog()).requests).to.have.length(1);
  });

  it('is used when it is added after the element', async () => {
    const element = await fixture<S3UploaderElement>(html`<s3-uploader></s3-uploader>`);
    await until('the error', () =>
      allByRole(element, 'alert').some(({ textContent }) => textContent.includes('endpoint')),
    );
    element.innerHTML = await formHtml(plain);
    await until('the button', () => !byRole(element, 'button', /Choose/)?.hasAttribute('disabled'));
    pick(element, [await pictureFile('cat.png')]);
    await nextEvent(element, 'upload-success');
  });
});
