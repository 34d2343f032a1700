import { aTimeout, expect } from '@open-wc/testing';
import { executeServerCommand } from '@web/test-runner-commands';
import '../../widget/define.ts';
import type { Commands } from '../helpers/commands.ts';
import { byRole } from '../helpers/page.ts';
import { openStack, type RemoteStack } from '../helpers/stack-client.ts';
import { everyState, type Layout } from '../helpers/states.ts';

const command = <Name extends keyof Commands>(name: Name, payload: Commands[Name]): Promise<unknown> =>
  executeServerCommand<unknown, Commands[Name]>(name, payload);

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
            await aTimeout(50); // the browser's own: a resize reaches its observer with the next frame
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

  it('is accessible in forced colours', async () => {
    const { element, settle } = await everyState(stack, page, 'list');
    const isForced = await command('media', { features: [{ name: 'forced-colors', value: 'active' }] });
    expect(matchMedia('(forced-colors: active)').matches).to.equal(isForced);
    await expect(element).to.be.accessible();
    await command('screenshot', { host: '#page', name: 'list-forced-colours' });
    await command('media', { features: [] });
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
      await aTimeout(100);
      await expect(element).to.be.accessible();
      const { width, height } = byRole(element, 'button', 'Choose a file')!.getBoundingClientRect();
      expect(Math.abs(width - height)).to.be.below(2);
      await command('screenshot', { host: '#page', name: `avatar-${state}` });
      element.remove();
    }
  });
});
