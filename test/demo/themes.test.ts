import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type RunningDemo, serveDemo } from '../../demo/serve.ts';
import { drive, ENGINES, inEngine } from '../fixtures/drive.ts';

/** What is seen of each tag, by its layout. */
interface Seen {
  layout: string;
  files: number;
  isRound: boolean;
  accent: string;
  fits: boolean;
}

const LOOK = `
  await customElements.whenDefined('s3-uploader');
  const tags = [...document.querySelectorAll('s3-uploader')];
  const isThere = (tag) => tag.shadowRoot.querySelectorAll('li').length === tag.querySelectorAll('[data-key]').length;
  const end = performance.now() + 10000;
  while (performance.now() < end && !tags.every(isThere)) await new Promise((resolve) => setTimeout(resolve, 16));
  return tags.map((tag) => {
    const button = getComputedStyle(tag.shadowRoot.querySelector('[part~=button]'));
    return {
      layout: tag.layout,
      files: tag.files.length,
      isRound: /^(99px|50%)$/.test(button.borderRadius),
      accent: getComputedStyle(tag).getPropertyValue('--s3-uploader-accent').trim(),
      fits: document.documentElement.scrollWidth <= innerWidth,
    };
  });
`;

describe('The page of themes', () => {
  let demo: RunningDemo;
  before(async () => {
    demo = await serveDemo({ PORT: '18600' }, () => {});
  });
  after(() => demo.close());

  const text = async (path: string): Promise<string> => (await fetch(demo.url + path)).text();

  test('is dressed by a stylesheet alone, under the demo’s policy, and linked from its first page', async () => {
    const { headers } = await fetch(`${demo.url}/themes.html`);
    assert.match(headers.get('content-security-policy') ?? '', /style-src 'self';/);
    const page = await text('/themes.html');
    assert.doesNotMatch(page, /<style|\sstyle=|\son\w+=/);
    assert.deepEqual(page.match(/<script[^>]*>/g), ['<script type="module" src="/dist/cdn/s3-uploader.js">']);
    assert.match(await text('/'), /href="\/themes.html"/);
  });

  test('needs nothing but custom properties, parts and states', async () => {
    const css = (await text('/themes.css')).replaceAll(/\/\*.*?\*\//gs, '');
    assert.doesNotMatch(css, /!important/);
    const used = css.match(/s3-uploader(?:\[|:|::)[^,{]*/g) ?? [];
    for (const selector of used) {
      assert.match(selector.trim(), /^s3-uploader(\[layout='\w+'\])?(:state\(\w+\))?(::part\([\w-]+\))?$/);
    }
    for (const layout of ['list', 'grid', 'compact', 'avatar']) assert.match(css, new RegExp(`layout='${layout}'`));
  });

  for (const engine of ENGINES) {
    test(`shows each layout in it in ${engine}`, inEngine(engine), async () => {
      await using browser = await drive(engine);
      await browser.goto(`${demo.url}/themes.html`);
      const seen = await browser.run<Seen[]>(LOOK);
      assert.deepEqual(
        seen.map(({ layout, files }) => [layout, files]),
        [
          ['list', 2],
          ['grid', 2],
          ['compact', 0],
          ['compact', 1],
          ['avatar', 0],
          ['avatar', 1],
        ],
      );
      for (const { layout, isRound, accent, fits } of seen) {
        assert.ok(isRound, layout);
        assert.notEqual(accent, '', layout);
        assert.ok(fits, layout);
      }
    });
  }
});
