import { expect, fixture } from '@open-wc/testing';
import { html, render } from 'lit';
import '../../widget/define.ts';
import { enFiles } from '../../widget/locales/en-files.ts';
import { en } from '../../widget/locales/en.ts';
import { load } from '../../widget/locales/load.ts';
import type { S3UploaderElement } from '../../widget/element/s3-uploader.ts';
import { row } from '../../widget/view/row.ts';
import { Localizer } from '../../widget/view/localizer.ts';
import { SpeedMeter } from '../../widget/view/speed-meter.ts';
import { nextEvent } from '../fixtures/events.ts';
import { textFile } from '../fixtures/files.ts';
import { allByRole, byRole, rowTexts } from '../fixtures/queries.ts';
import { type RemoteServers, startRemoteServers } from '../fixtures/remote-servers.ts';
import { until } from '../fixtures/wait.ts';

const FULL = /^(?<loaded>[\d.]+) of 24 MB · [\d.]+ [kM]B\/s · (About \d+ (sec|min)|A few seconds) left$/;

describe('Speed and time left', () => {
  let servers: RemoteServers;
  before(async () => {
    // in one request: the parts of a file would be in the buffers of their connections at once
    servers = await startRemoteServers({ multipartFrom: 1e9 });
  });
  beforeEach(() => servers.storage.setPace({ bytesPerSecond: 1_000_000 }));
  afterEach(() => servers.storage.reset());
  after(() => servers.close());

  const mountElement = (): Promise<S3UploaderElement> =>
    fixture(html`<s3-uploader endpoint=${servers.endpoint} multiple></s3-uploader>`);
  const statuses = (element: S3UploaderElement): string[] =>
    [...element.shadowRoot!.querySelectorAll('[part=status]')].map(({ textContent }) =>
      textContent.replace(/\s+/g, ' ').trim(),
    );

  it('are shown in the row of a file that uploads alone, never go back, and are not announced', async () => {
    const element = await mountElement();
    await element.add([textFile('film.mp4', 24_000_000, 'video/mp4')]);
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

  it('are shown beside the overall bar, and in no row, while several files upload', async () => {
    const element = await mountElement();
    await servers.storage.setPace({ bytesPerSecond: 2_000_000 });
    await element.add(['one.txt', 'two.txt'].map((name) => textFile(name, 12_000_000)));
    const bar = await until('the bar', () => byRole(element, 'progressbar', 'Files'));
    await until('speed and time left', () => /\/s\s· .* left/.test(bar.parentElement!.textContent));
    for (const line of rowTexts(element)) expect(line).not.to.match(/\/s|left/);
    // waits for the end: a page with an active upload would ask before it is left
    await nextEvent(element, 'upload-complete');
  });

  it('are shown as far as the layout has room, in the language of the element', async () => {
    const speedMeter = new SpeedMeter();
    for (let ms = 0; ms <= 4000; ms += 250) speedMeter.update(1 + 2_000_000 * (ms / 1000), true, ms);
    const item = {
      id: '1',
      name: 'film.mp4',
      size: 24e6,
      type: 'video/mp4',
      status: 'uploading',
      loaded: 8.1e6,
    } as const;
    const statusIn = (layout: string, localizer = new Localizer('en', { ...en, ...enFiles })): string | undefined => {
      const li = document.createElement('li');
      render(
        row(item, {
          localizer,
          errorText: () => '',
          secondsToRetry: 0,
          isSignerSilent: false,
          act: () => {},
          shown: item,
          hasBanner: false,
          speedMeter,
          layout,
          typeIcon: undefined,
          isExtended: false,
          incomplete: undefined,
          isDisabled: false,
        }),
        li,
      );
      return li.querySelector('.status')?.textContent.replace(/\s+/g, ' ').trim();
    };
    expect(statusIn('list')).to.equal('8.1 of 24 MB · 2 MB/s · A few seconds left');
    for (const layout of ['grid', 'compact']) expect(statusIn(layout)).to.equal('8.1 of 24 MB · A few seconds left');
    expect(statusIn('avatar')).to.equal('8.1 of 24 MB');
    const ru = (await load('ru')).labels!;
    // Unicode's own data contain a Latin c
    expect(statusIn('list', new Localizer('ru', ru))).to.match(
      /^8,1 из 24 МБ · 2 МБ\/[cс] · Осталось несколько секунд$/,
    );
  });

  it('exclude bytes stored earlier, and the time before and between runs', () => {
    const speedMeter = new SpeedMeter();
    const run = (from: number, start: number): void => {
      for (let ms = 0; ms <= 4000; ms += 250) speedMeter.update(from + 1000 * ms, true, start + ms);
    };
    speedMeter.update(0, false, 0);
    speedMeter.update(0, true, 60_000);
    run(500_000_000, 60_000);
    expect(speedMeter.speed).to.be.closeTo(1_000_000, 1);
    expect(speedMeter.secondsLeft(3_000_000)).to.be.closeTo(3, 0.001);
    speedMeter.update(504_000_000, false, 65_000);
    expect(speedMeter.secondsLeft(1)).to.equal(undefined);
    run(504_000_000, 95_000);
    expect(speedMeter.speed).to.be.closeTo(1_000_000, 1);
  });
});
