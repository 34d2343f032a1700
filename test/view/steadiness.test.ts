import { expect, fixture, html } from '@open-wc/testing';
import { resetMouse, sendKeys, sendMouse } from '@web/test-runner-commands';
import '../../widget/define.ts';
import type { S3UploaderElement } from '../../widget/element/s3-uploader.ts';
import { endpoint } from '../../widget/index.ts';
import { nextEvent } from '../fixtures/events.ts';
import { textFile } from '../fixtures/files.ts';
import { allByRole, byRole, rowTexts } from '../fixtures/queries.ts';
import { type RemoteServers, startRemoteServers } from '../fixtures/remote-servers.ts';
import { nextFrames, until } from '../fixtures/wait.ts';

/** The CSS that the README gives for the time before the element is drawn. */
const PLACEHOLDER_CSS = `
  s3-uploader:not(:state(drawn)) { display: block; line-height: 1.4; }
  s3-uploader:not(:state(drawn))::after { display: block; block-size: 13em; content: ''; }
  s3-uploader[layout='compact']:not(:state(drawn))::after { block-size: calc(44px + 1.475em); }
  s3-uploader[layout='avatar']:not(:state(drawn)) { display: inline-block; inline-size: 9em; vertical-align: top; }
  s3-uploader[layout='avatar']:not(:state(drawn))::after { block-size: 9em; }
`;

interface LayoutShift extends PerformanceEntry {
  readonly hadRecentInput: boolean;
  readonly sources: readonly {
    readonly node: Node | null;
    readonly currentRect: DOMRect;
    readonly previousRect: DOMRect;
  }[];
}

/** Describes the layout shifts of a page from now on, as the browser measures them. Only Chromium does. */
function recordShifts(page: Window & typeof globalThis): () => string[] {
  const shifts: string[] = [];
  const read = (entries: PerformanceEntryList): void => {
    for (const { hadRecentInput, sources } of entries as LayoutShift[]) {
      if (hadRecentInput) continue;
      for (const { node, previousRect: from, currentRect: to } of sources) {
        shifts.push(`${node?.parentElement?.outerHTML ?? node?.nodeName}: ${from.x},${from.y} to ${to.x},${to.y}`);
      }
    }
  };
  const observer = new page.PerformanceObserver((list) => read(list.getEntries()));
  if (page.PerformanceObserver.supportedEntryTypes.includes('layout-shift')) observer.observe({ type: 'layout-shift' });
  return () => {
    read(observer.takeRecords());
    return shifts;
  };
}

/** Calls a function in each frame until the promise is settled. */
async function inEachFrame(sample: () => void, end: Promise<unknown>): Promise<void> {
  let isOver = false;
  void end.finally(() => (isOver = true));
  while (!isOver) {
    sample();
    await nextFrames(1);
  }
  await nextFrames(3);
  sample();
}

describe('Nothing moves', () => {
  let servers: RemoteServers;
  before(async () => {
    servers = await startRemoteServers();
  });
  beforeEach(() => Promise.all([servers.signer.reset(), servers.storage.reset()]));
  after(() => servers.close());

  for (const [lang, attributes, width] of [
    ['en', 'multiple', 500],
    ['en', 'multiple max-file-size="20MB" accept=".docx,image/*"', 500],
    ['en', 'layout="compact" max-file-size="20MB"', 500],
    ['en', 'layout="avatar" accept="image/*"', 500],
    ['de', 'multiple min-files="2"', 500],
    ['de', 'layout="avatar"', 500],
    ['en', 'multiple accept=".docx,.xlsx,image/*" max-file-size="20MB"', 300],
    ['de', 'accept=".docx,image/*" max-file-size="20MB"', 300],
    ['de', 'layout="compact" accept=".docx,image/*"', 300],
  ] as const) {
    it(`when the element is drawn: <s3-uploader ${attributes} lang="${lang}">`, async () => {
      const frame = document.createElement('iframe');
      Object.assign(frame, { width, height: 600 });
      frame.srcdoc = `<!doctype html><html lang="${lang}"><style>${PLACEHOLDER_CSS}</style>
        <p>Above</p><s3-uploader endpoint="/sign" ${attributes}><b slot="label">Files</b></s3-uploader><p id="below">Below</p>`;
      document.body.append(frame);
      await new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }));
      const page = frame.contentWindow as Window & typeof globalThis;
      const shifts = recordShifts(page);
      const below = page.document.querySelector('#below')!;
      const places = new Set([below.getBoundingClientRect().top]);
      const script = page.document.createElement('script');
      Object.assign(script, { type: 'module', src: '/widget/define.ts' });
      page.document.head.append(script);
      const element = page.document.querySelector('s3-uploader')!;
      const settled = page.customElements
        .whenDefined('s3-uploader')
        .then(() =>
          until('the hint', () => !element.accept || element.shadowRoot?.querySelector('[part=hint]')?.textContent),
        )
        .then(() => until('the first render', () => element.shadowRoot?.querySelector('button')));
      await inEachFrame(() => places.add(below.getBoundingClientRect().top), settled);
      expect(Math.max(...places) - Math.min(...places), [...places].join()).to.be.below(1);
      expect(shifts()).to.deep.equal([]);
      frame.remove();
    });
  }

  for (const layout of ['list', 'grid', 'compact'] as const) {
    for (const width of [300, 700]) {
      it(`from the first row until all files are stored, in the layout ${layout} at ${width} pixels`, async () => {
        const page = await fixture<HTMLElement>(
          html`<div>
            <button>Add files</button>
            <s3-uploader endpoint=${servers.endpoint} multiple layout=${layout}></s3-uploader>
            <p>Text below</p>
          </div>`,
        );
        page.style.inlineSize = `${width}px`;
        const element = page.querySelector('s3-uploader')!;
        await until('the element', () => byRole(element, 'button'));
        await nextFrames(3);
        await servers.storage.setPace({ bytesPerSecond: 3_000_000 });
        const shifts = recordShifts(window);
        const files = Array.from({ length: 5 }, (_, i) => textFile(`file ${i}.txt`, 1_500_000));
        const end = nextEvent(element, 'upload-complete');
        // the shift that a visitor asks for does not count
        page.querySelector('button')!.addEventListener('click', () => void element.add(files));
        page.querySelector('button')!.focus();
        await sendKeys({ press: 'Enter' });
        await until('the rows', () => rowTexts(element).length === 5);
        await nextFrames(2);
        const seen = new Map<string, Set<number>>();
        const see = (what: string, place: number): void => {
          seen.set(what, (seen.get(what) ?? new Set()).add(Math.round(place)));
        };
        const sample = (): void => {
          for (const [i, row] of allByRole(element, 'listitem').entries()) {
            // apart from the motion with which a row enters
            see(`place of row ${i}`, row.offsetTop);
            see(`height of row ${i}`, row.offsetHeight);
            see(`place of name ${i}`, row.querySelector<HTMLElement>('.name')!.offsetTop);
          }
          see('place of the list', byRole(element, 'list')!.getBoundingClientRect().top);
          see('place of the text below', page.querySelector('p')!.getBoundingClientRect().top);
        };
        await inEachFrame(sample, end);
        await until('the result', () => element.shadowRoot!.textContent.includes('5 uploaded'));
        sample();
        for (const [what, values] of seen) expect([...values], what).to.have.length(1);
        expect(shifts()).to.deep.equal([]);
      });
    }
  }

  for (const [lang, width] of [
    ['en', 420],
    ['de', 300],
    ['de', 420],
    ['de', 620],
  ] as const) {
    it(`above the list from the first row until the result, of which one file has failed, in ${lang} at ${width} pixels`, async () => {
      const page = await fixture<HTMLElement>(
        html`<div lang=${lang}><s3-uploader endpoint=${servers.endpoint} multiple></s3-uploader></div>`,
      );
      page.style.inlineSize = `${width}px`;
      const element = page.querySelector('s3-uploader')!;
      await until('the element', () => byRole(element, 'button'));
      await servers.storage.setPace({ bytesPerSecond: 1_500_000 });
      await servers.storage.setFaults({ do: 'answer', status: 403, minBytes: 1_600_000 });
      await element.add([1_500_000, 1_600_000, 1_500_000].map((size, i) => textFile(`file ${i}.txt`, size)));
      const list = await until('the list', () => byRole(element, 'list'));
      await until('the rows', () => rowTexts(element).length === 3);
      const places = new Set<number>();
      const failed = (): HTMLElement | undefined =>
        [...element.shadowRoot!.querySelectorAll<HTMLElement>('.total span')].find(({ textContent }) =>
          /^1 (failed|fehlgeschlagen)$/.test(textContent),
        );
      await inEachFrame(() => places.add(list.getBoundingClientRect().top), until('the result', failed));
      expect([...places], 'place of the list').to.have.length(1);
      const line = failed()!.closest('.total')!.getBoundingClientRect();
      const { bottom } = failed()!.getBoundingClientRect();
      expect(bottom, 'the number of failed files is visible').to.be.at.most(line.bottom);
    });
  }

  it('under the pointer when a row above grows', async () => {
    const element = await fixture<S3UploaderElement>(
      html`<s3-uploader endpoint=${servers.endpoint} multiple no-auto></s3-uploader>`,
    );
    await element.add(Array.from({ length: 30 }, (_, i) => textFile(`${i}.txt`)));
    const list = await until('the list', () => byRole(element, 'list'));
    list.scrollIntoView({ block: 'center' });
    list.scrollTop = 400;
    await nextFrames(3);
    const rows = allByRole(element, 'listitem');
    const pointed = rows.find((row) => row.getBoundingClientRect().top > list.getBoundingClientRect().top + 150)!;
    const { left, top } = pointed.getBoundingClientRect();
    await sendMouse({ type: 'move', position: [Math.round(left + 100), Math.round(top + 20)] });
    await until('the pointer', () => pointed.matches(':hover'));
    const above = rows[rows.indexOf(pointed) - 1]!;
    const before = above.offsetHeight;
    element.labels = { ready: 'Ready. '.repeat(60) };
    await until('higher rows', () => above.offsetHeight > before + 20);
    await nextFrames(2);
    expect(Math.abs(pointed.getBoundingClientRect().top - top)).to.be.below(2);
    await resetMouse();
  });
});

describe('Nothing flashes', () => {
  it('when files are stored at once: what a row shows in between lasts 400 ms or is not shown', async () => {
    const servers = await startRemoteServers();
    const element = await fixture<S3UploaderElement>(
      html`<s3-uploader endpoint=${servers.endpoint} multiple></s3-uploader>`,
    );
    await element.add([textFile('warm')]); // loads all chunks
    await until('the warm file', () => element.files[0]?.status === 'done');
    await nextFrames(10);
    await servers.storage.setPace({ bytesPerSecond: 20_000 }); // some frames between the first and the last status
    /** Each text, bar and button that was shown, with the times at which it was seen first and last. */
    const seen = new Map<string, [first: number, last: number]>();
    const see = (what: string): void => {
      const now = performance.now();
      seen.set(what, [seen.get(what)?.[0] ?? now, now]);
    };
    const end = nextEvent(element, 'upload-complete');
    void element.add([textFile('a'), textFile('b')]);
    await inEachFrame(() => {
      for (const text of rowTexts(element)) see(text);
      for (const part of allByRole(element, 'progressbar')) see(`bar of ${part.ariaLabel}`);
      for (const part of allByRole(element, 'button', / all/)) see(part.ariaLabel!);
    }, end);
    await until('the result', () => rowTexts(element).every((text) => text.includes('Uploaded')));
    await servers.close();
    const brief = [...seen].filter(([what]) => !/^\w+ (12 bytes|Uploaded · 12 bytes)$/.test(what));
    // a frame less: it is seen after it is drawn
    for (const [what, [first, last]] of brief) expect(last - first, what).to.be.at.least(350);
    expect([...seen.keys()]).to.include('a 12 bytes');
  });

  it('when files are stored right after a status and the line for all files are shown: both stay for 400 ms', async () => {
    const servers = await startRemoteServers();
    const signer = endpoint({ url: servers.endpoint });
    let release = (): void => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    const sign = async (...of: Parameters<typeof signer>): ReturnType<typeof signer> => {
      await released;
      return signer(...of);
    };
    const element = await fixture<S3UploaderElement>(html`<s3-uploader .sign=${sign} multiple></s3-uploader>`);
    await element.add([textFile('a'), textFile('b')]);
    const cancel = (): Element | undefined => byRole(element, 'button', 'Cancel all (2)');
    await until('the line for all files', cancel);
    const isPreparing = (): boolean => rowTexts(element).some((text) => text.includes('Preparing'));
    await until('the status', isPreparing);
    const shownAt = performance.now();
    release();
    await until('the result', () => rowTexts(element).every((text) => text.includes('Uploaded')));
    // some frames less: both are seen after they are drawn
    expect(performance.now() - shownAt, 'the rows').to.be.at.least(300);
    await until('the end of the progress', () => !cancel());
    expect(performance.now() - shownAt, 'the line').to.be.at.least(300);
    await servers.close();
  });
});
