import { expect, fixture, html } from '@open-wc/testing';
import '../../widget/define.ts';
import type { S3UploaderElement } from '../../widget/s3-uploader.ts';
import { Pace } from '../../widget/view/pace.ts';
import { allByRole, byRole, lines, next, textFile, until } from '../helpers/page.ts';
import { openStack, type RemoteStack } from '../helpers/stack-client.ts';

const FULL = /^(?<loaded>[\d.]+) [kM]B of 24 MB · [\d.]+ [kM]B\/s · \d+ (sec|min) left$/;

describe('Speed and time left', () => {
  let stack: RemoteStack;
  before(async () => {
    stack = await openStack();
  });
  beforeEach(() => stack.storage.pace({ bytesPerSecond: 1_000_000 }));
  afterEach(() => stack.storage.reset());
  after(() => stack.close());

  const tag = (layout = 'list'): Promise<S3UploaderElement> =>
    fixture(html`<s3-uploader endpoint=${stack.endpoint} multiple layout=${layout}></s3-uploader>`);
  const film = (name = 'film.mp4'): File => textFile(name, 24_000_000, 'video/mp4');
  /** To the end, or the page would still ask whether it may be left. */
  const end = async (...elements: S3UploaderElement[]): Promise<void> => {
    const ends = elements.map((element) => next(element, 'upload-complete'));
    await stack.storage.reset();
    await Promise.all(ends);
  };
  const statuses = (element: S3UploaderElement): string[] =>
    [...element.shadowRoot!.querySelectorAll('[part=status]')].map(({ textContent }) => textContent.trim());

  it('are told in the row of a file that runs alone, never back, and not to the ears', async () => {
    const element = await tag();
    await element.add([film()]);
    const seen: number[] = [];
    await until('speed and time left, as more and more is sent', () => {
      const { loaded } = FULL.exec(statuses(element)[0]!)?.groups ?? {};
      if (loaded && seen.at(-1) !== +loaded) seen.push(+loaded);
      return seen.length > 2;
    });
    expect(seen).to.deep.equal([...seen].sort((a, b) => a - b));
    for (const role of ['status', 'alert']) {
      for (const region of allByRole(element, role)) expect(region.textContent).not.to.match(/left|\/s/);
    }
    await expect(element).to.be.accessible();
    element.pause();
    await until('a pause', () => statuses(element)[0] === 'Paused · 24 MB');
    element.clear();
  });

  it('are told beside the bar of all, and in no row, while several run', async () => {
    const element = await tag();
    await element.add([film('one.mp4'), film('two.mp4')]);
    const bar = await until('the bar', () => byRole(element, 'progressbar', 'Files'));
    await until('speed and time left', () => /\/s · .* left/.test(bar.parentElement!.textContent));
    for (const line of lines(element)) expect(line).not.to.match(/\/s|left/);
    await end(element);
  });

  for (const [layout, told] of [
    ['grid', /of 24 MB · \d+ (sec|min) left$/],
    ['compact', /of 24 MB · \d+ (sec|min) left$/],
    ['avatar', /^[\d.]+ MB of 24 MB$/],
  ] as const) {
    it(`are told as far as there is room in ${layout}`, async () => {
      const element = await tag(layout);
      const full = await tag();
      await Promise.all([element.add([film()]), full.add([film()])]);
      await until('the whole of it elsewhere', () => FULL.test(statuses(full)[0]!));
      await until('what there is room for', () => told.test(statuses(element)[0]!));
      expect(statuses(element)[0]).not.to.contain('/s');
      await end(element, full);
    });
  }

  it('count neither what was stored before, nor the time before and between', () => {
    const pace = new Pace();
    const run = (from: number, start: number): void => {
      for (let ms = 0; ms <= 4000; ms += 250) pace.update(from + 1000 * ms, true, start + ms);
    };
    pace.update(0, false, 0);
    pace.update(0, true, 60_000);
    run(500_000_000, 60_000);
    expect(pace.speed).to.be.closeTo(1_000_000, 1);
    expect(pace.left(3_000_000)).to.be.closeTo(3, 0.001);
    pace.update(504_000_000, false, 65_000);
    expect(pace.left(1)).to.equal(undefined);
    run(504_000_000, 95_000);
    expect(pace.speed).to.be.closeTo(1_000_000, 1);
  });
});
