import { expect } from '@open-wc/testing';
import { a11ySnapshot, executeServerCommand } from '@web/test-runner-commands';
import '../../widget/define.ts';
import type { S3UploaderElement } from '../../widget/element/s3-uploader.ts';
import type { Commands } from '../runner/commands.ts';
import { accessibilityTree } from '../fixtures/accessibility-tree.ts';
import { type Layout, showEveryState } from '../fixtures/every-state.ts';
import { byRole, rowTexts } from '../fixtures/queries.ts';
import { type RemoteServers, startRemoteServers } from '../fixtures/remote-servers.ts';
import { nextFrames, until } from '../fixtures/wait.ts';

const command = <Name extends keyof Commands>(name: Name, payload: Commands[Name]): Promise<unknown> =>
  executeServerCommand<unknown, Commands[Name]>(name, payload);

/** Texts of the rows whose status is not completely inside the row. */
const overflowing = (element: HTMLElement): string[] =>
  [...element.shadowRoot!.querySelectorAll('li')].flatMap((li) => {
    const row = li.getBoundingClientRect();
    const name = li.querySelector('.name')!;
    const status = li.querySelector('.status > bdi')!.getBoundingClientRect();
    // lines of text may share a pixel
    const isInside = status.bottom <= row.bottom && status.top > name.getBoundingClientRect().bottom - 2;
    return isInside ? [] : [li.textContent.trim()];
  });

const WIDTHS = [280, 768, 1280];
/**
 * Colour scheme, direction, and the width that axe checks: each scheme and each direction at the narrowest and the widest.
 */
const LOOKS = [
  { scheme: 'light', dir: 'ltr', checked: 1280 },
  { scheme: 'light', dir: 'rtl', checked: 280 },
  { scheme: 'dark', dir: 'ltr', checked: 280 },
  { scheme: 'dark', dir: 'rtl', checked: 1280 },
];

/** Accessibility tree of the files. Numbers of progress and size are replaced by n, because they depend on timing. */
const fileTrees = (elements: readonly S3UploaderElement[]): string[] =>
  elements
    .flatMap(({ shadowRoot }) =>
      [...shadowRoot!.querySelectorAll('.total, li')].flatMap((part) => accessibilityTree(part)),
    )
    .map((line) => line.replace(/ at \d+ %/, ' at n %').replace(/[\d.]+ [kM]B"$/, 'n"'))
    .map((line) => line.replace(/[\d.]+ of n/, 'n of n').replace(/ in \d+ s\./, ' in n s.'))
    .map((line) => line.replace(/^( *"\d of \d+ files · )\d+%.*/, '$1n"'));

/** Accessibility tree of the element, without empty live regions, which exist only with the view of files. */
const elementTree = (element: S3UploaderElement): string[] =>
  [...element.shadowRoot!.children]
    .flatMap((child) => accessibilityTree(child))
    .filter((line) => line !== 'alert' && line !== 'status');

const STORED = 'stored, with a picture.png';
const REJECTED = 'rejected, for it is much too large.iso';
const SENDING = 'sending, under a name that is far too long for one line of any screen.mp4';

/** A file as it is announced: name, progress bar, status and buttons. */
const row = (name: string, bar: string, status: string, ...actions: string[]) => ({ name, bar, status, actions });
const FILES = [
  row(STORED, '', 'Uploaded · n', `Remove ${STORED}`),
  row(
    'refused.docx',
    '',
    "The server refused this file. Try another file, or contact the site's owner.",
    'Retry refused.docx',
    'Remove refused.docx',
  ),
  row(REJECTED, '', '30.1 MB is too large. The limit is 30 MB.', `Remove ${REJECTED}`),
  row('canceled.psd', '', 'Canceled · 12 bytes', 'Retry canceled.psd', 'Remove canceled.psd'),
  row('paused.mov', ' at n %', 'Paused · n', 'Resume paused.mov', 'Cancel paused.mov'),
  row('finishing.txt', ' of unknown share', 'Finishing · n', 'Cancel finishing.txt'),
  row(SENDING, ' at n %', 'n of n', `Pause ${SENDING}`, `Cancel ${SENDING}`),
  row('offline.pdf', ' at n %', 'Waiting · n', 'Cancel offline.pdf'),
  row('ready.key', '', 'Ready · n', 'Remove ready.key'),
  row('preparing.tiff', ' of unknown share', 'Preparing · n', 'Cancel preparing.tiff'),
  row('retrying.txt', ' at n %', 'Waiting · n', 'Cancel retrying.txt'),
  row('signing.csv', ' of unknown share', 'Preparing · 12 bytes', 'Cancel signing.csv'),
  row('waiting.zip', ' at n %', 'Waiting · n', 'Cancel waiting.zip'),
];

const rowTree = ({ name, bar, status, actions }: ReturnType<typeof row>): string[] => [
  'listitem',
  `  "${name} ${status}"`,
  ...(bar ? [`  progressbar "${name}"${bar}`] : []),
  ...actions.map((action) => `  button "${action}"`),
];
const OFFLINE = '"You\'re offline. Uploading continues when you\'re back."';
const IN_ONE_ELEMENT = [
  OFFLINE,
  'progressbar "Files" at n %',
  ...['Upload', 'Pause all (6)', 'Cancel all (8)'].map((name) => `button "${name}"`),
  ...FILES.flatMap(rowTree),
];
const IN_SEPARATE_ELEMENTS = FILES.slice(0, -1).flatMap((file) => {
  if (file.name === 'ready.key') return ['button "Upload"', ...rowTree(file)];
  if (file.name === 'offline.pdf') return [...rowTree(file), OFFLINE];
  if (file.name !== 'retrying.txt') return rowTree(file);
  return rowTree({ ...file, status: "The server isn't answering. Next try in n s." });
});

/** Every layout with a file in every state, checked by axe. Screenshots are written to test/output/. */
describe('The element with a file in every state', function () {
  this.timeout(90_000);
  let servers: RemoteServers;
  let page: HTMLElement;
  let dispose = (): Promise<void> => Promise.resolve();

  before(async () => {
    servers = await startRemoteServers();
  });
  beforeEach(() => {
    page = document.createElement('main');
    page.id = 'page';
    page.lang = 'en';
    document.body.style.margin = '0';
    page.style.cssText = `box-sizing: border-box; display: grid; gap: 16px; padding: 16px; background: Canvas;
      color: CanvasText; font: 16px system-ui, sans-serif`;
    document.body.append(page);
  });
  afterEach(async () => {
    await dispose();
    page.remove();
    document.documentElement.dir = '';
    document.documentElement.style.colorScheme = '';
  });
  after(() => servers.close());

  const open = async (layout: Layout): Promise<readonly S3UploaderElement[]> => {
    const states = await showEveryState(servers, page, layout);
    ({ dispose } = states);
    return states.elements;
  };
  const show = async (elements: readonly S3UploaderElement[], layout: Layout, width: number): Promise<void> => {
    await command('window-size', { width, height: 900 });
    page.style.inlineSize = `${width}px`;
    await elements[0]!.updateComplete;
    await nextFrames(4); // the observer gets a resize in one frame, and the rows are placed in the next
    if (layout === 'avatar') return;
    const isWhole = (): boolean => !elements.flatMap(overflowing).length;
    await until(`the texts inside their rows, in the layout ${layout} at ${width}`, isWhole).catch((cause: unknown) => {
      throw new Error(elements.flatMap(overflowing).join('; '), { cause });
    });
  };
  const checkSizes = (elements: readonly S3UploaderElement[], layout: Layout, width: number): void => {
    for (const element of elements) {
      const what = `${layout} at ${width}`;
      expect(element.scrollWidth, what).to.be.at.most(width);
      for (const button of element.shadowRoot!.querySelectorAll('button')) {
        const { width: across, height } = button.getBoundingClientRect();
        if (across) expect(Math.min(across, height), button.ariaLabel ?? button.textContent).to.be.at.least(44);
      }
    }
  };

  for (const layout of ['list', 'grid', 'compact', 'avatar'] as const) {
    it(`is accessible and fits in the layout ${layout}, light and dark, in both directions, at every width`, async () => {
      const elements = await open(layout);
      const ofFiles = elements.slice(0, -7);
      const [empty, over, disabled, held, wrong, unset, unanswered] = elements.slice(-7) as [
        S3UploaderElement,
        S3UploaderElement,
        S3UploaderElement,
        S3UploaderElement,
        S3UploaderElement,
        S3UploaderElement,
        S3UploaderElement,
      ];
      const isAvatar = layout === 'avatar';
      expect(fileTrees(ofFiles)).to.deep.equal(isAvatar ? IN_SEPARATE_ELEMENTS : IN_ONE_ELEMENT);
      const label = isAvatar || layout === 'compact' ? [] : ['"or drop them here"'];
      const limits = isAvatar ? [] : ['"Images, PDF · Up to 20 MB per file · Up to 10 files"'];
      expect(elementTree(empty)).to.deep.equal(['button "Choose files"', ...label, ...limits]);
      expect(elementTree(over)).to.deep.equal(['button "Choose files"', ...label]);
      expect(elementTree(disabled)).to.deep.equal([
        'button "Choose files", disabled',
        'list "Files"',
        '  listitem',
        '    "kept.txt Uploaded · 12 kB"',
        '    button "Remove kept.txt", disabled',
      ]);
      expect(elementTree(held)).to.include('"Sending once all files are uploaded…"');
      const problem = 'The attribute "max-file-size" is "2 dozen".';
      const advice = 'Write bytes, or a number with a unit, as in max-file-size="20MB".';
      expect(elementTree(wrong)).to.deep.equal([
        'button "Choose a file", disabled',
        ...(label.length ? ['"or drop it here"'] : []),
        `alert: "${problem} ${advice}"`,
      ]);

      expect(elementTree(unset)).to.include(
        'alert: "Uploads aren\'t working on this site. Please tell its owner (error: cors)."',
      );
      const waiting = elementTree(unanswered).map((line) => line.replace(/ in \d+\ss\./, ' in n s.'));
      expect(waiting).to.include('"The server isn\'t answering. Next try in n s."').and.to.include('button "Try now"');
      for (const [element, status] of [
        [unset, 'Paused'],
        [unanswered, 'Waiting'],
      ] as const) {
        const names = isAvatar ? ['one.txt'] : ['one.txt', 'two.txt'];
        expect(rowTexts(element)).to.deep.equal(names.map((name) => `${name} ${status} · 12 bytes`));
      }

      // a picture hides the text of the button
      for (const element of isAvatar ? ofFiles : []) {
        const { name, status } = element.files[0]!;
        const text = status === 'rejected' || status === 'canceled' ? 'Choose a file' : 'Replace';
        const isHidden = getComputedStyle(byRole(element, 'button', text)!).color === 'rgba(0, 0, 0, 0)';
        expect(isHidden, name).to.equal(status !== 'rejected');
      }

      for (const { scheme, dir, checked } of LOOKS) {
        document.documentElement.style.colorScheme = scheme;
        document.documentElement.dir = dir;
        for (const width of WIDTHS) {
          await show(elements, layout, width);
          checkSizes(elements, layout, width);
          if (width === checked) await expect(page).to.be.accessible();
          await command('screenshot', { host: '#page', name: `${layout}-${scheme}-${dir}-${width}` });
        }
      }
    });
  }

  it('has the accessible names that the browser computes', async () => {
    await open('list');
    const inChromium = navigator.userAgent.includes('Chrome');
    const names = inChromium ? JSON.stringify(await a11ySnapshot({ selector: '#page' })) : '';
    for (const name of [
      'Choose files',
      'Files',
      'Pause all (6)',
      'Cancel all (8)',
      'Remove refused.docx',
      'Resume paused.mov',
    ]) {
      if (inChromium) expect(names).to.contain(`"${name}"`);
    }
  });
});
