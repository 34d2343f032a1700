import { expect, fixture, html } from '@open-wc/testing';
import { sendKeys } from '@web/test-runner-commands';
import '../../widget/define.ts';
import type { S3UploaderElement } from '../../widget/element/s3-uploader.ts';
import { nextEvent } from '../fixtures/events.ts';
import { dragOver, showEveryState } from '../fixtures/every-state.ts';
import { textFile } from '../fixtures/files.ts';
import { pictureFile } from '../fixtures/pictures.ts';
import { allByRole, byRole, rowTexts } from '../fixtures/queries.ts';
import { type RemoteServers, startRemoteServers } from '../fixtures/remote-servers.ts';
import { drop } from '../fixtures/user-input.ts';
import { nextFrames, until } from '../fixtures/wait.ts';

/** Adds a stylesheet to the page. */
function addStyles(css: string): HTMLStyleElement {
  const style = document.createElement('style');
  style.textContent = css;
  document.head.append(style);
  return style;
}

describe('Slotted content', () => {
  it('replaces the label, the text of the button, and the hint', async () => {
    const element = await fixture<S3UploaderElement>(
      html`<s3-uploader endpoint="/sign" max-file-size="2MB">
        <h2 slot="label">Passport</h2>
        <b slot="button">Scan it</b>
        <small slot="hint">Both sides, please</small>
      </s3-uploader>`,
    );
    const slotted = (name: string): HTMLElement => element.querySelector(`[slot=${name}]`)!;
    const button = byRole(element, 'button', 'Scan it')!;
    expect(button.contains(slotted('button').assignedSlot)).to.equal(true);
    for (const name of ['label', 'button', 'hint']) expect(slotted(name).offsetHeight, name).to.be.above(0);
    expect(slotted('label').getBoundingClientRect().bottom).to.be.at.most(button.getBoundingClientRect().top);
    expect(element.shadowRoot!.querySelector<HTMLElement>('[part=hint]')!.offsetHeight).to.equal(0);
    await expect(element).to.be.accessible();
  });

  it('is shown in the slot "empty" while there are no files', async () => {
    const element = await fixture<S3UploaderElement>(
      html`<s3-uploader endpoint="/sign" no-auto><p slot="empty">Nothing yet</p></s3-uploader>`,
    );
    const empty = element.querySelector('p')!;
    expect(empty.offsetHeight).to.be.above(0);
    await element.add([textFile('a.txt')]);
    await until('the content to be hidden', () => empty.offsetHeight === 0);
    element.clear();
    await until('the content to be shown again', () => empty.offsetHeight > 0);
  });

  it('is hidden in the default slot, which is a fallback while the element is not defined', async () => {
    const element = await fixture<S3UploaderElement>(
      html`<s3-uploader endpoint="/sign"><a href="mailto:me@example.org">Send it by mail</a></s3-uploader>`,
    );
    expect(element.querySelector('a')!.offsetHeight).to.equal(0);
  });
});

describe('Styles of the page', () => {
  let servers: RemoteServers;
  before(async () => {
    servers = await startRemoteServers();
  });
  beforeEach(() => Promise.all([servers.storage.reset(), servers.signer.reset()]));
  after(() => servers.close());

  const PARTS = [
    ...['drop', 'button', 'drop-label', 'hint', 'problem', 'invalid', 'notice', 'drop-overlay'],
    ...['total', 'total-progress', 'total-button', 'list'],
    ...['upload-all', 'pause-all', 'resume-all', 'cancel-all', 'retry-all', 'try-now'],
    ...['rejected', 'preparing', 'ready', 'queued', 'signing', 'uploading', 'finishing', 'waiting', 'paused'],
    ...['done', 'failed', 'canceled', 'thumbnail', 'name', 'status', 'progress', 'item', 'item-button', 'icon'],
  ];

  it('reach each part by its name, and no other parts exist', async function () {
    this.timeout(30_000);
    const page = await fixture<HTMLElement>(html`<div></div>`);
    const style = addStyles(PARTS.map((part) => `s3-uploader::part(${part}) { --reached-${part}: yes; }`).join('\n'));
    const { elements, dispose } = await showEveryState(servers, page, 'list');
    const found = new Map<string, boolean>();
    const collectParts = (): void => {
      for (const element of elements.flatMap(({ shadowRoot }) => [...shadowRoot!.querySelectorAll('[part]')])) {
        const computed = getComputedStyle(element);
        for (const part of element.part)
          found.set(part, computed.getPropertyValue(`--reached-${part}`).trim() === 'yes');
      }
    };
    collectParts();
    const [uploading] = elements as [S3UploaderElement];
    uploading.dispatchEvent(dragOver());
    await until('the overlay', () => uploading.shadowRoot!.querySelector('[part=drop-overlay]'));
    collectParts();
    uploading.pause();
    await until('resume', () => byRole(uploading, 'button', /^Resume all/));
    collectParts();
    uploading.cancel();
    const wrong = elements.find(({ maxFileSize }) => maxFileSize === '2 dozen')!;
    Object.assign(wrong, {
      maxFileSize: 1000,
      multiple: true,
      sign: () => Promise.reject(new Error('No.')),
    });
    await wrong.add([textFile('a.txt'), textFile('b.txt')]);
    await until('try again', () => byRole(wrong, 'button', /^Retry failed/));
    wrong.setCustomValidity('Not yet.');
    wrong.reportValidity();
    await until('the validation message', () => wrong.matches(':state(user-invalid)'));
    collectParts();
    style.remove();
    await dispose();
    expect([...found.keys()].sort()).to.deep.equal([...PARTS].sort());
    expect([...found].filter(([, isReached]) => !isReached)).to.deep.equal([]);
  });

  it('match the states of the element: dragover, uploading, paused, filled and full', async () => {
    const style = addStyles(
      ['dragover', 'uploading', 'paused', 'filled', 'full']
        .map((state) => `s3-uploader:state(${state}) { --${state}: yes; }`)
        .join('\n'),
    );
    const element = await fixture<S3UploaderElement>(html`<s3-uploader endpoint=${servers.endpoint}></s3-uploader>`);
    const states = (): string =>
      ['dragover', 'uploading', 'paused', 'filled', 'full']
        .filter((state) => getComputedStyle(element).getPropertyValue(`--${state}`).trim() === 'yes')
        .join(' ');
    expect(states()).to.equal('');
    const over = new DataTransfer();
    over.items.add(textFile('a.txt'));
    const drag = (type: string): boolean =>
      element.dispatchEvent(new DragEvent(type, { dataTransfer: over, bubbles: true, cancelable: true }));
    drag('dragover');
    await until('dragover', () => states() === 'dragover');
    drag('dragleave');
    await until('no state', () => states() === '');
    await servers.signer.setFaults({ do: 'swallow', times: 1 });
    drop(element, [textFile('a.txt')]);
    await until('uploading', () => states() === 'uploading filled full');
    element.pause();
    await until('paused', () => states() === 'paused filled full');
    const stored = nextEvent(element, 'upload-complete');
    await servers.signer.release();
    element.resume();
    await stored;
    await until('the end of the upload', () => states() === 'filled full');
    element.clear();
    await until('no state', () => states() === '');
    style.remove();
  });
});

describe('The element in a shadow root with its form', () => {
  let servers: RemoteServers;
  before(async () => {
    servers = await startRemoteServers();
  });
  after(() => servers.close());

  it('takes part in the form: submit, hold-submit, label and reset', async () => {
    const host = await fixture<HTMLElement>(html`<div></div>`);
    const root = host.attachShadow({ mode: 'open' });
    const template = document.createElement('template');
    template.innerHTML = `<form>
      <label for="files">Photos</label>
      <s3-uploader id="files" name="files" hold-submit required endpoint="${servers.endpoint}"></s3-uploader>
      <button>Send</button>
    </form>`;
    root.append(document.importNode(template.content, true));
    const form = root.querySelector('form')!;
    const element = root.querySelector('s3-uploader')!;
    const submits: FormDataEntryValue[][] = [];
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      submits.push(new FormData(form).getAll('files'));
    });
    expect(element.form).to.equal(form);
    expect(form.checkValidity()).to.equal(false);
    await element.updateComplete;
    let opened = 0;
    element.shadowRoot!.querySelector('input')!.addEventListener('click', (event) => {
      event.preventDefault();
      opened++;
    });
    root.querySelector('label')!.click();
    expect(opened).to.equal(1);
    await servers.signer.setFaults({ do: 'swallow', times: 1 });
    void element.add([textFile('a.txt')]);
    await servers.signer.arrived(1);
    await until('a form that may be submitted', () => form.checkValidity());
    root.querySelector('button')!.click();
    expect(submits).to.deep.equal([]);
    await servers.signer.release();
    await until('the submit', () => submits.length);
    expect(submits).to.deep.equal([element.value]);
    expect(element.value).to.have.length(1);
    form.reset();
    await until('an empty value', () => new FormData(form).getAll('files').length === 0);
  });
});

/** The colours of a page, of which a stylesheet may set only some. */
const PAGES = [
  { page: 'a light page', scheme: 'light', background: 'Canvas', color: 'CanvasText' },
  { page: 'a dark page', scheme: 'dark', background: 'Canvas', color: 'CanvasText' },
  { page: 'a dark page without `color-scheme`', scheme: '', background: '#111', color: '#eee' },
  { page: 'a light card on a dark page', scheme: 'dark', background: '#fff', color: '#222' },
];

describe('The colours', () => {
  let servers: RemoteServers;
  let card: HTMLElement;
  let dispose = (): Promise<void> => Promise.resolve();
  before(async () => {
    servers = await startRemoteServers();
  });
  beforeEach(async () => {
    card = await fixture<HTMLElement>(html`<main lang="en"></main>`);
  });
  afterEach(async () => {
    await dispose();
    document.documentElement.style.colorScheme = '';
  });
  after(() => servers.close());

  const setColors = ({ scheme, background, color }: (typeof PAGES)[number]): void => {
    document.documentElement.style.colorScheme = scheme;
    card.style.cssText = `display: grid; padding: 16px; background: ${background}; color: ${color}`;
  };
  /** The colour over the background of the page, as the screen shows it. */
  const luminance = (color?: string): number => {
    const context = new OffscreenCanvas(1, 1).getContext('2d')!;
    for (const layer of [getComputedStyle(card).backgroundColor, color ?? 'transparent']) {
      context.fillStyle = layer;
      context.fillRect(0, 0, 1, 1);
    }
    const [red, green, blue] = [...context.getImageData(0, 0, 1, 1).data].map((value) =>
      value > 10 ? ((value / 255 + 0.055) / 1.055) ** 2.4 : value / 255 / 12.92,
    ) as [number, number, number];
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (color: string): number => {
    const [dark, light] = [luminance(color), luminance()].sort((a, b) => a - b) as [number, number];
    return (light + 0.05) / (dark + 0.05);
  };

  for (const colors of PAGES) {
    it(`are the page's, and can be told apart, on ${colors.page}`, async function () {
      this.timeout(60_000);
      setColors(colors);
      const states = await showEveryState(servers, card, 'list');
      ({ dispose } = states);
      await nextFrames(4);
      await expect(card).to.be.accessible();
      const pageColor = getComputedStyle(card).color;
      for (const { shadowRoot } of states.elements) {
        const computed = (selector: string): CSSStyleDeclaration[] =>
          [...shadowRoot!.querySelectorAll(selector)].map((part) => getComputedStyle(part));
        for (const { color } of computed('.name:not(.canceled *)')) expect(color).to.equal(pageColor);
        for (const { backgroundColor } of computed('.item, .drop:not(.dragover)')) {
          expect(backgroundColor).to.equal('rgba(0, 0, 0, 0)');
        }
        for (const { stroke } of computed('svg')) expect(contrast(stroke), `icon ${stroke}`).to.be.at.least(3);
        for (const { color } of computed('progress')) expect(contrast(color), `bar ${color}`).to.be.at.least(3);
        for (const { borderTopColor } of computed('.failed, .rejected')) {
          expect(contrast(borderTopColor), `border ${borderTopColor}`).to.be.at.least(3);
        }
      }
    });

    it(`of a validation message can be read on ${colors.page}`, async () => {
      setColors(colors);
      const element = document.createElement('s3-uploader');
      Object.assign(element, { endpoint: '/sign', required: true });
      card.append(element);
      await element.updateComplete;
      element.reportValidity();
      await until('the message', () => element.shadowRoot!.querySelector('[part=invalid]'));
      await expect(card).to.be.accessible();
      const { borderTopColor } = getComputedStyle(element.shadowRoot!.querySelector('.drop')!);
      expect(contrast(borderTopColor)).to.be.at.least(3);
      expect(borderTopColor).to.equal(getComputedStyle(element.shadowRoot!.querySelector('[part=invalid]')!).color);
    });
  }

  it('of buttons over pictures are light on an opaque dark disc, on every page', async () => {
    for (const colors of PAGES) {
      setColors(colors);
      for (const layout of ['grid', 'avatar'] as const) {
        const element = document.createElement('s3-uploader');
        Object.assign(element, { layout, endpoint: '/sign', existing: [{ key: 'a.jpg' }] });
        card.append(element);
        const button = await until('the button', () => byRole(element, 'button', 'Remove a.jpg'));
        await until('the layout', () => getComputedStyle(button).position === 'absolute');
        expect(getComputedStyle(button).color).to.equal('rgb(255, 255, 255)');
        expect(getComputedStyle(button).backgroundColor).to.match(/^rgba\(0, 0, 0, 0\.7/);
        element.remove();
      }
    }
  });
});

describe('A disabled element', () => {
  it('looks disabled as a whole, and its rows do not', async () => {
    const page = await fixture<HTMLElement>(
      html`<div>
        <s3-uploader endpoint="/sign" disabled .existing=${[{ key: 'a.txt' }]}></s3-uploader>
        <fieldset disabled>
          <s3-uploader endpoint="/sign" .existing=${[{ key: 'a.txt' }]}></s3-uploader>
        </fieldset>
        <s3-uploader endpoint="/sign" max-file-size="2 dozen" .existing=${[{ key: 'a.txt' }]}></s3-uploader>
      </div>`,
    );
    for (const element of page.querySelectorAll('s3-uploader')) {
      const row = await until('the row', () => byRole(element, 'listitem'));
      const drop = element.shadowRoot!.querySelector('[part=drop]')!;
      const looks = (part: Element): string => {
        const { filter, cursor } = getComputedStyle(part);
        return `${filter} ${cursor}`;
      };
      await until('the disabled drop area', () => looks(drop) === 'opacity(0.7) not-allowed');
      for (const part of row.querySelectorAll('*:not(button, button *)')) expect(looks(part)).to.equal('none auto');
      const remove = byRole(element, 'button', 'Remove a.txt') as HTMLButtonElement;
      expect(looks(remove)).to.equal(remove.disabled ? 'opacity(0.4) not-allowed' : 'none pointer');
      Object.assign(element, { disabled: false, maxFileSize: undefined });
      const fieldset = element.closest('fieldset');
      if (fieldset) fieldset.disabled = false;
      await until('the enabled drop area', () => looks(drop) === 'none auto');
    }
  });
});

describe('An element for a single file', () => {
  for (const layout of ['list', 'grid', 'compact', 'avatar'] as const) {
    it(`offers to replace the file in the layout ${layout}`, async () => {
      const element = await fixture<S3UploaderElement>(
        html`<s3-uploader endpoint="/sign" no-auto max-file-size="100" layout=${layout}></s3-uploader>`,
      );
      const button = (name: string): HTMLElement | undefined => byRole(element, 'button', name);
      await element.add([textFile('too large.txt', 101)]);
      await until('the row', () => rowTexts(element).length);
      expect(button('Choose a file')).to.not.equal(undefined);
      await element.add([textFile('a.txt')]);
      if (layout === 'compact') await until('a full element', () => !button('Choose a file'));
      else await until('the button', () => button('Replace'));
      element.clear();
      await until('the first text', () => button('Choose a file'));
      element.multiple = true;
      await element.add([textFile('a.txt')]);
      await until('the row', () => rowTexts(element).length);
      expect(button('Choose files')).to.not.equal(undefined);
      element.clear();
    });
  }
});

describe('An avatar', () => {
  const camera = (element: HTMLElement): Element | null => element.shadowRoot!.querySelector('.camera');

  it('has an icon above its text while it is empty, which other layouts do not show', async () => {
    const element = await fixture<S3UploaderElement>(
      html`<s3-uploader endpoint="/sign" layout="avatar"></s3-uploader>`,
    );
    const icon = await until('the icon', () => camera(element));
    const drop = element.shadowRoot!.querySelector('.drop')!.getBoundingClientRect();
    const text = document.createRange();
    text.selectNodeContents(byRole(element, 'button', 'Choose a file')!);
    const [above, below] = [icon.getBoundingClientRect(), text.getBoundingClientRect()];
    expect(above.height).to.be.above(20);
    expect(above.top).to.be.above(drop.top);
    expect(above.bottom).to.be.at.most(below.top);
    expect(below.bottom).to.be.below(drop.bottom);
    expect(Math.abs(above.left + above.right - drop.left - drop.right)).to.be.below(2);
    element.layout = 'compact';
    await element.updateComplete;
    expect(icon.getBoundingClientRect().height).to.equal(0);
  });

  it('shows over the picture that it can be replaced: on focus, and by a badge on touch screens', async () => {
    const page = await fixture<HTMLElement>(
      html`<div><button>Before it</button><s3-uploader endpoint="/sign" no-auto layout="avatar"></s3-uploader></div>`,
    );
    const element = page.querySelector('s3-uploader')!;
    await element.add([await pictureFile('me.png')]);
    const button = await until('the button', () => byRole(element, 'button', 'Replace'));
    const isTransparent = (): boolean => getComputedStyle(button).color === 'rgba(0, 0, 0, 0)';
    await until('a hidden text', isTransparent);
    const badge = camera(element)!.getBoundingClientRect();
    if (matchMedia('(hover: none)').matches) {
      const drop = element.shadowRoot!.querySelector('.drop')!.getBoundingClientRect();
      expect(badge.bottom).to.be.within(drop.bottom - 20, drop.bottom);
      expect(badge.height).to.be.within(24, 40);
      const { left, top, width, height } = badge;
      expect(element.shadowRoot!.elementFromPoint(left + width / 2, top + height / 2)).to.equal(button);
    } else expect(badge.height).to.equal(0);
    page.querySelector('button')!.focus();
    await sendKeys({ press: 'Tab' });
    await until('the text', () => !isTransparent());
    expect(getComputedStyle(button).color).to.equal('rgb(255, 255, 255)');
    element.clear();
  });

  it('names each file that is refused above the reason', async () => {
    const element = await fixture<S3UploaderElement>(
      html`<s3-uploader endpoint="/sign" no-auto multiple layout="avatar" max-file-size="5"></s3-uploader>`,
    );
    await element.add([textFile('first.txt'), textFile('second.txt')]);
    const parts = (name: string) => [...element.shadowRoot!.querySelectorAll(`[part~=${name}]`)];
    await until(
      'both reasons',
      () => parts('status').filter(({ textContent }) => textContent.includes('too large'))[1],
    );
    await nextFrames(4);
    const [names, reasons] = [parts('name'), parts('status')].map((elements) =>
      elements.map((part) => part.getBoundingClientRect()),
    ) as [DOMRect[], DOMRect[]];
    for (const [i, { width, height, bottom }] of names.entries()) {
      expect(Math.min(width, height)).to.be.above(10);
      expect(bottom).to.be.at.most(reasons[i]!.top + 1);
    }
  });
});

describe('The icon of an error', () => {
  for (const layout of ['list', 'grid', 'compact', 'avatar'] as const) {
    it(`is in the first line of the text in the layout ${layout}`, async () => {
      const reason = 'This page takes only files that were made on a day of the week whose name has a vowel in it.';
      const element = await fixture<S3UploaderElement>(
        html`<s3-uploader
          endpoint="/sign"
          layout=${layout}
          style="max-inline-size: 300px"
          .validate=${() => reason}
        ></s3-uploader>`,
      );
      await element.add([textFile('a.txt')]);
      const status = await until('the reason', () => {
        const part = element.shadowRoot!.querySelector('[part=status]');
        return part?.textContent.includes(reason) && part;
      });
      await nextFrames(4);
      const text = document.createRange();
      text.selectNodeContents(status.querySelector('bdi > span')!);
      const lines = [...text.getClientRects()];
      const icon = status.querySelector('svg')!.getBoundingClientRect();
      expect(new Set(lines.map(({ top }) => Math.round(top))).size).to.be.above(1);
      const first = lines.reduce((a, b) => (b.top < a.top ? b : a));
      expect(Math.abs(icon.top + icon.bottom - first.top - first.bottom) / 2).to.be.below(2.5);
      expect(icon.right).to.be.within(first.left - 8, first.left + 1);
    });
  }
});

describe('The progress bar of the layout compact', () => {
  it('does not touch the name above it', async () => {
    const element = await fixture<S3UploaderElement>(
      html`<s3-uploader layout="compact" .sign=${() => new Promise(() => {})}></s3-uploader>`,
    );
    await element.add([textFile('gypsy.txt')]);
    const bar = await until('the bar', () => byRole(element, 'progressbar', 'gypsy.txt'));
    await nextFrames(4);
    const name = element.shadowRoot!.querySelector('[part=name]')!.getBoundingClientRect();
    expect(bar.getBoundingClientRect().top).to.be.at.least(name.bottom + 1);
    element.clear();
  });
});

describe('The picture of the layout avatar', () => {
  it('is not faded out by the edge of the list', async () => {
    const element = await fixture<S3UploaderElement>(
      html`<s3-uploader layout="avatar" .sign=${() => new Promise(() => {})}></s3-uploader>`,
    );
    await element.add([textFile('me.txt')]);
    element.cancel();
    await until('the status', () => rowTexts(element).some((text) => text.includes('Canceled')));
    await nextFrames(4);
    expect(getComputedStyle(byRole(element, 'list')!).maskImage).to.equal('none');
  });
});

describe('The focus ring', () => {
  for (const layout of ['list', 'grid', 'compact', 'avatar'] as const) {
    it(`is completely visible on each focusable part in the layout ${layout}`, async () => {
      const page = await fixture<HTMLElement>(
        html`<div>
          <button>Before it</button>
          <s3-uploader endpoint="/sign" no-auto multiple layout=${layout}></s3-uploader>
          <button>After it</button>
        </div>`,
      );
      const element = page.querySelector('s3-uploader')!;
      await element.add(['a.txt', 'b.txt'].slice(layout === 'avatar' ? 1 : 0).map((name) => textFile(name)));
      await until('the rows', () => rowTexts(element).length);
      const rows = allByRole(element, 'listitem');
      await Promise.all(rows.flatMap((row) => row.getAnimations({ subtree: true }).map(({ finished }) => finished)));
      const seen = new Set<string>();
      const checkRing = (): void => {
        const focused = element.shadowRoot!.activeElement as HTMLElement;
        const ring = [focused, ...focused.querySelectorAll('*')].find((part) => {
          const { outlineStyle, outlineWidth } = getComputedStyle(part);
          return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
        });
        const what =
          (focused.ariaLabel ?? focused.title) ||
          `${focused.localName} ${focused.textContent.replace(/\s+/g, ' ').trim()}`;
        seen.add(what);
        expect(ring, what).to.not.equal(undefined);
        const { outlineWidth, outlineOffset } = getComputedStyle(ring!);
        const reach = parseFloat(outlineWidth) + parseFloat(outlineOffset) - 0.5; // rounding of pixels
        const { left, right, top, bottom } = ring!.getBoundingClientRect();
        for (let around = ring!.parentElement; around; around = around.parentElement) {
          if (getComputedStyle(around).overflow === 'visible') continue;
          const edge = around.getBoundingClientRect();
          const where = `${what} in ${around.localName}`;
          expect(left - reach, where).to.be.at.least(edge.left);
          expect(right + reach, where).to.be.at.most(edge.right);
          expect(top - reach, where).to.be.at.least(edge.top);
          expect(bottom + reach, where).to.be.at.most(edge.bottom);
        }
      };
      page.querySelector('button')!.focus();
      await sendKeys({ press: 'Tab' });
      for (let i = 0; i < 4 && element.shadowRoot!.activeElement; i++) {
        checkRing();
        await sendKeys({ press: 'Tab' });
      }
      allByRole(element, 'listitem')[0]!.focus();
      checkRing();
      allByRole(element, 'listitem').at(-1)!.focus();
      checkRing();
      const upload = layout === 'avatar' ? 'Upload' : 'Upload 2 files';
      expect([...seen].filter((what) => !what.startsWith('li '))).to.include.members([upload, 'Remove b.txt']);
      element.clear();
    });
  }
});

describe('A grid', () => {
  it('is rendered again when it becomes narrower in the frame in which it is scrolled', async () => {
    const element = await fixture<S3UploaderElement>(
      html`<s3-uploader
        multiple
        no-auto
        layout="grid"
        endpoint="/sign"
        style="inline-size: 700px; --s3-uploader-list-max-block-size: none"
      ></s3-uploader>`,
    );
    void element.add(['1', '2', '3', '4', '5', '6'].map((name) => textFile(`${name}.txt`)));
    const widths = (): number[] => allByRole(element, 'listitem').map((row) => row.getBoundingClientRect().width);
    await until('the rows', () => widths().length === 6);
    await nextFrames(4);
    const across = Math.round(700 / widths()[0]!);
    element.style.inlineSize = '300px';
    byRole(element, 'list')!.dispatchEvent(new Event('scroll'));
    await nextFrames(4);
    for (const width of widths()) expect(Math.round(300 / width)).to.be.below(across);
  });
});

describe('A long list', () => {
  it('is rendered at most ten times a second, however often it changes', async () => {
    const element = await fixture<S3UploaderElement>(
      html`<s3-uploader multiple no-auto endpoint="/sign"></s3-uploader>`,
    );
    await element.add(Array.from({ length: 100 }, (_, i) => textFile(`${i}.txt`)));
    await element.updateComplete;
    const began = performance.now();
    for (let i = 0; i < 5; i++) {
      element.requestUpdate();
      await element.updateComplete;
    }
    expect(performance.now() - began).to.be.at.least(450);
  });

  it('is rendered some rows at a time when all of it is in view', async () => {
    const element = await fixture<S3UploaderElement>(
      html`<s3-uploader
        multiple
        no-auto
        endpoint="/sign"
        style="--s3-uploader-list-max-block-size: none"
      ></s3-uploader>`,
    );
    await element.add([textFile('first.txt')]);
    const list = await until('the list', () => byRole(element, 'list'));
    const addedRows: number[] = [];
    const observer = new MutationObserver((changes) => {
      addedRows.push(changes.reduce((sum, { addedNodes }) => sum + addedNodes.length, 0));
    });
    observer.observe(list, { childList: true });
    void element.add(Array.from({ length: 70 }, (_, i) => textFile(`${i}.txt`)));
    await until('the rows', () => list.childElementCount === 71);
    observer.disconnect();
    expect(addedRows).to.have.length.above(2);
    expect(Math.max(...addedRows)).to.be.at.most(20);
    expect([...list.children].map(({ ariaPosInSet }) => Number(ariaPosInSet))).to.deep.equal(
      Array.from({ length: 71 }, (_, i) => i + 1),
    );
  });
});
