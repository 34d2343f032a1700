import { expect, fixture, html } from '@open-wc/testing';
import { executeServerCommand } from '@web/test-runner-commands';
import '../../widget/define.ts';
import type { S3UploaderElement } from '../../widget/element/s3-uploader.ts';
import { filesOf, type IncomingFiles } from '../../widget/element/dropped-files.ts';
import { readFolders } from '../../widget/element/read-folder.ts';
import { handleOf } from '../../widget/element/file-handle.ts';
import type { Commands } from '../runner/commands.ts';
import { textFile } from '../fixtures/files.ts';
import { allByRole, byRole } from '../fixtures/queries.ts';
import { dataTransfer, drop } from '../fixtures/user-input.ts';
import { until } from '../fixtures/wait.ts';
import { createElement } from '../fixtures/create-element.ts';

/** Drops files from the disk on an element, as a visitor does; false if this browser cannot be driven to. */
const realDrop = (target: Element, ...files: string[]): Promise<boolean> => realDropAs(target, 1, ...files);

/** As {@link realDrop}, from a program that allows the operations: the sum of 1 for copy, 2 for link, 16 for move. */
async function realDropAs(target: Element, operations: number, ...files: string[]): Promise<boolean> {
  const { x, y, width, height } = target.getBoundingClientRect();
  const payload = { x: Math.round(x + width / 2), y: Math.round(y + height / 2), files, operations };
  return executeServerCommand<boolean, Commands['real-drop']>('real-drop', payload);
}

/** Dispatches one event of a drag from outside the page, with a file and texts. */
function drag(target: EventTarget, type: string, texts: Record<string, string> = {}): DragEvent {
  const data = dataTransfer([textFile('dragged')]);
  // Chromium and WebKit keep it `none` outside of real drags
  Object.defineProperty(data, 'dropEffect', { value: 'move', writable: true });
  for (const [type, text] of Object.entries(texts)) data.setData(type, text);
  const event = new DragEvent(type, { dataTransfer: data, bubbles: true, composed: true, cancelable: true });
  target.dispatchEvent(event);
  return event;
}

/** Whether a file that is dragged over a target could be dropped there, and does what the page does with it. */
function answerOf(target: EventTarget, texts?: Record<string, string>): 'taken' | 'nothing' | 'of the browser' {
  const over = drag(target, 'dragover', texts);
  expect(drag(target, 'drop', texts).defaultPrevented).to.equal(over.defaultPrevented);
  if (!over.defaultPrevented) return 'of the browser';
  return over.dataTransfer!.dropEffect === 'none' ? 'nothing' : 'taken';
}

const append = <Name extends keyof HTMLElementTagNameMap>(name: Name): HTMLElementTagNameMap[Name] =>
  document.querySelector('s3-uploader')!.parentElement!.appendChild(document.createElement(name));

const isHighlighted = (element: Element): boolean => element.matches(':state(dragover)');

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

describe('A drag of files', () => {
  it('is a copy on the element, whatever else its source allows, unless it allows no copy', async () => {
    const element = await createElement(html`<s3-uploader endpoint="/sign" no-auto multiple></s3-uploader>`);
    expect(drag(element, 'dragover').dataTransfer!.dropEffect).to.equal('copy');
    const effects: string[] = [];
    const record = ({ dataTransfer }: DragEvent): unknown => effects.push(dataTransfer!.dropEffect);
    addEventListener('dragover', record);
    const button = byRole(element, 'button', 'Choose files')!;
    for (const [operations, effect] of [
      [1 + 16, 'copy'],
      [1 + 2 + 16, 'copy'],
      [16, 'move'],
    ] as const) {
      effects.length = 0;
      if (await realDropAs(button, operations, 'package.json')) expect(effects.at(-1)).to.equal(effect);
      else expect(navigator.userAgent).not.to.match(/Chrome/);
    }
    removeEventListener('dragover', record);
  });

  it('is refused by an element that is disabled, full or without drops', async () => {
    const element = await createElement(
      html`<s3-uploader endpoint="/sign" no-auto multiple max-files="1"></s3-uploader>`,
    );
    expect(answerOf(element)).to.equal('taken');
    await until('a full element', () => element.matches(':state(full)'));
    expect(answerOf(element)).to.equal('nothing');
    element.clear();
    await until('an empty element', () => !element.matches(':state(full)'));
    element.noDrop = true;
    expect(answerOf(element)).to.equal('nothing');
    element.noDrop = false;
    element.disabled = true;
    expect(answerOf(element)).to.equal('nothing');
    element.disabled = false;
    expect(answerOf(element)).to.equal('taken');
    await until('the file', () => element.files.length === 1);
    element.multiple = false;
    expect(answerOf(element)).to.equal('taken'); // a single file is replaced by the next one
  });

  it('from the page itself is ignored, until it has ended', async () => {
    const element = await createElement(html`<s3-uploader endpoint="/sign" no-auto multiple></s3-uploader>`);
    const picture = append('img');
    const inShadow = append('div').attachShadow({ mode: 'open' }).appendChild(new Image());
    const closed = append('div').attachShadow({ mode: 'closed' }).appendChild(new Image());
    const ownPart = element.shadowRoot!.querySelector('svg')!;
    for (const source of [picture, inShadow, closed, ownPart]) {
      source.addEventListener('dragstart', (event) => event.stopPropagation(), { once: true });
      drag(source, 'dragstart');
      expect(answerOf(element)).to.equal('of the browser');
      // a drop ends the drag, too
      expect(answerOf(element)).to.equal('taken');
      drag(source, 'dragstart');
      drag(element, 'dragover');
      drag(source, 'dragend');
      expect(answerOf(element)).to.equal('taken');
    }
    expect(await addedNames(element)).to.have.length(8);
  });

  it('is not taken for one of the page after a canceled `dragstart`, or when the dragged node was removed', async () => {
    const element = await createElement(html`<s3-uploader endpoint="/sign" no-auto multiple></s3-uploader>`);
    const picture = append('img');
    picture.addEventListener('dragstart', (event) => event.preventDefault(), { once: true });
    drag(picture, 'dragstart');
    expect(answerOf(element)).to.equal('taken');
    drag(picture, 'dragstart');
    picture.remove();
    // the drag may still go on: browsers add the HTML of a dragged picture
    const dragged = { 'text/html': '<img>' };
    expect(drag(element, 'dragover', dragged).defaultPrevented).to.equal(false);
    expect(answerOf(element)).to.equal('taken');
    drag(append('img'), 'dragstart');
    document.body.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }));
    expect(answerOf(element)).to.equal('taken');
  });

  it('from a frame of the page is ignored', async () => {
    const element = await createElement(html`<s3-uploader endpoint="/sign" no-auto multiple></s3-uploader>`);
    const frame = append('iframe');
    frame.dispatchEvent(new PointerEvent('pointerover', { bubbles: true }));
    const body = frame.contentDocument!.body;
    drag(body, 'dragstart');
    drag(element, 'dragover');
    expect(answerOf(element)).to.equal('of the browser');
    drag(body, 'dragstart');
    drag(body, 'dragend');
    expect(answerOf(element)).to.equal('taken');
  });
});

describe('A page with the element', () => {
  it('ignores files that are dropped beside it, also while it is disabled, and until it is removed', async () => {
    const element = await createElement(html`<s3-uploader endpoint="/sign" no-auto></s3-uploader>`);
    const beside = append('p');
    expect(answerOf(beside)).to.equal('nothing');
    element.disabled = true;
    expect(answerOf(beside)).to.equal('nothing');
    const other = await createElement(html`<s3-uploader endpoint="/sign" no-drop></s3-uploader>`);
    expect(answerOf(beside)).to.equal('nothing');
    element.remove();
    expect(answerOf(document.body)).to.equal('nothing');
    other.remove();
    expect(answerOf(document.body)).to.equal('of the browser');
    document.body.append(other);
    expect(answerOf(document.body)).to.equal('nothing');
    other.noDropGuard = true;
    expect(answerOf(document.body)).to.equal('of the browser');
    expect(answerOf(other)).to.equal('of the browser');
    other.remove();
  });

  it('stays open when a file is dropped beside it', async () => {
    await createElement(html`<s3-uploader endpoint="/sign" no-auto></s3-uploader>`);
    const beside = Object.assign(append('p'), { textContent: 'beside' });
    const prevented: boolean[] = [];
    const record = (event: Event): unknown => prevented.push(event.defaultPrevented);
    addEventListener('dragover', record);
    if (await realDrop(beside, 'package.json')) expect(prevented.at(-1)).to.equal(true);
    else expect(navigator.userAgent).not.to.match(/Chrome/);
    removeEventListener('dragover', record);
  });

  it('leaves drops to other drop zones, file inputs, and editable text', async () => {
    const element = await createElement(
      html`<s3-uploader endpoint="/sign" no-auto multiple drop-target="page"></s3-uploader>`,
    );
    const input = Object.assign(append('input'), { type: 'file' });
    const editor = Object.assign(append('div'), { contentEditable: 'true' });
    const field = append('textarea');
    const url = { 'text/uri-list': 'https://example.com/', 'text/html': '<img src="https://example.com/">' };
    for (const isDisabled of [false, true]) {
      element.disabled = isDisabled;
      expect(answerOf(input)).to.equal('of the browser');
      expect(answerOf(editor.appendChild(document.createElement('p')))).to.equal('of the browser');
      expect(answerOf(field, url)).to.equal('of the browser');
      expect(answerOf(field)).to.equal(isDisabled ? 'nothing' : 'taken');
    }
    const zone = append('div');
    for (const target of [zone, document.documentElement, document]) {
      const isAccepted = new AbortController();
      target.addEventListener('dragover', (event) => event.preventDefault(), isAccepted);
      expect(drag(zone, 'dragover').dataTransfer!.dropEffect).to.equal('move');
      isAccepted.abort();
      expect(drag(zone, 'dragover').dataTransfer!.dropEffect).to.equal('none');
    }
    expect(await addedNames(element)).to.deep.equal(['dragged']);
  });
});

describe('Files dropped where several elements take files', () => {
  it('are added once: by the element under the pointer, or whose drop target is the innermost, else by the first', async () => {
    const first = await createElement(
      html`<s3-uploader endpoint="/sign" no-auto multiple drop-target="page"></s3-uploader>`,
    );
    const second = await createElement(
      html`<s3-uploader endpoint="/sign" no-auto multiple drop-target="page"></s3-uploader>`,
    );
    const third = await createElement(
      html`<s3-uploader endpoint="/sign" no-auto multiple drop-target=".zone"></s3-uploader>`,
    );
    const zone = Object.assign(append('div'), { className: 'zone' });
    const all = [first, second, third];
    for (const [target, owner] of [
      [second, second],
      [document.body, first],
      [zone, third],
      [first, first],
      [third, first],
    ] as const) {
      expect(drag(target, 'dragover').dataTransfer!.dropEffect).to.equal('copy');
      await until('the highlight', () => all.every((each) => isHighlighted(each) === (each === owner)));
      const before = all.map(({ files }) => files.length);
      drag(target, 'drop');
      await until('the file', () => all.every(({ files }, i) => files.length === before[i]! + +(all[i] === owner)));
    }
    first.disabled = true;
    drag(document.body, 'drop');
    await until('the file of the second element', () => second.files.length === 2);
    expect([await addedNames(first), await addedNames(third)].flat()).to.have.length(4);
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
      incoming = filesOf(event.dataTransfer!);
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
      const read = await until<IncomingFiles>('the files', () => incoming);
      const { roots } = read;
      const found = [...(await readFolders(read)).files];
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
