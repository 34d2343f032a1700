import { expect } from '@open-wc/testing';
import { a11ySnapshot, executeServerCommand } from '@web/test-runner-commands';
import '../../widget/define.ts';
import type { Commands } from '../helpers/commands.ts';
import { accessibilityTree, allByRole, byRole, frames, lines, picture, until } from '../helpers/page.ts';
import { openStack, type RemoteStack } from '../helpers/stack-client.ts';
import { everyState, type Layout } from '../helpers/states.ts';

const command = <Name extends keyof Commands>(name: Name, payload: Commands[Name]): Promise<unknown> =>
  executeServerCommand<unknown, Commands[Name]>(name, payload);

/** Names of the files whose words are not all inside of their row. */
const overflowing = (element: HTMLElement): string[] =>
  [...element.shadowRoot!.querySelectorAll('li')].flatMap((li) => {
    const row = li.getBoundingClientRect();
    const name = li.querySelector('.name')!;
    const words = li.querySelector('.status > bdi')!.getBoundingClientRect();
    // lines of text may share a pixel
    const isInside = words.bottom <= row.bottom && words.top > name.getBoundingClientRect().bottom - 2;
    return isInside ? [] : [name.textContent.trim()];
  });

const LAYOUTS: readonly Layout[] = ['list', 'grid', 'compact'];
const WIDTHS = [320, 768, 1280];

/** Every layout with a file in every state: looked through by axe, and pictures of it in test/output/. */
describe('A file in every state', function () {
  this.timeout(60_000);
  let stack: RemoteStack;
  let page: HTMLElement;

  before(async () => {
    stack = await openStack();
  });
  beforeEach(() => {
    page = document.createElement('main');
    page.id = 'page';
    page.lang = 'en';
    document.body.style.margin = '0';
    page.style.cssText = 'padding: 16px; background: Canvas; color: CanvasText; font: 16px system-ui, sans-serif';
    document.body.append(page);
  });
  afterEach(() => {
    page.remove();
    document.documentElement.dir = '';
    document.documentElement.style.colorScheme = '';
  });
  after(() => stack.close());

  for (const layout of LAYOUTS) {
    it(`is accessible and of good looks as ${layout}: light and dark, both ways of writing, at every width`, async () => {
      const { element, settle } = await everyState(stack, page, layout);
      for (const scheme of ['light', 'dark']) {
        for (const dir of ['ltr', 'rtl']) {
          document.documentElement.style.colorScheme = scheme;
          document.documentElement.dir = dir;
          await expect(element).to.be.accessible();
          for (const width of WIDTHS) {
            await command('window-size', { width, height: 900 });
            page.style.inlineSize = `${width}px`;
            page.style.boxSizing = 'border-box';
            await element.updateComplete;
            await frames(4); // a resize reaches its observer with one, and the rows are placed with the next
            expect(overflowing(element), `${layout} at ${width}`).to.deep.equal([]);
            expect(element.scrollWidth, `${layout} at ${width}`).to.be.at.most(width);
            for (const button of element.shadowRoot!.querySelectorAll('button')) {
              const { width: across, height } = button.getBoundingClientRect();
              if (across) expect(Math.min(across, height), button.ariaLabel ?? button.textContent).to.be.at.least(44);
            }
            await command('screenshot', { host: '#page', name: `${layout}-${scheme}-${dir}-${width}` });
          }
        }
      }
      await settle();
    });
  }

  it('is given to screen readers as what it is', async () => {
    const { element, settle } = await everyState(stack, page, 'list');
    const stored = 'stored, with a picture.png';
    const rejected = 'rejected, for it is much too large.iso';
    const sending = 'sending, under a name that is far too long for one line of any screen.mp4';
    await until('some of it to be sent', () => lines(element).some((line) => /[kM]B of 20 MB/.test(line)));
    const rows = [...element.shadowRoot!.querySelectorAll('li')].flatMap((row) => accessibilityTree(row));
    // how far it got, and how small the picture is, is the line's affair and the engine's
    const steady = rows.map((line) => line.replace(/ at [1-9]\d* %/, ' at n %').replace(/[\d.]+ [kM]B( of|"$)/, 'n$1'));
    expect(steady).to.deep.equal([
      'listitem',
      `  "${stored} Uploaded · n"`,
      `  button "Remove ${stored}"`,
      'listitem',
      '  "refused.docx The server did not accept this file."',
      '  button "Try refused.docx again"',
      '  button "Remove refused.docx"',
      'listitem',
      `  "${rejected} Larger than 30 MB. Choose a smaller file."`,
      `  button "Remove ${rejected}"`,
      'listitem',
      '  "canceled.psd Canceled · 12 bytes"',
      '  button "Try canceled.psd again"',
      '  button "Remove canceled.psd"',
      'listitem',
      '  "paused.mov"',
      '  progressbar "paused.mov" at 0 %',
      '  "Paused · n"',
      '  button "Resume paused.mov"',
      '  button "Cancel paused.mov"',
      'listitem',
      '  "retrying.txt"',
      '  progressbar "retrying.txt" at n %',
      '  "Trying again · n"',
      '  button "Cancel retrying.txt"',
      'listitem',
      `  "${sending}"`,
      `  progressbar "${sending}" at n %`,
      '  "n of 20 MB"',
      `  button "Pause ${sending}"`,
      `  button "Cancel ${sending}"`,
      'listitem',
      '  "preparing.csv"',
      '  progressbar "preparing.csv" of unknown share',
      '  "Preparing · 12 bytes"',
      '  button "Cancel preparing.csv"',
      'listitem',
      '  "waiting.zip"',
      '  progressbar "waiting.zip" at 0 %',
      '  "Waiting · n"',
      '  button "Cancel waiting.zip"',
    ]);
    const inChromium = navigator.userAgent.includes('Chrome');
    const snapshot = inChromium ? await a11ySnapshot({ selector: '#page' }) : undefined;
    if (inChromium) {
      const names = JSON.stringify(snapshot);
      for (const name of ['Choose files', 'Files', 'Pause', 'Cancel', 'Remove refused.docx', 'Resume paused.mov']) {
        expect(names, 'of the browser itself').to.contain(`"${name}"`);
      }
    }
    await settle();
  });

  it('is given to screen readers without files, disabled, and set up wrong', async () => {
    const element = Object.assign(document.createElement('s3-uploader'), { endpoint: '/sign', maxFileSize: '2MB' });
    page.append(element);
    // live regions with nothing to say are there or not, as the view of files is
    const tree = (): string[] =>
      [...element.shadowRoot!.children]
        .flatMap((child) => accessibilityTree(child))
        .filter((line) => line !== 'alert' && line !== 'status');
    await element.updateComplete;
    const limit = '"Up to 2 MB per file"';
    expect(tree()).to.deep.equal(['button "Choose a file"', '"or drop it here"', limit]);
    element.disabled = true;
    await element.updateComplete;
    expect(tree()).to.deep.equal(['button "Choose a file", disabled', '"or drop it here"', limit]);
    Object.assign(element, { disabled: false, maxFileSize: '2 dozen' });
    await until('words', () => /max-file-size/.test(tree().join()));
    expect(tree()).to.deep.equal([
      'button "Choose a file", disabled',
      '"or drop it here"',
      'alert: "The attribute "max-file-size" is "2 dozen". Write bytes, or a number with a unit, as in max-file-size="20MB"."',
    ]);
  });

  it('is accessible in forced colours', async () => {
    const { element, settle } = await everyState(stack, page, 'list');
    const isForced = await command('media', { features: [{ name: 'forced-colors', value: 'active' }] });
    expect(matchMedia('(forced-colors: active)').matches).to.equal(isForced);
    await expect(element).to.be.accessible();
    await command('screenshot', { host: '#page', name: 'list-forced-colours' });
    await command('media', { features: [{ name: 'forced-colors', value: 'none' }] });
    await settle();
  });

  it('is one round picture as avatar', async () => {
    for (const [state, files] of [
      ['empty', []],
      ['stored', [{ key: 'me.png', name: 'me.png' }]],
    ] as const) {
      const element = Object.assign(document.createElement('s3-uploader'), { layout: 'avatar', endpoint: '/sign' });
      element.existing = files;
      page.append(element);
      await element.updateComplete;
      await until('what is there', () => allByRole(element, 'listitem').length === files.length);
      await expect(element).to.be.accessible();
      const { width, height } = byRole(element, 'button', 'Choose a file')!.getBoundingClientRect();
      expect(Math.abs(width - height)).to.be.below(2);
      await command('screenshot', { host: '#page', name: `avatar-${state}` });
      element.remove();
    }
  });

  it('is accessible as avatar while it is sent, paused, and when it has failed', async () => {
    await stack.storage.faults({ do: 'stall', at: { share: 0.3 }, times: 1 });
    const element = Object.assign(document.createElement('s3-uploader'), {
      layout: 'avatar',
      endpoint: stack.endpoint,
      accept: 'image/*',
    });
    page.append(element);
    const file = await picture('me.png', 400, 400);
    const [item] = await element.add([file]);
    const look = async (state: string, button: string): Promise<void> => {
      await until(button, () => byRole(element, 'button', button));
      await until('the picture', () => element.shadowRoot!.querySelector('canvas'));
      await expect(element).to.be.accessible();
      const round = element.shadowRoot!.querySelector('canvas')!.getBoundingClientRect();
      expect(Math.abs(round.width - round.height)).to.be.below(2);
      await command('screenshot', { host: '#page', name: `avatar-${state}` });
    };
    await look('sending', 'Cancel me.png');
    element.pause(item!.id);
    await look('paused', 'Resume me.png');
    await stack.storage.reset();
    await stack.storage.faults({ do: 'answer', status: 403, body: '<Error><Code>AccessDenied</Code></Error>' });
    element.resume(item!.id);
    await look('failed', 'Try me.png again');
    element.remove();
    await stack.storage.reset();
  });
});
