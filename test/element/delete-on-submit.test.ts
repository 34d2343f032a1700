import { expect, fixture, html } from '@open-wc/testing';
import '../../widget/define.ts';
import type { ExistingFile } from '../../widget/element/existing-files.ts';
import type { S3UploaderElement } from '../../widget/element/s3-uploader.ts';
import { nextEvent } from '../fixtures/events.ts';
import { textFile } from '../fixtures/files.ts';
import { byRole } from '../fixtures/queries.ts';
import { type RemoteServers, startRemoteServers } from '../fixtures/remote-servers.ts';
import { storeFile } from '../fixtures/store-file.ts';
import { holdUndoTime, type UndoTime } from '../fixtures/undo-time.ts';
import { until } from '../fixtures/wait.ts';

describe('With `delete="on-submit"`, a stored file that is removed', () => {
  let servers: RemoteServers;
  let time: UndoTime;
  let a: ExistingFile;
  let b: ExistingFile;
  before(async () => {
    servers = await startRemoteServers({ allowDelete: true });
  });
  beforeEach(async () => {
    await Promise.all([servers.storage.reset(), servers.signer.reset()]);
    [a, b] = [await storeFile(servers, 'a'), await storeFile(servers, 'b')];
    time = holdUndoTime();
  });
  afterEach(() => time.release());
  after(() => servers.close());

  interface Page {
    readonly element: S3UploaderElement;
    readonly form: HTMLFormElement;
    readonly field: HTMLInputElement;
  }
  /** Creates a form that is submitted into a frame. The element in it has the stored files `a` and `b`, of which `a` is removed. */
  async function createPage(): Promise<Page> {
    const page = await fixture(
      html`<div>
        <iframe name="target"></iframe>
        <form action="/" target="target">
          <input name="title" />
          <s3-uploader endpoint=${servers.endpoint} name="files" delete="on-submit" multiple></s3-uploader>
          <button>Save</button>
        </form>
      </div>`,
    );
    const form = page.querySelector('form')!;
    const element = page.querySelector('s3-uploader')!;
    element.existing = [a, b];
    await until('the value', () => new FormData(form).getAll('files').length === 2);
    await remove(element, 'a');
    await until('the value', () => new FormData(form).get('files') === b.key);
    return { element, form, field: page.querySelector('input')! };
  }
  const remove = async (element: S3UploaderElement, name: string): Promise<void> =>
    (await until('the button', () => byRole(element, 'button', `Remove ${name}`))).click();
  const undoButton = (element: S3UploaderElement): HTMLElement | undefined => byRole(element, 'button', 'Undo');
  const names = (element: S3UploaderElement): string => element.files.map(({ name }) => name).join();
  const isStored = async ({ key }: { key: string }): Promise<boolean> => !!(await servers.storedObject(key));
  const untilDeleted = (file: { key: string }): Promise<unknown> =>
    until('the deletion', async () => !(await isStored(file)));
  const expectNoDeletion = async (): Promise<void> => {
    await storeFile(servers, 'later'); // a deletion would have reached the signer before it
    const { requests } = await servers.signer.readLog();
    expect(requests.filter(({ path }) => path.endsWith('/delete'))).to.deep.equal([]);
  };

  it('is deleted once the browser submits the form, also after the time of the undo', async () => {
    const { element, form } = await createPage();
    await until('the notice', () => undoButton(element));
    time.end();
    await until('no notice', () => !undoButton(element));
    await expectNoDeletion();
    form.querySelector('button')!.click();
    await untilDeleted(a);
    expect(await isStored(b)).to.equal(true);
    expect(names(element)).to.equal('b');
    form.reset();
    await element.updateComplete;
    expect(names(element)).to.equal('b');
  });

  it('is deleted once a script submits the form by its data, also if it asks its server first', async () => {
    const { form } = await createPage();
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void fetch('/').then(() => new FormData(form));
    });
    form.requestSubmit();
    await untilDeleted(a);
    expect(await isStored(b)).to.equal(true);
  });

  it('stays if the submit is prevented, and if a script reads the data at other times', async () => {
    const { element, form, field } = await createPage();
    void new FormData(form);
    form.addEventListener('submit', (event) => event.preventDefault(), { once: true });
    form.requestSubmit();
    // as a script does that saves drafts
    field.addEventListener('input', () => new FormData(form));
    field.dispatchEvent(new InputEvent('input', { bubbles: true }));
    await expectNoDeletion();
    await until('the notice', () => undoButton(element)).then((button) => button.click());
    expect(names(element)).to.equal('a,b');
  });

  it('comes back with a reset, and then stays', async () => {
    const { element, form } = await createPage();
    form.reset();
    await until('both files', () => names(element) === 'a,b');
    await until('no notice', () => !undoButton(element));
    form.requestSubmit();
    await expectNoDeletion();
  });

  it('stays if the visitor leaves the page, or the element the document', async () => {
    const { element } = await createPage();
    dispatchEvent(new PageTransitionEvent('pagehide'));
    element.remove();
    await new Promise((resolve) => setTimeout(resolve, 600)); // longer than a move
    await expectNoDeletion();
  });

  it('is deleted by `deleteRemoved()`, also without a form, and also if it was uploaded and removed by the page', async () => {
    const element = await fixture<S3UploaderElement>(
      html`<s3-uploader endpoint=${servers.endpoint} delete="on-submit" multiple></s3-uploader>`,
    );
    await element.deleteRemoved();
    element.existing = [a];
    await element.add([textFile('mine')]);
    const { key } = (await nextEvent(element, 'upload-success')).detail;
    for (const { id } of element.files) element.removeFile(id);
    expect(names(element)).to.equal('');
    await expectNoDeletion();
    expect(undoButton(element)).to.equal(undefined);
    await element.deleteRemoved();
    expect([await isStored(a), await isStored({ key })]).to.deep.equal([false, false]);
  });

  it('stays if the page no longer lists it, and causes `delete-error` if it cannot be deleted', async () => {
    const { element } = await createPage();
    element.existing = [a]; // the page itself takes `b` away
    await until('no file', () => names(element) === '');
    await servers.signer.setFaults({ do: 'answer', status: 403, path: '/delete' });
    const error = nextEvent(element, 'delete-error');
    await element.deleteRemoved();
    expect((await error).detail).to.include({ key: a.key, status: 403 });
    expect([await isStored(a), await isStored(b)]).to.deep.equal([true, true]);
    const { requests } = await servers.signer.readLog();
    expect(requests.filter(({ path }) => path.endsWith('/delete'))).to.have.length(1);
  });
});
