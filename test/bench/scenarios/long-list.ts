import { longestTasksOf, secondsOf } from '../figures.ts';
import { OURS, PEERS, selectLanes } from '../lanes.ts';
import { runRounds } from '../rounds.ts';
import { runList } from '../run-uploader.ts';
import type { Bench, Scenario } from '../scenario.ts';

const LIMIT_MS = 20_000;
const fileCount = ({ options }: Bench): number => (options.isQuick ? 500 : 10_000);

export const longList: Scenario = {
  name: 'long-list',
  title: 'A long list',
  hasPeers: true,
  about: (bench) => [
    `${fileCount(bench).toLocaleString('en')} files of 1 KiB are added and not uploaded. The time ends when the list has all ` +
      'of them and is drawn. The longest task is how long the page does not answer to a click; the browser reports tasks from ' +
      '50 ms on, so 0 ms is less than 50.',
    `An uploader that is not finished after ${LIMIT_MS / 1000} s is stopped, and does not run again. s3-uploader and Uppy draw ` +
      'only the rows in view.',
  ],
  async run(bench) {
    const { isQuick, peers, rounds = isQuick ? 1 : 3 } = bench.options;
    const count = fileCount(bench);
    const files = { count, size: 1024, type: 'application/octet-stream', extension: 'bin' };
    const lanes = selectLanes([OURS, ...PEERS], peers);
    const outcomes = await runRounds(lanes, { rounds, secondsEach: 30, secondsInAll: 130 }, (lane) => {
      bench.log(lane.label);
      return runList(bench, lane, 'add', { files, limitMs: LIMIT_MS });
    });
    const title = `${count.toLocaleString('en')} files added`;
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
          name: 'seconds',
          title: `${title}: time until the list is drawn`,
          unit: 's',
          isCharted: true,
          figures: secondsOf(outcomes),
        },
      ],
    };
  },
};
