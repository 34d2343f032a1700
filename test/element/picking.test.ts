import { expect, html } from '@open-wc/testing';
import { executeServerCommand } from '@web/test-runner-commands';
import '../../widget/define.ts';
import { filesOf } from '../../widget/element/dropped-files.ts';
import { type FolderContent, readFolders } from '../../widget/element/read-folder.ts';
import type { S3UploaderElement } from '../../widget/element/s3-uploader.ts';
import type { Commands } from '../runner/commands.ts';
import { textFile } from '../fixtures/files.ts';
import { pictureFile } from '../fixtures/pictures.ts';
import { byRole, rowTexts } from '../fixtures/queries.ts';
import { dataTransfer, pick } from '../fixtures/user-input.ts';
import { until } from '../fixtures/wait.ts';
import { createElement } from '../fixtures/create-element.ts';

const command = <Name extends keyof Commands>(name: Name, payload: Commands[Name]): Promise<unknown> =>
  executeServerCommand<unknown, Commands[Name]>(name, payload);
const withoutAuto = html`<s3-uploader endpoint="/sign" no-auto multiple></s3-uploader>`;

/** Pastes files and texts, as a visitor does with the keyboard. */
function paste(target: EventTarget, files: readonly File[], texts: Record<string, string> = {}): Event {
  const event = new ClipboardEvent('paste', { bubbles: true, composed: true, cancelable: true });
  const clipboardData = dataTransfer(files);
  for (const [type, text] of Object.entries(texts)) clipboardData.setData(type, text);
  // Firefox ignores `clipboardData` in the constructor
  target.dispatchEvent(Object.defineProperty(event, 'clipboardData', { value: clipboardData }));
  return event;
}

/** Names of the files added so far. Files are added in order: once one more is in the list, every earlier one is. */
async function addedNames(element: S3UploaderElement): Promise<string[]> {
  const [last] = await element.add([textFile('last')]);
  element.removeFile(last!.id);
  return element.files.map(({ name }) => name);
}

/** A file of a drop, as browsers describe it. With an error's name, reading it fails. */
function fileEntry(fullPath: string, error?: string): object {
  const name = fullPath.split('/').at(-1)!;
  const file = (resolve: (file: File) => void, reject: (error: Error) => void): void =>
    error ? reject(new DOMException('', error)) : resolve(textFile(name));
  return { name, fullPath, isDirectory: false, file };
}

/** A folder of a drop. Reading it may fail after a number of entries. */
function folderEntry(fullPath: string, children: readonly object[], { failsAfter = Infinity } = {}): object {
  const createReader = (): object => {
    let read = 0;
    return {
      // as in browsers: at most 100 entries a call, and none at the end
      readEntries(resolve: (some: readonly object[]) => void, reject: (error: Error) => void): void {
        if (read >= failsAfter) reject(new DOMException('', 'EncodingError'));
        else resolve(children.slice(read, (read += 100)));
      },
    };
  };
  return { name: fullPath.split('/').at(-1), fullPath, isDirectory: true, createReader };
}

/** The data of a drop of entries; null stands for a file that the browser cannot read at all. */
const dropped = (entries: readonly (object | null)[]): DataTransfer =>
  ({
    types: ['Files'],
    files: [],
    items: entries.map((entry) => ({ kind: 'file', webkitGetAsEntry: () => entry, getAsFile: () => null })),
  }) as unknown as DataTransfer;

const readDropped = (...entries: readonly (object | null)[]): Promise<FolderContent> =>
  readFolders(filesOf(dropped(entries)));

describe('The element', () => {
  it('adds pasted files, except those pasted into a field or with `no-paste`', async () => {
    const element = await createElement(withoutAuto);
    expect(paste(document.body, [textFile('pasted.png', 10, 'image/png')]).defaultPrevented).to.equal(true);
    await until('the file', () => element.files.length === 1);

    const editor = Object.assign(document.createElement('p'), { contentEditable: 'true' });
    const fields = [document.createElement('input'), document.createElement('textarea'), editor];
    element.parentElement!.append(...fields);
    // a field in a file's row is in the element
    element.append(document.createElement('input'));
    for (const field of [...fields, element.querySelector('input')!]) {
      field.focus();
      expect(paste(field, [textFile('for a field')]).defaultPrevented).to.equal(false);
    }
    element.noPaste = true;
    paste(document.body, [textFile('not wanted')]);
    expect(await addedNames(element)).to.deep.equal(['pasted.png']);
  });

  it('ignores a pasted picture of cells or text, unless it has the focus', async () => {
    const element = await createElement(withoutAuto);
    const picture = textFile('image.png', 10, 'image/png');
    const cells = { 'text/plain': 'a\tb\n1\t2', 'text/html': '<table><tr><td>a</td></tr></table>' };
    expect(paste(document.body, [picture], cells).defaultPrevented).to.equal(false);
    expect(paste(document.body, [picture], { 'text/plain': 'a word' }).defaultPrevented).to.equal(false);
    expect(await addedNames(element)).to.deep.equal([]);
    byRole(element, 'button', 'Choose files')!.focus();
    expect(paste(element, [textFile('focused.png')], cells).defaultPrevented).to.equal(true);
    // Firefox dispatches the event where the selection is
    expect(paste(document.body, [textFile('focused too.png')], cells).defaultPrevented).to.equal(true);
    expect(await addedNames(element)).to.deep.equal(['focused.png', 'focused too.png']);
  });

  it('adds a pasted screenshot, a picture copied from a page, and copied files that come with their names', async () => {
    const element = await createElement(withoutAuto);
    paste(document.body, [textFile('image.png', 10, 'image/png')]);
    paste(document.body, [textFile('copied.png', 10, 'image/png')], { 'text/html': '<img src="/copied.png">' });
    paste(document.body, [textFile('a.pdf')], { 'text/plain': 'a.pdf' });
    paste(document.body, [textFile('b.jpg'), textFile('c.jpg')], { 'text/plain': '/home/me/b.jpg\n/home/me/c.jpg' });
    const names = ['image.png', 'copied.png', 'a.pdf', 'b.jpg', 'c.jpg'];
    expect(await addedNames(element)).to.deep.equal(names);
  });

  it('adds pasted files once among several elements: the one with the focus, otherwise the first', async () => {
    const first = await createElement(withoutAuto);
    const second = await createElement(withoutAuto);
    paste(document.body, [textFile('for the first')]);
    byRole(second, 'button', 'Choose files')!.focus();
    paste(second, [textFile('for the second')]);
    paste(document.body, [textFile('for the second, too')]);
    expect(await addedNames(first)).to.deep.equal(['for the first']);
    expect(await addedNames(second)).to.deep.equal(['for the second', 'for the second, too']);
  });

  it('ignores dropped text and URLs', async () => {
    const element = await createElement(withoutAuto);
    const data = new DataTransfer();
    data.setData('text/uri-list', 'https://example.com/a.png');
    element.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, composed: true }));
    await element.add([textFile('added')]); // files are added in order: dropped ones would come first
    expect(element.files.map(({ name }) => name)).to.deep.equal(['added']);
  });

  it('picks folders with `directory`, and opens the camera with `capture`', async () => {
    const element = await createElement(
      html`<s3-uploader endpoint="/sign" directory capture="environment"></s3-uploader>`,
    );
    const input = element.shadowRoot!.querySelector('input')!;
    expect(input.webkitdirectory).to.equal(true);
    expect(input.getAttribute('capture')).to.equal('environment');
    expect(byRole(element, 'button', 'Choose a folder')).to.not.equal(undefined);
  });

  it('dispatches no `input` and no `change` when a file is picked, as its value is the same', async () => {
    const element = await createElement(html`<s3-uploader endpoint="/sign" no-auto id="quiet"></s3-uploader>`);
    const dispatched: string[] = [];
    for (const type of ['input', 'change']) element.addEventListener(type, () => dispatched.push(type));
    const path = await command('create-text-file', { name: 'picked.txt', text: 'words' });
    await command('set-files', { host: '#quiet', inner: 'input', files: [path as string] });
    await until('the file', () => element.files[0]?.name === 'picked.txt');
    await command('delete-files', {});
    expect(dispatched).to.deep.equal([]);
  });

  it('keeps the path of each file of a picked folder, and skips hidden files', async () => {
    const element = await createElement(
      html`<s3-uploader endpoint="/sign" no-auto directory id="folder"></s3-uploader>`,
    );
    const paths = ['trip/a.txt', 'trip/day 1/b.txt', 'trip/.git/config', 'trip/.DS_Store', 'trip/day 1/Thumbs.db'];
    if (navigator.userAgent.includes('Chrome')) {
      const [first] = await Promise.all(paths.map((name) => command('create-text-file', { name, text: 'words' })));
      await command('set-files', { host: '#folder', inner: 'input', files: [(first as string).replace('/a.txt', '')] });
    } else {
      // the drivers of these engines cannot pick folders: sets the files as a folder input does
      const input = element.shadowRoot!.querySelector('input')!;
      const files = paths.map((path) =>
        Object.defineProperty(textFile(path.split('/').at(-1)), 'webkitRelativePath', { value: path }),
      );
      Object.defineProperty(input, 'files', { value: files });
      input.dispatchEvent(new Event('change'));
    }
    await until('the files', () => element.files.length >= 2);
    if (navigator.userAgent.includes('Chrome')) await command('delete-files', {});
    await element.add([textFile('last')]);
    expect(element.files.map(({ path }) => path).sort()).to.deep.equal([...paths.slice(0, 2), undefined]);
  });

  it('adds a hidden file that was picked by itself', async () => {
    const element = await createElement(withoutAuto);
    pick(element, [textFile('.env')]);
    await until('the file', () => element.files[0]?.name === '.env');
  });

  it('reads every file of dropped folders, keeps paths, and skips hidden files', async () => {
    const many = Array.from({ length: 250 }, (_, i) => fileEntry(`/trip/many/${i}.txt`));
    const trip = folderEntry('/trip', [
      fileEntry('/trip/a.txt'),
      fileEntry('/trip/.DS_Store'),
      folderEntry('/trip/.git', [fileEntry('/trip/.git/config')]),
      folderEntry('/trip/many', many),
    ]);
    const { files, errors } = await readDropped(trip, fileEntry('/.env'));
    const paths = [...files.values()];
    expect(paths).to.have.length(252);
    expect(paths.slice(0, 2)).to.deep.equal(['trip/a.txt', 'trip/many/0.txt']);
    expect(paths.at(-1)).to.equal('');
    expect(errors).to.deep.equal([]);
  });

  it('reads the rest of a dropped folder in which files and folders cannot be read, and lists those', async () => {
    const rest = Array.from({ length: 150 }, (_, i) => fileEntry(`/docs/half/${i}.txt`));
    const docs = folderEntry('/docs', [
      fileEntry('/docs/one.txt'),
      fileEntry('/docs/locked.txt', 'NotReadableError'),
      folderEntry('/docs/closed', [fileEntry('/docs/closed/never.txt')], { failsAfter: 0 }),
      folderEntry('/docs/half', rest, { failsAfter: 100 }),
      fileEntry('/docs/two.txt'),
    ]);
    const { files, errors } = await readDropped(docs, fileEntry('/alone.txt', 'NotFoundError'), null);
    const paths = [...files.values()];
    expect(paths).to.have.length(102);
    expect([paths[0], paths[1], paths[101]]).to.deep.equal(['docs/one.txt', 'docs/half/0.txt', 'docs/two.txt']);
    expect(errors.map(([path, { code, cause }]) => [path, code, (cause as Error | undefined)?.name])).to.deep.equal([
      ['docs/locked.txt', 'file-unreadable', 'NotReadableError'],
      ['docs/closed', 'file-unreadable', 'EncodingError'],
      ['docs/half', 'file-unreadable', 'EncodingError'],
      ['alone.txt', 'file-unreadable', 'NotFoundError'],
      ['?', 'file-unreadable', undefined],
    ]);
  });

  it('shows what cannot be read of a drop as rejected, and dispatches `file-reject`', async () => {
    const element = await createElement(withoutAuto);
    const events: string[] = [];
    for (const type of ['file-add', 'file-reject'] as const) {
      element.addEventListener(type, ({ detail }) => events.push(`${type} ${detail.path ?? detail.name}`));
    }
    const dropEntries = (...entries: readonly (object | null)[]): boolean => {
      const event = new Event('drop', { bubbles: true, composed: true, cancelable: true });
      return element.dispatchEvent(Object.defineProperty(event, 'dataTransfer', { value: dropped(entries) }));
    };
    dropEntries(folderEntry('/docs', [fileEntry('/docs/locked.txt', 'NotReadableError'), fileEntry('/docs/one.txt')]));
    await until('the rows of the folder', () => element.files.length === 2);
    dropEntries(null);
    await until('the rows', () => element.files.length === 3);
    expect(element.files.map(({ name, path, status }) => [name, path, status])).to.deep.equal([
      ['one.txt', 'docs/one.txt', 'ready'],
      ['locked.txt', 'docs/locked.txt', 'rejected'],
      ['?', undefined, 'rejected'],
    ]);
    expect(events).to.deep.equal(['file-add docs/one.txt', 'file-reject docs/locked.txt', 'file-reject ?']);
    await until('the message', () => rowTexts(element)[1]?.includes("can't be read"));
  });

  it('calls the page’s `validate`, and shows its message', async () => {
    const element = await createElement(withoutAuto);
    element.validate = async (file) => (file.name.includes('draft') ? 'No drafts, please.' : undefined);
    await element.updateComplete;
    const items = await element.add([textFile('draft.txt'), textFile('final.txt')]);
    expect(items.map(({ status }) => status)).to.deep.equal(['rejected', 'ready']);
    await until('the message', () => rowTexts(element)[0]?.includes('No drafts, please.'));
  });

  it('rejects duplicates, and files beyond `max-total-size`', async () => {
    const element = await createElement(
      html`<s3-uploader endpoint="/sign" no-auto multiple duplicates="skip" max-total-size="30"></s3-uploader>`,
    );
    const file = textFile('a.txt', 20);
    const items = await element.add([file, file, textFile('b.txt', 11)]);
    expect(items.map((item) => ('error' in item ? item.error?.code : item.status))).to.deep.equal([
      'ready',
      'duplicate',
      'total-too-large',
    ]);
    await until('the message', () => rowTexts(element)[2]?.includes('Together the files are larger than 30 bytes.'));
  });

  it('rejects a file whose content contradicts its type, with `sniff`', async () => {
    const element = await createElement(html`<s3-uploader endpoint="/sign" no-auto multiple sniff></s3-uploader>`);
    const png = await pictureFile('true.png');
    const program = new File(['MZ\x90\0'.padEnd(60, '\0') + '@\0\0\0PE\0\0'], 'photo.png', { type: 'image/png' });
    const renamed = new File([png], 'renamed.jpg', { type: 'image/jpeg' });
    const items = await element.add([png, program, renamed, textFile('plain.txt')]);
    expect(items.map(({ status }) => status)).to.deep.equal(['ready', 'rejected', 'rejected', 'ready']);
    await until('the message', () => rowTexts(element)[1]?.includes("The content doesn't match the file's name."));
  });

  it('rejects pictures with too few or too many pixels', async () => {
    const element = await createElement(
      html`<s3-uploader
        endpoint="/sign"
        no-auto
        multiple
        min-image-size="100x100"
        max-image-size="400x400"
      ></s3-uploader>`,
    );
    const sizes = [
      [99, 200],
      [100, 100],
      [400, 400],
      [200, 401],
    ] as const;
    for (const type of ['image/png', 'image/jpeg'] as const) {
      const files = await Promise.all(sizes.map(([width, height]) => pictureFile('p', width, height, type)));
      const items = await element.add(files);
      expect(items.map(({ status }) => status)).to.deep.equal(['rejected', 'ready', 'ready', 'rejected']);
    }
  });
});
