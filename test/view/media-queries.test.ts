import { expect } from '@open-wc/testing';
import { executeServerCommand } from '@web/test-runner-commands';
import '../../widget/define.ts';
import type { Commands } from '../runner/commands.ts';
import { showEveryState } from '../fixtures/every-state.ts';
import { type RemoteServers, startRemoteServers } from '../fixtures/remote-servers.ts';
import { textFile } from '../fixtures/files.ts';
import { nextFrames, until } from '../fixtures/wait.ts';

const command = <Name extends keyof Commands>(name: Name, payload: Commands[Name]): Promise<unknown> =>
  executeServerCommand<unknown, Commands[Name]>(name, payload);

/** A system colour as the browser computes it. */
function system(color: string): string {
  const probe = document.createElement('p');
  probe.style.color = color;
  document.body.append(probe);
  const computed = getComputedStyle(probe).color;
  probe.remove();
  return computed;
}

/** Preferences of the system. In a browser that cannot emulate a preference, the element looks as usual. */
describe('The element in every state', function () {
  this.timeout(60_000);
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
    page.style.cssText =
      'display: grid; gap: 16px; inline-size: 480px; padding: 16px; font: 16px system-ui, sans-serif';
    document.body.append(page);
  });
  afterEach(async () => {
    await command('media', { features: [{ name: 'forced-colors', value: 'none' }] });
    await dispose();
    page.remove();
  });
  after(() => servers.close());

  for (const layout of ['list', 'grid', 'compact', 'avatar'] as const) {
    it(`uses the system’s colours in the layout ${layout} when colours are forced`, async () => {
      const isForced = await command('media', { features: [{ name: 'forced-colors', value: 'active' }] });
      expect(matchMedia('(forced-colors: active)').matches).to.equal(isForced);
      const states = await showEveryState(servers, page, layout);
      ({ dispose } = states);
      await until('the icons', () => states.elements.some(({ shadowRoot }) => shadowRoot!.querySelector('.type')));
      await nextFrames(4);
      await expect(page).to.be.accessible();
      await command('screenshot', { host: '#page', name: `${layout}-forced-colours` });
      const pictures = states.elements.flatMap(({ shadowRoot }) => [
        ...shadowRoot!.querySelectorAll('.thumbnail:has(.picture)'),
      ]);
      expect(pictures).not.to.deep.equal([]);
      for (const picture of pictures)
        expect(getComputedStyle(picture).backgroundImage).to.match(/^repeating-conic-gradient/);
      const colors = ['CanvasText', 'ButtonText', 'GrayText'].map(system);
      for (const { shadowRoot } of states.elements) {
        for (const icon of shadowRoot!.querySelectorAll('svg')) {
          if (isForced) expect(colors).to.include(getComputedStyle(icon).stroke);
        }
        // forced colours show that a button is disabled, so it must not be faint as well
        const isFaint = !isForced && shadowRoot!.querySelector('button')!.disabled;
        const { filter } = getComputedStyle(shadowRoot!.querySelector('.drop')!);
        expect(filter).to.equal(isFaint ? 'opacity(0.7)' : 'none');
      }
    });
  }

  it('has darker lines and texts when more contrast is preferred', async () => {
    const states = await showEveryState(servers, page, 'list');
    ({ dispose } = states);
    // the border of a drop area under dragged files has the accent colour
    const elements = states.elements.filter((element) => !element.matches(':state(dragover)'));
    const looks = () =>
      elements.map(({ shadowRoot }) => [
        getComputedStyle(shadowRoot!.querySelector('.drop')!).borderTopColor,
        getComputedStyle(shadowRoot!.querySelector('[part=hint]')!).color,
      ]);
    const before = looks();
    const hasMore = await command('media', { features: [{ name: 'prefers-contrast', value: 'more' }] });
    expect(matchMedia('(prefers-contrast: more)').matches).to.equal(hasMore);
    await nextFrames(2);
    for (const [i, look] of looks().entries()) {
      expect(look).to.deep.equal(hasMore ? [system('CanvasText'), system('CanvasText')] : before[i]);
    }
  });

  it('prints all files, and no buttons', async () => {
    const element = document.createElement('s3-uploader');
    Object.assign(element, { endpoint: '/sign', noAuto: true, multiple: true });
    page.append(element);
    await element.add(Array.from({ length: 40 }, (_, i) => textFile(`${i}.txt`)));
    await nextFrames(4);
    const root = element.shadowRoot!;
    const rows = () => root.querySelectorAll('li').length;
    expect(rows()).to.be.below(40);
    dispatchEvent(new Event('beforeprint'));
    expect(rows()).to.equal(40);
    const isEmulated = await command('media', { media: 'print', features: [] });
    expect(matchMedia('print').matches).to.equal(isEmulated);
    await nextFrames(4);
    const list = root.querySelector('ul')!;
    expect(list.scrollHeight > list.clientHeight + 2).to.equal(!isEmulated);
    const shown = [...root.querySelectorAll('button')].filter((button) => button.offsetParent);
    expect(shown.length > 0).to.equal(!isEmulated);
    dispatchEvent(new Event('afterprint'));
    await command('media', { features: [] });
    await until('the rows in view', () => rows() < 40);
  });

  it('has no animations when reduced motion is preferred', async () => {
    const isReduced = await command('media', { features: [{ name: 'prefers-reduced-motion', value: 'reduce' }] });
    expect(matchMedia('(prefers-reduced-motion: reduce)').matches).to.equal(isReduced);
    const states = await showEveryState(servers, page, 'list');
    ({ dispose } = states);
    await nextFrames(2);
    const moving = states.elements.flatMap(({ shadowRoot }) => shadowRoot!.getAnimations());
    expect(moving.length > 0).to.equal(!isReduced);
  });
});
