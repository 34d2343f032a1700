import { expect, fixture, html } from '@open-wc/testing';
import '../../widget/define.ts';
import type { S3UploaderElement } from '../../widget/element/s3-uploader.ts';
import type { ExistingFile } from '../../widget/element/existing-files.ts';
import { nextEvent } from '../fixtures/events.ts';
import { textFile } from '../fixtures/files.ts';
import { pictureFile } from '../fixtures/pictures.ts';
import { allByRole, byRole, rowTexts } from '../fixtures/queries.ts';
import { type RemoteServers, startRemoteServers } from '../fixtures/remote-servers.ts';
import { until } from '../fixtures/wait.ts';

const tag = (
  content = html`<s3-uploader endpoint="/sign" no-auto multiple></s3-uploader>`,
): Promise<S3UploaderElement> => fixture(content);
const names = (element: S3UploaderElement): string => element.files.map(({ name }) => name).join();
const remove = async (element: S3UploaderElement, name: string): Promise<void> =>
  (await until('its button', () => byRole(element, 'button', `Remove ${name}`))).click();

const A = { key: 'up/a.txt', size: 1000, type: 'text/plain' };
const B = { key: 'up/b.txt', size: 1000, type: 'text/plain' };

describe('Files that are stored already', () => {
  it('are shown, count, are submitted, and can be removed', async () => {
    const form = await fixture<HTMLFormElement>(
      html`<form><s3-uploader endpoint="/sign" name="files" no-auto multiple max-files="2"></s3-uploader></form>`,
    );
    const element = form.querySelector('s3-uploader')!;
    element.existing = [{ key: 'up/1.jpg', name: 'Holiday.jpg', size: 2_000_000, type: 'image/jpeg' }];
    await until('the row', () => rowTexts(element)[0]?.includes('Uploaded · 2 MB'));
    await until('the value', () => new FormData(form).get('files') === 'up/1.jpg');
    const items = await element.add([textFile('a'), textFile('b')]);
    expect(items.map(({ status }) => status)).to.deep.equal(['ready', 'rejected']);
    const removed: (string | undefined)[] = [];
    element.addEventListener('file-remove', ({ detail }) => removed.push(detail.key));
    await remove(element, 'Holiday.jpg');
    expect(removed).to.deep.equal(['up/1.jpg']);
    form.reset();
    await until('it to be back', () => names(element) === 'Holiday.jpg');
  });

  it('are taken from the page’s HTML too, with picture and receipt', async () => {
    const src = URL.createObjectURL(await pictureFile('a.png', 40, 20));
    const element = await tag(
      html`<s3-uploader endpoint="/sign" value-format="receipt" multiple>
        <ul>
          <li data-key="up/2.pdf" data-size="1000" data-type="application/pdf" data-receipt="r1.two">Contract.pdf</li>
          <li data-key="up/3.png" data-size="2000" data-type="image/png" data-receipt="r1.three">
            <img src=${src} alt="" /> Map.png
          </li>
        </ul>
      </s3-uploader>`,
    );
    await until('the rows', () => rowTexts(element)[1]?.includes('Map.png'));
    expect(rowTexts(element)[0]).to.contain('Contract.pdf').and.to.contain('Uploaded · 1 kB');
    expect(element.value).to.deep.equal(['r1.two', 'r1.three']);
    const image = allByRole(element, 'listitem')[1]!.querySelector('img');
    await until('the picture', () => image?.naturalWidth === 40);
    await expect(element).to.be.accessible();
  });

  it('show the picture that a property names', async () => {
    const element = await tag();
    const src = URL.createObjectURL(await pictureFile('a.png', 40, 20));
    element.existing = [{ ...A, picture: src }];
    await until('the picture', () => allByRole(element, 'listitem')[0]?.querySelector('img')?.naturalWidth === 40);
  });

  it('tell no size where the page does not', async () => {
    const element = await tag();
    element.existing = [{ key: 'up/a.txt' }];
    await until('the row', () => rowTexts(element)[0]?.endsWith('Uploaded'));
    const [empty] = await element.add([textFile('empty.txt', 0)]);
    await until('the row of an empty file', () => rowTexts(element)[1]?.endsWith('Ready · 0 bytes'));
    expect(empty?.size).to.equal(0);
  });

  it('that a visitor has removed stay so, however often the page says them again', async () => {
    const element = await tag();
    element.existing = [{ ...A }, { ...B }];
    await until('both', () => names(element) === 'a.txt,b.txt');
    await remove(element, 'a.txt');
    element.existing = [{ ...A }, { ...B }, { key: 'up/c.txt' }]; // as a framework does with each rendering
    await until('what is new', () => names(element) === 'b.txt,c.txt');
    element.existing = [{ ...B }];
    await until('what is left', () => names(element) === 'b.txt');
    element.existing = [{ ...A }, { ...B }];
    await until('what the page has put back', () => names(element) === 'b.txt,a.txt');
  });

  it('go when the page says them no more', async () => {
    const element = await tag();
    element.existing = [A, B];
    await element.add([textFile('mine.txt')]);
    await until('all', () => element.files.length === 3);
    element.existing = [];
    await until('mine alone', () => names(element) === 'mine.txt');
    element.existing = [A];
    await until('one', () => element.files.length === 2);
    element.existing = undefined;
    await until('none', () => names(element) === 'mine.txt');
  });

  describe('come back with the page as they were', () => {
    const kept = JSON.stringify([
      { ...B, name: 'b.txt', path: 'trip/b.txt', picture: 'data:,' },
      { key: 'up/new.txt', name: 'new.txt', size: 7 },
    ]);
    const expected = (element: S3UploaderElement): boolean =>
      names(element).split(',').sort().join() === 'b.txt,new.txt';

    it('before the page has said what there was', async () => {
      const element = await tag();
      element.formStateRestoreCallback(kept);
      await until('them', () => expected(element));
      expect(element.files[0]).to.include({ path: 'trip/b.txt', picture: 'data:,' });
      element.existing = [A, B];
      await element.updateComplete;
      element.existing = [A, B, { key: 'up/c.txt' }];
      await until('what is new', () => names(element) === 'b.txt,new.txt,c.txt');
    });

    it('after it', async () => {
      const element = await tag(
        html`<s3-uploader endpoint="/sign" no-auto multiple
          ><a data-key="up/a.txt">a.txt</a><a data-key="up/b.txt">b.txt</a></s3-uploader
        >`,
      );
      await until('both', () => names(element) === 'a.txt,b.txt');
      element.formStateRestoreCallback(kept);
      await until('them', () => expected(element));
    });
  });
});

describe('A stored file that is removed from an edit form', () => {
  let servers: RemoteServers;
  before(async () => {
    servers = await startRemoteServers({ allowDelete: true });
  });
  beforeEach(() => Promise.all([servers.storage.reset(), servers.signer.reset()]));
  after(() => servers.close());

  /** A file that an earlier visit has stored, and the signer's word for it. */
  async function stored(name: string, endpoint = servers.endpoint): Promise<ExistingFile & { ticket: string }> {
    const files = [{ id: '1', name, type: 'text/plain', size: 12 }];
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify({ files }) });
    type Signed = { url: string; fields: Record<string, string>; key: string; ticket: string };
    const [{ url, fields, key, ticket }] = ((await answer.json()) as { files: [Signed] }).files;
    const form = new FormData();
    for (const [field, value] of Object.entries(fields)) form.append(field, value);
    form.append('file', textFile(name));
    expect((await fetch(url, { method: 'POST', body: form })).ok).to.equal(true);
    expect(await servers.storedObject(key)).not.to.equal(undefined);
    return { key, name, size: 12, type: 'text/plain', ticket };
  }

  const editing = async (
    existing: ExistingFile[],
    more: Partial<S3UploaderElement> = {},
  ): Promise<S3UploaderElement> => {
    const element = await tag(html`<s3-uploader endpoint=${servers.endpoint} multiple></s3-uploader>`);
    Object.assign(element, { existing, ...more });
    await until('the files', () => element.files.length === existing.length);
    return element;
  };
  const isGone = (key: string): Promise<unknown> =>
    until('it to be gone', async () => !(await servers.storedObject(key)));
  const isThere = async (key: string): Promise<void> => {
    expect(await servers.storedObject(key)).not.to.equal(undefined);
  };

  it('is deleted, where the page has the signer’s ticket for it, and stays so after a reset', async () => {
    const [a, b] = [await stored('a.txt'), await stored('b.txt')];
    const form = await fixture<HTMLFormElement>(
      html`<form>
        <s3-uploader endpoint=${servers.endpoint} name="files" .existing=${[a, b]} multiple></s3-uploader>
      </form>`,
    );
    const element = form.querySelector('s3-uploader')!;
    await until('the value', () => new FormData(form).getAll('files').length === 2);
    await remove(element, 'a.txt');
    await isGone(a.key);
    await isThere(b.key);
    form.reset();
    await until('what is there', () => names(element) === 'b.txt');
    expect(element.value).to.deep.equal([b.key]);
  });

  it('is deleted by the ticket in the page’s HTML', async () => {
    const { key, ticket } = await stored('a.txt');
    const element = await tag(
      html`<s3-uploader endpoint=${servers.endpoint} multiple
        ><a data-key=${key} data-ticket=${ticket}>a.txt</a></s3-uploader
      >`,
    );
    await remove(element, 'a.txt');
    await isGone(key);
  });

  it('is deleted by the newest ticket the page has given, once its list was kept by the browser, too', async () => {
    const a = await stored('a.txt');
    const element = await editing([{ ...a, ticket: 'an old one' }]);
    element.formStateRestoreCallback(JSON.stringify([{ key: a.key, name: 'a.txt', size: 12 }]));
    element.existing = [{ ...a }, B];
    await until('what is said with it', () => names(element) === 'a.txt,b.txt');
    await remove(element, 'a.txt');
    await isGone(a.key);
  });

  it('stays where the page has no ticket, takes it away itself, or the whole list is cleared', async () => {
    const [a, b, c] = [await stored('a.txt'), await stored('b.txt'), await stored('c.txt')];
    const { ticket: _none, ...bare } = a;
    const element = await editing([bare, b, c]);
    await remove(element, 'a.txt');
    element.existing = [c];
    await until('one', () => names(element) === 'c.txt');
    element.clear();
    const signed = await stored('d.txt'); // by the same way, after them
    for (const { key } of [a, b, c, signed]) await isThere(key);
    expect((await servers.signer.readLog()).requests.filter(({ path }) => path.endsWith('/delete'))).to.deep.equal([]);
  });

  it('is told of when it cannot be deleted, and comes back with a reset', async () => {
    const a = await stored('a.txt');
    const form = await fixture<HTMLFormElement>(
      html`<form>
        <s3-uploader endpoint=${servers.endpoint} .existing=${[{ ...a, ticket: 'forged' }]} multiple></s3-uploader>
      </form>`,
    );
    const element = form.querySelector('s3-uploader')!;
    const error = nextEvent(element, 'delete-error');
    await remove(element, 'a.txt');
    expect((await error).detail).to.include({ key: a.key, name: 'a.txt', status: 403 });
    await isThere(a.key);
    form.reset();
    await until('it to be back', () => names(element) === 'a.txt');
  });

  it('stays where whoever signs deletes nothing', async () => {
    const a = await stored('a.txt');
    const element = await editing([a], { sign: () => Promise.resolve([]) });
    const removed = nextEvent(element, 'file-remove');
    await remove(element, 'a.txt');
    expect((await removed).detail.key).to.equal(a.key);
    await stored('b.txt');
    await isThere(a.key);
  });
});
