import { expect, fixture, html } from '@open-wc/testing';
import { sendKeys } from '@web/test-runner-commands';
import '../../widget/define.ts';
import type { S3UploaderElement } from '../../widget/element/s3-uploader.ts';
import { nextEvent } from '../fixtures/events.ts';
import { showEveryState } from '../fixtures/every-state.ts';
import { textFile } from '../fixtures/files.ts';
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
    ...['drop', 'button', 'drop-label', 'hint', 'problem', 'notice', 'total', 'total-progress', 'total-button', 'list'],
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
    uploading.pause();
    await until('resume', () => byRole(uploading, 'button', 'Resume all'));
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
      await nextFrames(4);
      const seen = new Set<string>();
      const checkRing = (): void => {
        const focused = element.shadowRoot!.activeElement as HTMLElement;
        const ring = [focused, ...focused.querySelectorAll('*')].find((part) => {
          const { outlineStyle, outlineWidth } = getComputedStyle(part);
          return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
        });
        const what = focused.ariaLabel ?? `${focused.localName} ${focused.textContent.replace(/\s+/g, ' ').trim()}`;
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
      const upload = layout === 'avatar' ? 'button Upload' : 'button Upload 2 files';
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
