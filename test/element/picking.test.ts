import { expect, html } from '@open-wc/testing';
import { executeServerCommand } from '@web/test-runner-commands';
import '../../widget/define.ts';
import { loadOnce } from '../../widget/core/lazy.ts';
import { filesOf } from '../../widget/element/dropped-files.ts';
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

describe('The element', () => {
  it('adds pasted files, except those pasted into a field or with `no-paste`', async () => {
    const element = await createElement(withoutAuto);
    const paste = (): ClipboardEvent => {
      const event = new ClipboardEvent('paste', { bubbles: true, composed: true, cancelable: true });
      // Firefox ignores `clipboardData` in the constructor
      const clipboardData = dataTransfer([textFile('pasted.png', 10, 'image/png')]);
      return Object.defineProperty(event, 'clipboardData', { value: clipboardData });
    };
    const event = paste();
    document.body.dispatchEvent(event);
    await until('the file', () => element.files.length === 1);
    expect(event.defaultPrevented).to.equal(true);

    const input = document.createElement('input');
    element.parentElement!.append(input);
    input.dispatchEvent(paste());
    element.noPaste = true;
    document.body.dispatchEvent(paste());
    await element.add([textFile('added')]); // files are added in order: pasted ones would come first
    expect(element.files.map(({ name }) => name)).to.deep.equal(['pasted.png', 'added']);
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
    const directory = (name: string, children: object[]): object => ({
      name,
      isDirectory: true,
      createReader: () => {
        const rest = [...children];
        // as in browsers: at most 100 entries a call, and none at the end
        return { readEntries: (resolve: (some: object[]) => void) => setTimeout(() => resolve(rest.splice(0, 100))) };
      },
    });
    const entry = (fullPath: string): object => {
      const name = fullPath.split('/').at(-1)!;
      return { name, fullPath, isDirectory: false, file: (resolve: (file: File) => void) => resolve(textFile(name)) };
    };
    const many = Array.from({ length: 250 }, (_, i) => entry(`/trip/many/${i}.txt`));
    const trip = directory('trip', [
      entry('/trip/a.txt'),
      entry('/trip/.DS_Store'),
      directory('.git', [entry('/trip/.git/config')]),
      directory('many', many),
    ]);
    const loose = entry('/.env');
    const item = (entry: object): object => ({ kind: 'file', webkitGetAsEntry: () => entry });
    const { files } = filesOf({ items: [item(trip), item(loose)] } as unknown as DataTransfer, loadOnce);
    const paths = [...((await files) as ReadonlyMap<File, string>).values()];
    expect(paths).to.have.length(252);
    expect(paths.slice(0, 2)).to.deep.equal(['trip/a.txt', 'trip/many/0.txt']);
    expect(paths.at(-1)).to.equal('');
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
