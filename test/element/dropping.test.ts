import { expect, fixture, html } from '@open-wc/testing';
import { executeServerCommand } from '@web/test-runner-commands';
import '../../widget/define.ts';
import type { S3UploaderElement } from '../../widget/element/s3-uploader.ts';
import { loadOnce } from '../../widget/core/lazy.ts';
import { filesOf, type IncomingFiles } from '../../widget/element/dropped-files.ts';
import { handleOf } from '../../widget/element/file-handle.ts';
import type { Commands } from '../runner/commands.ts';
import { textFile } from '../fixtures/files.ts';
import { allByRole, byRole } from '../fixtures/queries.ts';
import { dataTransfer, drop } from '../fixtures/user-input.ts';
import { until } from '../fixtures/wait.ts';
import { createElement } from '../fixtures/create-element.ts';

/** Drops files from the disk on an element, as a visitor does; false if this browser cannot be driven to. */
async function realDrop(target: Element, ...files: string[]): Promise<boolean> {
  const { x, y, width, height } = target.getBoundingClientRect();
  const payload = { x: Math.round(x + width / 2), y: Math.round(y + height / 2), files };
  return executeServerCommand<boolean, Commands['real-drop']>('real-drop', payload);
}

const names = (element: S3UploaderElement): string[] => element.files.map(({ name }) => name);

/** Names of the files added so far. Files are added in order: once one more is in the list, every earlier drop is. */
async function addedNames(element: S3UploaderElement): Promise<string[]> {
  await element.add([textFile('last')]);
  return names(element).slice(0, -1);
}

describe('The element', () => {
  it('adds dropped files, and those of a dropped folder with their paths, but no hidden ones', async () => {
    const element = await createElement(html`<s3-uploader endpoint="/sign" no-auto multiple></s3-uploader>`);
    const writeFile = (name: string): Promise<string | undefined> =>
      executeServerCommand<string, Commands['create-text-file']>('create-text-file', { name, text: 'words' });
    await writeFile('trip/.git/config');
    await writeFile('trip/.DS_Store');
    await writeFile('trip/day 1/a.txt');
    const path = await writeFile('trip/b.txt');
    const folder = path!.slice(0, path!.lastIndexOf('/'));
    if (await realDrop(byRole(element, 'button', 'Choose files')!, folder, 'package.json')) {
      await until('the files', () => element.files.length === 3);
      const paths = element.files.map(({ name, path }) => `${name}: ${path}`).sort();
      expect(paths).to.deep.equal(['a.txt: trip/day 1/a.txt', 'b.txt: trip/b.txt', 'package.json: undefined']);
    } else {
      drop(element, [textFile('a.txt')]);
      expect(await addedNames(element)).to.deep.equal(['a.txt']);
    }
    await executeServerCommand<string, Commands['delete-files']>('delete-files', {});
  });

  it('adds files dropped where `drop-target` matches, also in a shadow root, and nowhere else', async () => {
    const element = await createElement(
      html`<s3-uploader endpoint="/sign" no-auto multiple drop-target="main, .here"></s3-uploader>`,
    );
    const later = await fixture(html`<main><p>Drop it here</p></main>`);
    drop(later.querySelector('p')!, [textFile('later')]);
    const host = await fixture(html`<div></div>`);
    const inner = Object.assign(document.createElement('div'), { className: 'here' });
    host.attachShadow({ mode: 'open' }).append(inner);
    drop(inner, [textFile('in a shadow')]);
    drop(host.parentElement!, [textFile('beside')]);
    drop(element, [textFile('on the element')]);
    expect(await addedNames(element)).to.deep.equal(['later', 'in a shadow']);
    element.dropTarget = '.there';
    await element.updateComplete;
    drop(later.querySelector('p')!, [textFile('not any more')]);
    inner.className = 'there';
    drop(inner, [textFile('there')]);
    expect((await addedNames(element)).slice(3)).to.deep.equal(['there']);
  });

  it('ignores drops on another uploader or handled by the page, with `drop-target="page"`', async () => {
    const page = await createElement(
      html`<s3-uploader endpoint="/sign" no-auto multiple drop-target="page"></s3-uploader>`,
    );
    const other = await createElement(html`<s3-uploader endpoint="/sign" no-auto multiple></s3-uploader>`);
    const editor = await fixture(html`<div @drop=${(event: Event) => event.preventDefault()}></div>`);
    drop(other, [textFile('of the other')]);
    drop(editor, [textFile('of the editor')]);
    drop(document.body, [textFile('of the page')]);
    expect(await addedNames(page)).to.deep.equal(['of the page']);
    expect(await addedNames(other)).to.deep.equal(['of the other']);
  });
});

describe('Dragging files over the element', () => {
  it('highlights the drop area until they leave it', async () => {
    const page = await createElement(
      html`<s3-uploader endpoint="/sign" no-auto multiple drop-target="page"></s3-uploader>`,
    );
    const other = await createElement(html`<s3-uploader endpoint="/sign" no-auto multiple></s3-uploader>`);
    const drag = (target: EventTarget, type: string): void => {
      const init = { dataTransfer: dataTransfer([textFile('a')]), bubbles: true, composed: true, cancelable: true };
      target.dispatchEvent(new DragEvent(type, init));
    };
    const isHighlighted = (element: Element): boolean => element.matches(':state(dragover)');
    drag(document.body, 'dragover');
    await until('the highlight of the page’s element', () => isHighlighted(page) && !isHighlighted(other));
    drag(other, 'dragover');
    await until('the highlight of the other element', () => !isHighlighted(page) && isHighlighted(other));
    drag(other, 'dragleave');
    await until('no highlight', () => !isHighlighted(page) && !isHighlighted(other));
    drag(document.body, 'dragover');
    await until('the highlight of the page’s element', () => isHighlighted(page));
    other.addEventListener('drop', (event) => event.preventDefault(), { once: true, capture: true });
    drag(other, 'drop');
    await until('no highlight', () => !isHighlighted(page));
  });
});

describe('An invalid `drop-target`', () => {
  it('accepts no drop and shows an error', async () => {
    const element = await createElement(html`<s3-uploader endpoint="/sign" no-auto drop-target="#1st"></s3-uploader>`);
    const message = 'The attribute "drop-target" is "#1st". Write page, or a selector, as in drop-target="#form".';
    await until('the error', () =>
      allByRole(element, 'alert').some(({ textContent }) => textContent.trim() === message),
    );
    drop(document.body, [textFile('a')]);
    element.dropTarget = 'page';
    await until('no error', () => allByRole(element, 'alert').every(({ textContent }) => !textContent.trim()));
    expect(await addedNames(element)).to.deep.equal([]);
  });
});

describe('The handle of a dropped file', () => {
  let incoming: IncomingFiles | undefined;
  let area: HTMLElement;
  beforeEach(async () => {
    incoming = undefined;
    area = await fixture(html`<p>Drop it here</p>`);
    area.addEventListener('dragover', (event) => event.preventDefault());
    area.addEventListener('drop', (event) => {
      event.preventDefault();
      incoming = filesOf(event.dataTransfer, loadOnce);
    });
  });

  it('opens the file again in Chromium, whether dropped alone or in a folder', async () => {
    for (const dropped of [
      ['package.json', 'LICENSE'],
      ['test/rig', 'README.md'],
    ]) {
      incoming = undefined;
      if (!(await realDrop(area, ...dropped))) {
        expect(navigator.userAgent).not.to.match(/Chrome/);
        return;
      }
      const { files, roots } = await until<IncomingFiles>('the files', () => incoming);
      const given = await files;
      const found = 'get' in given ? [...given] : given.map((file) => [file, file.name] as const);
      expect(found).to.have.length(dropped.includes('LICENSE') ? 2 : 3);
      for (const [file, path] of found) {
        const handle = await handleOf({ roots: roots!, path: path || file.name });
        expect([handle?.kind, handle?.name]).to.deep.equal(['file', file.name]);
        expect(await (await handle!.getFile()).text()).to.equal(await file.text());
      }
    }
  });

  it('is undefined if the browser offers none', async () => {
    drop(area, [textFile('a.txt')]);
    const { roots } = await until<IncomingFiles>('the file', () => incoming);
    expect(await handleOf({ roots: roots!, path: 'a.txt' })).to.equal(undefined);
  });
});
