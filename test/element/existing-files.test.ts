import { expect, fixture, html } from '@open-wc/testing';
import '../../widget/define.ts';
import type { S3UploaderElement } from '../../widget/element/s3-uploader.ts';
import type { ExistingFile } from '../../widget/element/existing-files.ts';
import { nextEvent } from '../fixtures/events.ts';
import { textFile } from '../fixtures/files.ts';
import { pictureFile } from '../fixtures/pictures.ts';
import { allByRole, byRole, rowTexts } from '../fixtures/queries.ts';
import { type RemoteServers, startRemoteServers } from '../fixtures/remote-servers.ts';
import { storeFile as store } from '../fixtures/store-file.ts';
import { until } from '../fixtures/wait.ts';

const createElement = (
  content = html`<s3-uploader endpoint="/sign" no-auto multiple></s3-uploader>`,
): Promise<S3UploaderElement> => fixture(content);
const names = (element: S3UploaderElement): string => element.files.map(({ name }) => name).join();
const remove = async (element: S3UploaderElement, name: string): Promise<void> =>
  (await until('the button', () => byRole(element, 'button', `Remove ${name}`))).click();

const A = { key: 'up/a.txt', size: 1000, type: 'text/plain' };
const B = { key: 'up/b.txt', size: 1000, type: 'text/plain' };

describe('Existing files', () => {
  it('are shown, count towards `max-files`, are submitted, and can be removed', async () => {
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
    await until('the file to be back', () => names(element) === 'Holiday.jpg');
  });

  it('are read from the page’s HTML, with picture and receipt', async () => {
    const src = URL.createObjectURL(await pictureFile('a.png', 40, 20));
    const element = await createElement(
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
    const map = allByRole(element, 'listitem')[1]!;
    await until('the picture', () => map.querySelector('img')?.naturalWidth === 40);
    await expect(element).to.be.accessible();
  });

  it('show the picture that their `picture` property names', async () => {
    const element = await createElement();
    const src = URL.createObjectURL(await pictureFile('a.png', 40, 20));
    element.existing = [{ ...A, picture: src }];
    await until('the picture', () => allByRole(element, 'listitem')[0]?.querySelector('img')?.naturalWidth === 40);
  });

  it('show no size if the page gives none', async () => {
    const element = await createElement();
    element.existing = [{ key: 'up/a.txt' }];
    await until('the row', () => rowTexts(element)[0]?.endsWith('Uploaded'));
    const [empty] = await element.add([textFile('empty.txt', 0)]);
    await until('the row of an empty file', () => rowTexts(element)[1]?.endsWith('Ready · 0 bytes'));
    expect(empty?.size).to.equal(0);
  });

  it('stay removed after the visitor removed them, until the page drops and lists them again', async () => {
    const element = await createElement();
    element.existing = [{ ...A }, { ...B }];
    await until('both files', () => names(element) === 'a.txt,b.txt');
    await remove(element, 'a.txt');
    element.existing = [{ ...A }, { ...B }, { key: 'up/c.txt' }]; // as a framework does on each render
    await until('the new file', () => names(element) === 'b.txt,c.txt');
    element.existing = [{ ...B }];
    await until('the remaining file', () => names(element) === 'b.txt');
    element.existing = [{ ...A }, { ...B }];
    await until('the file that the page added again', () => names(element) === 'a.txt,b.txt');
  });

  it('disappear when the page no longer lists them', async () => {
    const element = await createElement();
    element.existing = [A, B];
    await element.add([textFile('mine.txt')]);
    await until('all files', () => element.files.length === 3);
    element.existing = [];
    await until('the added file alone', () => names(element) === 'mine.txt');
    element.existing = [A];
    await until('one existing file', () => element.files.length === 2);
    element.existing = undefined;
    await until('no existing file', () => names(element) === 'mine.txt');
  });

  describe('that the browser restores with the page', () => {
    const state = JSON.stringify([
      { ...B, name: 'b.txt', path: 'trip/b.txt', picture: 'data:,' },
      { key: 'up/new.txt', name: 'new.txt', size: 7 },
    ]);
    const isRestored = (element: S3UploaderElement): boolean =>
      names(element).split(',').sort().join() === 'b.txt,new.txt';

    it('keep the visitor’s changes if the page sets its list later', async () => {
      const element = await createElement();
      element.formStateRestoreCallback(state);
      await until('the restored files', () => isRestored(element));
      expect(element.files[0]).to.include({ path: 'trip/b.txt', picture: 'data:,' });
      element.existing = [A, B];
      await element.updateComplete;
      element.existing = [A, B, { key: 'up/c.txt' }];
      await until('the new file', () => names(element) === 'b.txt,new.txt,c.txt');
    });

    it('keep the visitor’s changes if the page set its list before', async () => {
      const element = await createElement(
        html`<s3-uploader endpoint="/sign" no-auto multiple
          ><a data-key="up/a.txt">a.txt</a><a data-key="up/b.txt">b.txt</a></s3-uploader
        >`,
      );
      await until('both files', () => names(element) === 'a.txt,b.txt');
      element.formStateRestoreCallback(state);
      await until('the restored files', () => isRestored(element));
    });
  });
});

describe('An existing file removed from the list', () => {
  let servers: RemoteServers;
  before(async () => {
    servers = await startRemoteServers({ allowDelete: true });
  });
  beforeEach(() => Promise.all([servers.storage.reset(), servers.signer.reset()]));
  after(() => servers.close());

  const storeFile = (name: string): Promise<ExistingFile & { ticket: string }> => store(servers, name);
  const createWithExisting = async (
    existing: ExistingFile[],
    properties: Partial<S3UploaderElement> = {},
  ): Promise<S3UploaderElement> => {
    const element = await createElement(html`<s3-uploader endpoint=${servers.endpoint} multiple></s3-uploader>`);
    Object.assign(element, { existing, ...properties });
    await until('the files', () => element.files.length === existing.length);
    return element;
  };
  /** Ends the time in which the removal can be undone, as a page that closes does. */
  const mountForm = async (
    existing: readonly ExistingFile[],
  ): Promise<{ form: HTMLFormElement; element: S3UploaderElement }> => {
    const form = await fixture<HTMLFormElement>(
      html`<form>
        <s3-uploader endpoint=${servers.endpoint} name="files" .existing=${existing} multiple></s3-uploader>
      </form>`,
    );
    return { form, element: form.querySelector('s3-uploader')! };
  };
  const closePage = (): unknown => dispatchEvent(new PageTransitionEvent('pagehide'));
  const untilDeleted = async (key: string): Promise<void> => {
    closePage();
    await until('the deletion', async () => !(await servers.storedObject(key)));
  };
  const expectStored = async (key: string): Promise<void> => {
    expect(await servers.storedObject(key)).not.to.equal(undefined);
  };

  it('is deleted if the page has the signer’s ticket for it, and stays removed after a reset', async () => {
    const [a, b] = [await storeFile('a.txt'), await storeFile('b.txt')];
    const { form, element } = await mountForm([a, b]);
    await until('the value', () => new FormData(form).getAll('files').length === 2);
    await remove(element, 'a.txt');
    await untilDeleted(a.key);
    await expectStored(b.key);
    form.reset();
    await until('the remaining file', () => names(element) === 'b.txt');
    expect(element.value).to.deep.equal([b.key]);
  });

  it('is restored by a reset, or by the page listing it again, until it is deleted', async () => {
    const [a, b] = [await storeFile('a.txt'), await storeFile('b.txt')];
    const { form, element } = await mountForm([a, b]);
    await remove(element, 'a.txt');
    await until('the remaining row', () => rowTexts(element).length === 1);
    form.reset();
    await until('the file', () => names(element) === 'a.txt,b.txt');
    await remove(element, 'a.txt');
    element.existing = [b, { key: 'up/c.txt' }]; // as a page does that follows `file-remove`
    await until('the new file', () => names(element) === 'b.txt,c.txt');
    const restored = nextEvent(element, 'file-restore');
    element.existing = [a, b];
    expect((await restored).detail.key).to.equal(a.key);
    expect(names(element)).to.equal('a.txt,b.txt');
    closePage();
    await storeFile('later.txt'); // a deletion would have reached the signer before it
    await expectStored(a.key);
    expect((await servers.signer.readLog()).requests.filter(({ path }) => path.endsWith('/delete'))).to.deep.equal([]);
    await remove(element, 'a.txt');
    await untilDeleted(a.key);
  });

  it('is deleted with the ticket in the page’s HTML', async () => {
    const { key, ticket } = await storeFile('a.txt');
    const element = await createElement(
      html`<s3-uploader endpoint=${servers.endpoint} multiple
        ><a data-key=${key} data-ticket=${ticket}>a.txt</a></s3-uploader
      >`,
    );
    await remove(element, 'a.txt');
    await untilDeleted(key);
  });

  it('is deleted with the page’s latest ticket, also after the browser restored the list', async () => {
    const a = await storeFile('a.txt');
    const element = await createWithExisting([{ ...a, ticket: 'an old one' }]);
    element.formStateRestoreCallback(JSON.stringify([{ key: a.key, name: 'a.txt', size: 12 }]));
    element.existing = [{ ...a }, B];
    await until('the file added with it', () => names(element) === 'a.txt,b.txt');
    await remove(element, 'a.txt');
    await untilDeleted(a.key);
  });

  it('is not deleted without a ticket, nor when the page removes it or clears the list', async () => {
    const [a, b, c] = [await storeFile('a.txt'), await storeFile('b.txt'), await storeFile('c.txt')];
    const { ticket: _none, ...withoutTicket } = a;
    const element = await createWithExisting([withoutTicket, b, c]);
    await remove(element, 'a.txt');
    element.existing = [c];
    await until('the remaining file', () => names(element) === 'c.txt');
    element.clear();
    closePage();
    const later = await storeFile('d.txt'); // a deletion would have reached the signer before it
    for (const { key } of [a, b, c, later]) await expectStored(key);
    expect((await servers.signer.readLog()).requests.filter(({ path }) => path.endsWith('/delete'))).to.deep.equal([]);
  });

  it('causes `delete-error` if it cannot be deleted, and comes back with a reset', async () => {
    const a = await storeFile('a.txt');
    const form = await fixture<HTMLFormElement>(
      html`<form>
        <s3-uploader endpoint=${servers.endpoint} .existing=${[{ ...a, ticket: 'forged' }]} multiple></s3-uploader>
      </form>`,
    );
    const element = form.querySelector('s3-uploader')!;
    const error = nextEvent(element, 'delete-error');
    await remove(element, 'a.txt');
    closePage();
    expect((await error).detail).to.include({ key: a.key, name: 'a.txt', status: 403 });
    await expectStored(a.key);
    form.reset();
    await until('the file to be back', () => names(element) === 'a.txt');
  });

  it('is not deleted if `sign` has no `deleteFile`', async () => {
    const a = await storeFile('a.txt');
    const element = await createWithExisting([a], { sign: () => Promise.resolve([]) });
    const removed = nextEvent(element, 'file-remove');
    await remove(element, 'a.txt');
    expect((await removed).detail.key).to.equal(a.key);
    closePage();
    await storeFile('b.txt');
    await expectStored(a.key);
  });
});
