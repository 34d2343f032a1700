import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type RunningDemo, serveDemo } from '../../demo/serve.ts';
import { drive, ENGINES, inEngine } from '../fixtures/drive.ts';

/** The computed style of one element on the page. */
interface ElementLook {
  layout: string;
  /** Number of files in the list. */
  files: number;
  /** Whether its button is round, as the stylesheet sets it. */
  hasRoundButton: boolean;
  /** Value of `--s3-uploader-accent`. */
  accent: string;
  /** Whether the page fits the window without horizontal scrolling. */
  fits: boolean;
}

/** Code that runs in the page: waits for the files of all elements, and returns an array of {@link ElementLook}. */
const READ_LOOKS = `
  await customElements.whenDefined('s3-uploader');
  const uploaders = [...document.querySelectorAll('s3-uploader')];
  const isReady = (uploader) =>
    uploader.shadowRoot.querySelectorAll('li').length === uploader.querySelectorAll('[data-key]').length;
  const deadline = performance.now() + 10000;
  while (performance.now() < deadline && !uploaders.every(isReady)) await new Promise((resolve) => setTimeout(resolve, 16));
  return uploaders.map((uploader) => {
    const button = getComputedStyle(uploader.shadowRoot.querySelector('[part~=button]'));
    return {
      layout: uploader.layout,
      files: uploader.files.length,
      hasRoundButton: /^(99px|50%)$/.test(button.borderRadius),
      accent: getComputedStyle(uploader).getPropertyValue('--s3-uploader-accent').trim(),
      fits: document.documentElement.scrollWidth <= innerWidth,
    };
  });
`;

describe('The theme page of the demo', () => {
  let demo: RunningDemo;
  before(async () => {
    demo = await serveDemo({ PORT: '18600' }, () => {});
  });
  after(() => demo.close());

  const text = async (path: string): Promise<string> => (await fetch(demo.url + path)).text();

  test('is styled by stylesheets only, under the strict CSP, and linked from the demo page', async () => {
    const { headers } = await fetch(`${demo.url}/themes.html`);
    assert.match(headers.get('content-security-policy') ?? '', /style-src 'self';/);
    const page = await text('/themes.html');
    assert.doesNotMatch(page, /<style|\sstyle=|\son\w+=/);
    assert.deepEqual(page.match(/<script[^>]*>/g), ['<script type="module" src="/dist/cdn/s3-uploader.js">']);
    assert.match(await text('/'), /href="\/themes.html"/);
  });

  test('uses only custom properties, parts and states of the element', async () => {
    const css = (await text('/themes.css')).replaceAll(/\/\*.*?\*\//gs, '');
    assert.doesNotMatch(css, /!important/);
    const selectors = css.match(/s3-uploader(?:\[|:|::)[^,{]*/g) ?? [];
    for (const selector of selectors) {
      assert.match(selector.trim(), /^s3-uploader(\[layout='\w+'\])?(:state\(\w+\))?(::part\([\w-]+\))?$/);
    }
    for (const layout of ['list', 'grid', 'compact', 'avatar']) assert.match(css, new RegExp(`layout='${layout}'`));
  });

  for (const engine of ENGINES) {
    test(`restyles all four layouts in ${engine}`, inEngine(engine), async () => {
      await using browser = await drive(engine);
      await browser.goto(`${demo.url}/themes.html`);
      const looks = await browser.run<ElementLook[]>(READ_LOOKS);
      assert.deepEqual(
        looks.map(({ layout, files }) => [layout, files]),
        [
          ['list', 2],
          ['grid', 2],
          ['compact', 0],
          ['compact', 1],
          ['avatar', 0],
          ['avatar', 1],
        ],
      );
      for (const { layout, hasRoundButton, accent, fits } of looks) {
        assert.ok(hasRoundButton, layout);
        assert.notEqual(accent, '', layout);
        assert.ok(fits, layout);
      }
    });
  }
});
