import { expect, fixture, html } from '@open-wc/testing';
import '../../widget/define.ts';
import type { S3UploaderElement } from '../../widget/element/s3-uploader.ts';
import { textFile } from '../fixtures/files.ts';
import { pictureFile } from '../fixtures/pictures.ts';
import { allByRole, byRole } from '../fixtures/queries.ts';
import { dataTransfer } from '../fixtures/user-input.ts';
import { nextFrames, until } from '../fixtures/wait.ts';

const overlay = (element: S3UploaderElement): HTMLElement | null =>
  element.shadowRoot!.querySelector('[part=drop-overlay]:popover-open');

/** Dispatches an event of a drag. @returns what the pointer shows that a drop would do */
function drag(target: EventTarget, type: string, files: readonly File[]): string {
  const data = dataTransfer(files);
  // Chromium and WebKit keep it `none` outside of real drags
  Object.defineProperty(data, 'dropEffect', { value: 'move', writable: true });
  target.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, composed: true, cancelable: true }));
  return data.dropEffect;
}

/** Drags files over a target until the element has loaded what it needs for that. */
async function dragUntil(
  what: string,
  target: EventTarget,
  files: readonly File[],
  isThere: () => unknown,
): Promise<void> {
  await until(what, () => {
    drag(target, 'dragover', files);
    return isThere();
  });
}

const TEXTS = ['a.txt', 'b.txt', 'c.txt'].map((name) => textFile(name));

describe('While files are dragged', () => {
  const create = async (attributes: Partial<S3UploaderElement> = {}): Promise<S3UploaderElement> => {
    const page = await fixture<HTMLElement>(html`<div><p>Above</p></div>`);
    const element = Object.assign(document.createElement('s3-uploader'), {
      endpoint: '/sign',
      multiple: true,
      noAuto: true,
      ...attributes,
    });
    page.append(element);
    await element.updateComplete;
    return element;
  };

  it('the whole window says how many files will be uploaded, if they may be dropped anywhere on the page', async () => {
    const element = await create({ dropTarget: 'page' });
    await dragUntil('the overlay', document.body, TEXTS, () => overlay(element));
    await until('its text', () => overlay(element)?.textContent === 'Drop to upload 3 files');
    const { left, top, width, height } = overlay(element)!.getBoundingClientRect();
    expect([left, top]).to.deep.equal([0, 0]);
    expect([width, height]).to.deep.equal([
      document.documentElement.clientWidth,
      document.documentElement.clientHeight,
    ]);
    expect(getComputedStyle(overlay(element)!).pointerEvents).to.equal('none');
    await expect(element).to.be.accessible();
    drag(document.body, 'dragleave', TEXTS);
    await until('no overlay', () => !overlay(element));
  });

  it('the target that a selector names is covered, as far as it is in view', async () => {
    const element = await create({ dropTarget: '#target' });
    const target = document.createElement('section');
    target.id = 'target';
    target.style.cssText = 'block-size: 5000px; inline-size: 200px';
    element.parentElement!.append(target);
    await dragUntil('the overlay', target, TEXTS.slice(0, 1), () => overlay(element));
    await until('its text', () => overlay(element)?.textContent === 'Drop to upload one file');
    const place = overlay(element)!.getBoundingClientRect();
    expect(place.width).to.equal(200);
    expect(place.bottom).to.equal(document.documentElement.clientHeight);
    drag(target, 'drop', TEXTS.slice(0, 1));
    await until('no overlay', () => !overlay(element));
    await until('the file', () => element.files.length === 1);
  });

  it('types that will be refused look refused, and say which are accepted', async () => {
    const element = await create({ accept: 'image/*,.pdf' });
    const SOUNDS = TEXTS.map(({ name }) => textFile(`${name}.mp3`, 12, 'audio/mpeg'));
    await dragUntil('the overlay', element, SOUNDS, () => overlay(element)?.textContent);
    expect(overlay(element)!.textContent).to.equal('Only images and PDF are accepted.');
    expect(overlay(element)!.matches('.refused')).to.equal(true);
    expect(drag(element, 'dragover', SOUNDS)).to.equal('none');
    const picture = await pictureFile('a.png', 4, 4);
    expect(drag(element, 'dragover', [...SOUNDS, picture]), 'one of them is accepted').to.equal('copy');
    await until('no overlay over an empty drop area', () => !overlay(element));
    const unknown = new File(['x'], 'a.xyz');
    expect(drag(element, 'dragover', [unknown]), 'the browser does not tell the type').to.equal('copy');
    expect(drag(element, 'dragover', TEXTS), 'systems give this type to many files').to.equal('copy');
    drag(element, 'dragleave', TEXTS);
  });

  it('the element with files is covered, and nothing in it moves', async () => {
    const element = await create();
    await element.add(TEXTS);
    await until('the rows', () => allByRole(element, 'listitem').length === 3);
    const places = (): number[] => allByRole(element, 'listitem').map((row) => row.getBoundingClientRect().top);
    await nextFrames(2);
    const before = places();
    await dragUntil('the overlay', element, TEXTS, () => overlay(element));
    const place = element.getBoundingClientRect();
    const cover = overlay(element)!.getBoundingClientRect();
    expect(Math.abs(cover.top - place.top)).to.be.below(1);
    expect(places()).to.deep.equal(before);
    drag(element, 'dragleave', TEXTS);
    await until('no overlay', () => !overlay(element));
  });
});

describe('The drop area', () => {
  it('shrinks to one line once there are files, and grows again without them', async () => {
    const element = await fixture<S3UploaderElement>(
      html`<s3-uploader endpoint="/sign" multiple no-auto max-file-size="20MB"></s3-uploader>`,
    );
    const area = element.shadowRoot!.querySelector<HTMLElement>('[part=drop]')!;
    const empty = area.offsetHeight;
    expect(empty).to.be.above(180);
    await element.add([textFile('a.txt')]);
    await until('one line', () => area.offsetHeight < 70);
    expect(byRole(element, 'button', 'Choose files')).to.not.equal(undefined);
    expect(element.shadowRoot!.textContent).to.include('Up to 20 MB per file'.replaceAll(' MB', '\u00a0MB'));
    element.clear();
    await until('the whole area', () => area.offsetHeight === empty);
  });
});
