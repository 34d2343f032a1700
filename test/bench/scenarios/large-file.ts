import { createFileOnDisk } from '../../fixtures/file-on-disk.ts';
import { MiB } from '../../fixtures/files.ts';
import { figuresOf, memoryOf, secondsOf } from '../figures.ts';
import {
  BARE_DRAWN,
  BARE_PARTS,
  BARE_POST,
  FINE_UPLOADER,
  type Lane,
  OURS,
  PEERS,
  selectLanes,
  UPPY,
  UPPY_5,
  variant,
} from '../lanes.ts';
import { ratiosOf, runRounds } from '../rounds.ts';
import { runWholeUpload, type UploadRun } from '../run-uploader.ts';
import type { Bench, Measure, Scenario } from '../scenario.ts';

const LIMIT_MS = 60_000;
const IN_PARTS = { parts: true };
const fileBytes = ({ options }: Bench): number => (options.isQuick ? 32 : 256) * MiB;

/** The two ways to send a file, with their floor and goal. */
const WAYS = [
  {
    name: 'post',
    title: 'in one POST',
    floor: BARE_POST,
    lanes: [BARE_DRAWN, OURS, ...PEERS],
    goal: 1.02,
  },
  {
    name: 'parts',
    title: 'in parts',
    floor: BARE_PARTS,
    lanes: [OURS, UPPY, UPPY_5, FINE_UPLOADER].map((lane) => variant(lane, 'in parts', IN_PARTS)),
    goal: 1.05,
  },
] as const;

export const largeFile: Scenario = {
  name: 'large-file',
  title: 'One large file',
  hasPeers: true,
  about: (bench) => [
    `One file of ${fileBytes(bench) / MiB} MiB from the disk, in one POST and in parts of 8 MiB, without delay between the ` +
      'browser and the storage. The floor is bare `XMLHttpRequest`s that are signed before the time starts; that of parts ' +
      'sends six at a time, and its time includes the completion. Memory is the most that the page’s process needed beyond ' +
      'what it had before, sampled every 100 ms in the same runs (resident set size). Bare requests that are _drawn_, as a ' +
      'bar and a line of text ten times a second, show what every visible uploader needs.',
    'Without delay, parts cost time: each is one more request and signature on the same processors. Uppy 6 sends the parts of ' +
      'a file one after another; the section on the slow link has how many requests of each were open at a time. Dropzone and ' +
      'FilePond have no parts that S3 understands. Fine Uploader computes SHA-256 of each part on the main thread.',
  ],
  async run(bench) {
    const file = createFileOnDisk('large.bin', fileBytes(bench));
    const measures: Measure[] = [];
    for (const way of WAYS) measures.push(...(await measureWay(bench, way, file.path)));
    return { measures };
  },
};

async function measureWay(bench: Bench, way: (typeof WAYS)[number], path: string): Promise<Measure[]> {
  const { isQuick, peers, rounds = isQuick ? 1 : 3 } = bench.options;
  const lanes = selectLanes([way.floor, ...way.lanes], peers);
  const outcomes = await runRounds<Lane, UploadRun>(lanes, { rounds, secondsEach: 30, secondsInAll: 90 }, (lane) => {
    bench.log(`${lane.label}: ${way.title}`);
    return runWholeUpload(bench, lane, { files: [path], limitMs: LIMIT_MS, hasMemory: true });
  });
  const floor = outcomes.get(way.floor)!;
  const drawn = outcomes.get(BARE_DRAWN);
  const title = `${fileBytes(bench) / MiB} MiB ${way.title}`;
  return [
    {
      name: `${way.name}-time`,
      title: `${title}: time, compared with bare requests`,
      unit: '×',
      goal: way.goal,
      isCharted: true,
      figures: figuresOf(outcomes, (outcome) => ratiosOf(outcome, floor, ({ ms }) => ms)),
    },
    {
      name: `${way.name}-seconds`,
      title: `${title}: time`,
      unit: 's',
      figures: secondsOf(outcomes),
    },
    {
      name: `${way.name}-memory`,
      title: `${title}: memory of the page`,
      unit: 'MiB',
      isCharted: true,
      figures: memoryOf(outcomes),
    },
    ...(drawn
      ? [
          {
            name: `${way.name}-memory-ratio`,
            title: `${title}: memory of the page, compared with bare requests, drawn`,
            unit: '×' as const,
            goal: 1.15,
            figures: figuresOf(outcomes, (outcome) => ratiosOf(outcome, drawn, ({ memory }) => memory)),
          },
        ]
      : []),
  ];
}
