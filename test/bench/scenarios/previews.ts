import { MiB } from '../../fixtures/files.ts';
import { figuresOf, longestTasksOf, memoryOf, secondsOf } from '../figures.ts';
import { BARE_BITMAPS, OURS, PEERS, selectLanes } from '../lanes.ts';
import { createPhotos } from '../photo.ts';
import { ratiosOf, runRounds } from '../rounds.ts';
import { runList } from '../run-uploader.ts';
import type { Bench, Scenario } from '../scenario.ts';

const LIMIT_MS = 60_000;
const photoCount = ({ options }: Bench): number => (options.isQuick ? 6 : 60);

export const previews: Scenario = {
  name: 'previews',
  title: 'Previews of photos',
  hasPeers: true,
  about: (bench) => [
    `${photoCount(bench)} JPEGs of 12 megapixels are added and not uploaded, all previews in view at once. The time ends when ` +
      'the last preview is shown. The longest task is how long the page does not answer to a click; 0 ms is less than 50. ' +
      'Memory is the most that the page’s process needed beyond what it had before, sampled every 100 ms (resident set size).',
    'The floor of the time is bare calls of `createImageBitmap`, two at a time, which show nothing. The photos have no ' +
      'thumbnail inside, and Chromium has no GPU here.',
  ],
  async run(bench) {
    const { isQuick, peers, rounds = isQuick ? 1 : 3 } = bench.options;
    const count = photoCount(bench);
    await using photos = await createPhotos(bench.browser, bench.pages.pageUrl(BARE_BITMAPS.module), count);
    const lanes = selectLanes([BARE_BITMAPS, OURS, ...PEERS], peers);
    const outcomes = await runRounds(lanes, { rounds, secondsEach: 30, secondsInAll: 130 }, (lane) => {
      bench.log(lane.label);
      return runList(bench, lane, 'preview', { files: photos.paths, limitMs: LIMIT_MS, hasMemory: true });
    });
    const floor = outcomes.get(BARE_BITMAPS)!;
    const title = `${count} previews of ${(photos.size / MiB).toFixed(1)} MiB each`;
    return {
      measures: [
        {
          name: 'longest-task',
          title: `${title}: longest task`,
          unit: 'ms',
          goal: 50,
          isCharted: true,
          figures: longestTasksOf(outcomes),
        },
        {
          name: 'time',
          title: `${title}: time, compared with createImageBitmap`,
          unit: '×',
          goal: 1,
          isCharted: true,
          figures: figuresOf(outcomes, (outcome) => ratiosOf(outcome, floor, ({ ms }) => ms)),
        },
        {
          name: 'seconds',
          title: `${title}: time`,
          unit: 's',
          figures: secondsOf(outcomes),
        },
        {
          name: 'memory',
          title: `${title}: memory of the page`,
          unit: 'MiB',
          goal: 300,
          figures: memoryOf(outcomes),
        },
      ],
    };
  },
};
