import { startFaultProxy } from '../../helpers/faults.ts';
import { figuresOf, secondsOf } from '../figures.ts';
import { BARE_POST, type Lane, OURS, PEERS, selectLanes } from '../lanes.ts';
import { type Outcomes, ratiosOf, runRounds, valuesOf } from '../rounds.ts';
import { runWholeUpload, type UploadRun, type Work } from '../run-uploader.ts';
import type { Bench, Measure, Scenario } from '../scenario.ts';
import { smallFiles, smallFilesText } from '../small-files.ts';

const LIMIT_MS = 40_000;
/** Highest ratio to the bare requests. */
const GOALS: Record<number, number> = { 0: 1.05, 50: 1.08 };

export const manyFiles: Scenario = {
  name: 'many-files',
  title: 'Many small files',
  hasPeers: true,
  about: (bench) => [
    `${smallFilesText(bench)}, uploaded once without delay and once with 50 ms of round-trip ` +
      'time to the storage and to the signer. The time starts when the files are added, and ends with the event that the ' +
      'last one is stored. The floor is bare `XMLHttpRequest`s whose files are signed before the time starts.',
    `An uploader that is not finished after ${LIMIT_MS / 1000} s is stopped, and does not run again, also not with delay. FilePond animates every ` +
      'file, which costs more on this machine, because its Chromium has no GPU.',
  ],
  async run(bench) {
    const measures: Measure[] = [];
    let lanes = selectLanes([BARE_POST, OURS, ...PEERS], bench.options.peers);
    for (const latency of [0, 50]) {
      const outcomes = await measureWith(bench, lanes, latency);
      measures.push(...measuresOf(bench, outcomes, latency));
      lanes = lanes.filter((lane) => !outcomes.get(lane)!.problem);
    }
    return { measures };
  },
};

async function measureWith(
  bench: Bench,
  lanes: readonly Lane[],
  latency: number,
): Promise<Map<Lane, Outcomes<UploadRun>>> {
  await using storage = await startFaultProxy(bench.backend.storageUrl);
  await using signer = await startFaultProxy(bench.backend.signerUrl);
  const work: Work = {
    files: smallFiles(bench),
    limitMs: LIMIT_MS,
    // without delay, nothing is between the browser and the storage
    ...(latency && { proxies: { storageUrl: storage.url, signerUrl: signer.url } }),
  };
  const rounds = {
    rounds: bench.options.rounds ?? (bench.options.isQuick ? 1 : 3),
    secondsEach: 25,
    secondsInAll: 210,
  };
  return await runRounds<Lane, UploadRun>(lanes, rounds, async (lane) => {
    for (const proxy of [storage, signer]) {
      proxy.reset();
      proxy.pace = { latency };
    }
    bench.log(`${lane.label}, ${latency} ms`);
    return runWholeUpload(bench, lane, work);
  });
}

function measuresOf(bench: Bench, outcomes: ReadonlyMap<Lane, Outcomes<UploadRun>>, latency: number): Measure[] {
  const floor = outcomes.get(BARE_POST)!;
  const title = `${smallFilesText(bench)}, ${latency} ms`;
  return [
    {
      name: `time-${latency}-ms`,
      title: `${title}: time, compared with bare requests`,
      unit: '×',
      goal: GOALS[latency]!,
      isCharted: true,
      figures: figuresOf(outcomes, (outcome) => ratiosOf(outcome, floor, ({ ms }) => ms)),
    },
    {
      name: `seconds-${latency}-ms`,
      title: `${title}: time`,
      unit: 's',
      figures: secondsOf(outcomes),
    },
    {
      name: `signing-requests-${latency}-ms`,
      title: `${title}: requests to the signer`,
      unit: 'requests',
      goal: 10,
      figures: figuresOf(outcomes, (outcome) => valuesOf(outcome, (run) => run.signingRequests)),
    },
    {
      name: `signer-preflights-${latency}-ms`,
      title: `${title}: preflights to the signer`,
      unit: 'requests',
      goal: 1,
      figures: figuresOf(outcomes, (outcome) => valuesOf(outcome, (run) => run.signerPreflights)),
    },
  ];
}
