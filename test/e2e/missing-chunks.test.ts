import { expect } from '@open-wc/testing';
import type { S3UploaderElement } from '../../widget/index.ts';
import { nextEvent } from '../fixtures/events.ts';
import { MiB, videoFile } from '../fixtures/files.ts';
import { readAllRecords } from '../fixtures/idb-records.ts';
import { pictureFile } from '../fixtures/pictures.ts';
import { allByRole, byRole } from '../fixtures/queries.ts';
import { type RemoteServers, sha256, startRemoteServers } from '../fixtures/remote-servers.ts';
import { drop, pick } from '../fixtures/user-input.ts';
import { until } from '../fixtures/wait.ts';

type CutPage = Window & typeof globalThis & { rejections: string[] };

describe('The built element whose chunks cannot be loaded', () => {
  let servers: RemoteServers;
  let frame: HTMLIFrameElement;
  let address: string;

  before(async () => {
    servers = await startRemoteServers();
  });
  afterEach(() => frame.remove());
  after(() => servers.close());

  const page = (): CutPage => frame.contentWindow as CutPage;
  const notice = (element: HTMLElement): string =>
    allByRole(element, 'alert')
      .map(({ textContent }) => textContent)
      .join('');
  const file = (): File => new (page().File)(['kept'], 'kept.txt', { type: 'text/plain' });

  async function open(body: string, query = ''): Promise<S3UploaderElement> {
    address = `/__missing-chunks/${crypto.randomUUID()}/`;
    frame = document.createElement('iframe');
    frame.src = `${address}?body=${encodeURIComponent(body)}${query}`;
    document.body.append(frame);
    // in Firefox, a chunk that does not come keeps the page from being loaded
    await until('the element', () => page().customElements.get('s3-uploader'));
    const element = page().document.querySelector('s3-uploader') as S3UploaderElement;
    await element.updateComplete;
    return element;
  }

  async function restoreNetwork(query = ''): Promise<void> {
    await fetch(`${address}restore${query}`, { method: 'POST' });
    page().dispatchEvent(new Event('online'));
  }

  for (const [replaced, query] of [
    ['are gone', '&gone'],
    ['come as the start page, by status 200', '&gone=text/html'],
    ['come as a type that is no script', '&gone=text/plain'],
    ['have other bytes than their integrity says', '&integrity'],
  ] as const) {
    it(`says that the page has expired when the chunks ${replaced}`, async () => {
      const element = await open(`<s3-uploader endpoint="${servers.endpoint}"></s3-uploader>`, query);
      pick(element, [file()]);
      await until('the notice', () => notice(element) === 'This page has expired. Reload it.');
      expect(element.files).to.deep.equal([]);
      expect(page().rejections).to.deep.equal([]);
    });
  }

  it('says that the connection is lost, keeps picked files, and continues when it is back', async () => {
    const element = await open(`<s3-uploader endpoint="${servers.endpoint}"></s3-uploader>`);
    pick(element, [file()]);
    await until('the notice', () => notice(element) === 'Connection lost. Retrying…');
    expect(byRole(element, 'button', 'Choose a file')).to.not.equal(undefined);
    const stored = nextEvent(element, 'upload-success');
    await restoreNetwork();
    const { detail } = await stored;
    expect((await servers.storedObject(detail.key))?.sha256).to.equal(await sha256(file()));
    await until('no notice', () => notice(element) === '');
    expect(page().rejections).to.deep.equal([]);
  });

  it('shows the names of files at once, where their row comes, until it is there', async () => {
    const element = await open(`<s3-uploader endpoint="${servers.endpoint}"></s3-uploader>`);
    const empty = element.offsetHeight;
    await servers.storage.setFaults({ do: 'swallow' });
    drop(element, [file()]);
    await new Promise((resolve) => page().requestAnimationFrame(resolve));
    await element.updateComplete;
    expect(byRole(element, 'status')?.textContent.trim()).to.equal('kept.txt');
    await until('the notice', () => notice(element));
    await restoreNetwork('?except=files-session');
    await restoreNetwork();
    const heights = new Set<number>();
    new (page().ResizeObserver)(() => {
      if (!notice(element)) heights.add(element.offsetHeight);
    }).observe(element);
    await until('the row', () => byRole(element, 'listitem'));
    await element.updateComplete;
    expect(heights.size).to.be.above(0);
    for (const height of heights) expect(height).to.be.closeTo(element.offsetHeight, 1); // rounded
    expect(element.offsetHeight).to.be.below(empty); // the drop area is one line now
    expect(allByRole(element, 'status').map(({ textContent }) => textContent.trim())).to.deep.equal(['']);
    await servers.storage.reset();
  });

  it('names the first of many files, of which none may be accepted', async () => {
    const element = await open(`<s3-uploader endpoint="${servers.endpoint}" multiple accept=".png"></s3-uploader>`);
    const names = ['a.txt', 'b.txt', 'c.txt', 'd.txt', 'e.txt'];
    const added = element.add(names.map((name) => new (page().File)(['x'], name)));
    await until('the names', () => byRole(element, 'status')?.textContent.trim() === 'a.txt, b.txt, c.txt, +2');
    await restoreNetwork();
    expect((await added).map(({ status }) => status)).to.deep.equal(names.map(() => 'rejected'));
    await until('the rows', () => allByRole(element, 'listitem').length === names.length);
    await until('no other names', () => !element.shadowRoot!.textContent.includes('a.txt, b.txt'));
  });

  it('rejects forget() outside of a document, where nobody would see that it waits', async () => {
    await open(`<s3-uploader endpoint="${servers.endpoint}"></s3-uploader>`);
    const outside = page().document.createElement('s3-uploader');
    const failure = await outside.forget().then(
      () => 'none',
      (error: unknown) => String(error),
    );
    expect(failure).to.match(/^TypeError/);
  });

  it('counts stored files before a picked one, although their code is loaded later', async () => {
    const stored = ['one', 'two'].map((name) => `<span data-key="in/${name}.txt">${name}.txt</span>`).join('');
    const element = await open(
      `<s3-uploader endpoint="${servers.endpoint}" multiple max-files="2">${stored}</s3-uploader>`,
    );
    await restoreNetwork('?except=existing-files');
    const added = element.add([file()]);
    await until('the session of files', () => element.shadowRoot!.querySelector('.files [role=status]'));
    await element.updateComplete;
    expect(element.files).to.deep.equal([]);
    await restoreNetwork();
    await added;
    expect(element.files.map(({ name, status }) => [name, status])).to.deep.equal([
      ['one.txt', 'done'],
      ['two.txt', 'done'],
      ['kept.txt', 'rejected'],
    ]);
  });

  for (const chunk of ['preview', 'thumbnail']) {
    it(`shows the icon of a picture, and says nothing, until the chunk ${chunk} can be loaded`, async () => {
      const element = await open(`<s3-uploader endpoint="${servers.endpoint}"></s3-uploader>`);
      await restoreNetwork(`?except=${chunk}`);
      const picture = await pictureFile('photo.png', 400, 300);
      const stored = nextEvent(element, 'upload-success');
      pick(element, [new (page().File)([picture], picture.name, { type: picture.type })]);
      await stored;
      expect(notice(element)).to.equal('');
      expect(element.shadowRoot!.querySelector('canvas')).to.equal(null);
      await restoreNetwork();
      await until('the preview', () => element.shadowRoot!.querySelector('canvas'));
      expect(page().rejections).to.deep.equal([]);
    });
  }

  it('shows the extension of a file, and says nothing, until the chunk type-icons can be loaded', async () => {
    const element = await open(`<s3-uploader endpoint="${servers.endpoint}"></s3-uploader>`);
    await restoreNetwork('?except=type-icons');
    const stored = nextEvent(element, 'upload-success');
    pick(element, [file()]);
    await stored;
    const thumbnail = element.shadowRoot!.querySelector<HTMLElement>('.thumbnail')!;
    expect(notice(element)).to.equal('');
    expect(thumbnail.innerText.trim()).to.equal('TXT');
    expect(thumbnail.querySelector('svg')).to.equal(null);
    await restoreNetwork();
    await until('the icon', () => thumbnail.querySelector('svg'));
    expect(page().rejections).to.deep.equal([]);
  });

  it('remembers uploads for a later page once the code for that can be loaded', async () => {
    const ofParts = await startRemoteServers({ multipartFrom: MiB, partSize: 5 * MiB });
    const element = await open(`<s3-uploader endpoint="${ofParts.endpoint}" multiple></s3-uploader>`);
    await restoreNetwork('?except=resume-store');
    const video = (name: string): File => new (page().File)([videoFile(6 * MiB)], name, { type: 'video/mp4' });
    const stored = nextEvent(element, 'upload-success');
    pick(element, [video('not remembered.mp4')]);
    await stored;
    await restoreNetwork();
    await ofParts.storage.setFaults({ do: 'stall', at: { share: 0.5 }, path: 'partNumber=' });
    pick(element, [video('remembered.mp4')]);
    const remembered = async (): Promise<string> => JSON.stringify(await readAllRecords(page().indexedDB));
    await until('the record', async () => (await remembered()).includes('"remembered.mp4"'));
    expect(await remembered()).not.to.include('"not remembered.mp4"');
    element.clear();
    await until('no record', async () => !(await remembered()).includes('"remembered.mp4"'));
    await ofParts.close();
  });

  it('uses English until the texts of its language can be loaded', async () => {
    const element = await open(`<div lang="de"><s3-uploader endpoint="${servers.endpoint}"></s3-uploader></div>`);
    await until('English', () => byRole(element, 'button', 'Choose a file'));
    expect(notice(element)).to.equal('');
    await restoreNetwork();
    await until('German', () => byRole(element, 'button', 'Datei auswählen'));
    expect(page().rejections).to.deep.equal([]);
  });

  it('is drawn without its limits in words until their code can be loaded', async () => {
    const element = await open(`<s3-uploader endpoint="${servers.endpoint}" accept="image/*"></s3-uploader>`);
    await until('the button', () => byRole(element, 'button', 'Choose a file'));
    const hint = element.shadowRoot!.querySelector('[part=hint]')!;
    expect(hint.textContent).to.equal('');
    expect(notice(element)).to.equal('');
    await restoreNetwork();
    await until('the limits', () => hint.textContent === 'Images');
    expect(page().rejections).to.deep.equal([]);
  });

  it('is drawn in English, without its limits in words, when the server does not answer for three seconds', async () => {
    const element = await open(
      `<s3-uploader endpoint="${servers.endpoint}" lang="de" layout="grid" accept="image/*"></s3-uploader>`,
      '&hang',
    );
    await until('the button', () => byRole(element, 'button', 'Choose a file'));
    expect(notice(element)).to.equal('');
    expect(page().rejections).to.deep.equal([]);
  });

  it('keeps its form from being submitted without the picked files', async () => {
    const attributes = `endpoint="${servers.endpoint}" name="files"`;
    const element = await open(`<form><s3-uploader ${attributes}></s3-uploader><button>Send</button></form>`);
    const form = element.form!;
    expect(form.checkValidity()).to.equal(true);
    pick(element, [file()]);
    expect(form.checkValidity()).to.equal(false);
    await restoreNetwork();
    await until('a form that may be sent', () => form.checkValidity());
    expect(new (page().FormData)(form).getAll('files')).to.deep.equal(element.value);
    expect(element.value).to.have.length(1);
  });

  it('holds a submit until the picked files are stored', async () => {
    const attributes = `endpoint="${servers.endpoint}" name="files" hold-submit`;
    const element = await open(
      `<form novalidate><s3-uploader ${attributes}></s3-uploader><button>Send</button></form>`,
    );
    const form = element.form!;
    const submits: FormDataEntryValue[][] = [];
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      submits.push(new (page().FormData)(form).getAll('files'));
    });
    pick(element, [file()]);
    form.querySelector('button')!.click();
    expect(submits).to.deep.equal([]);
    await restoreNetwork();
    await until('the submit', () => submits.length);
    expect(submits).to.deep.equal([element.value]);
    expect(element.value).to.have.length(1);
  });

  it('gets form rules, checks, layout and signer when the network is back', async () => {
    const attributes = 'name="photo" required sniff layout="grid" signer="presigned-post" multiple';
    const element = await open(
      `<form><s3-uploader endpoint="${await servers.startPresetBackend('presigned-post')}" ${attributes}></s3-uploader></form>`,
    );
    const added = element.add([file()]);
    await until('the notice', () => notice(element) === 'Connection lost. Retrying…');
    const stored = nextEvent(element, 'upload-success');
    await restoreNetwork();
    expect((await added).map(({ name }) => name)).to.deep.equal(['kept.txt']);
    const { key } = (await stored).detail;
    await until('the value', () => new (page().FormData)(element.form!).get('photo') === key);
    await until('no notice', () => notice(element) === '');
    expect(page().rejections).to.deep.equal([]);
  });
});
