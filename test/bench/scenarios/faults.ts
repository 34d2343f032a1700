import { setTimeout as delay } from 'node:timers/promises';
import { type Fault, startFaultProxy } from '../../helpers/faults.ts';
import { MiB } from '../../fixtures/files.ts';
import { inParallel } from '../page/integrator.ts';
import { type Lane, OURS, PEERS, selectLanes, FINE_UPLOADER, UPPY_5, variant } from '../lanes.ts';
import { runUpload, type UploadRun } from '../run-uploader.ts';
import type { Bench, Scenario } from '../scenario.ts';

/** A fault on the way to the storage or to the signer. */
interface FaultCase {
  title: string;
  /** Whether nobody responds, so that most uploaders wait until the limit. */
  isSilent?: boolean;
  storage?: Fault[];
  signer?: Fault[];
}

const s3Error = (code: string, message: string): string =>
  `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
/** Requests that carry a file, and not those that open or complete an upload. */
const minBytes = MiB;
const denied = { do: 'answer', status: 403, minBytes, times: 1 } as const;

const FAULTS: readonly FaultCase[] = [
  { title: 'no fault' },
  {
    title: 'a connection is reset, once',
    storage: [
      { do: 'cut', at: { bytes: MiB }, minBytes, times: 1 },
      // on a connection that was used before, Chromium sends the request again by itself, and the uploader notices nothing
      { do: 'headers', method: '*', headers: { connection: 'close' } },
    ],
  },
  { title: 'connections are reset for 3 s', storage: [{ do: 'cut', at: { bytes: MiB }, minBytes, lasts: 3000 }] },
  {
    title: 'the body stalls at 40 %, once',
    isSilent: true,
    storage: [{ do: 'stall', at: { share: 0.4 }, minBytes, times: 1 }],
  },
  {
    title: '503 SlowDown, twice',
    storage: [
      { do: 'answer', status: 503, body: s3Error('SlowDown', 'Reduce your request rate.'), minBytes, times: 2 },
    ],
  },
  {
    title: 'no response after the body, once',
    isSilent: true,
    storage: [{ do: 'swallow', stored: false, minBytes, times: 1 }],
  },
  {
    title: '403, signature expired, once',
    storage: [
      { ...denied, method: 'POST', body: s3Error('AccessDenied', 'Invalid according to Policy: Policy expired.') },
      { ...denied, method: 'PUT', body: s3Error('AccessDenied', 'Request has expired') },
    ],
  },
  { title: 'the signer responds with 500, once', signer: [{ do: 'answer', status: 500, times: 1 }] },
  { title: 'the signer never responds, once', isSilent: true, signer: [{ do: 'swallow', stored: false, times: 1 }] },
];

const IN_PARTS = { parts: true };
const LANES = [
  variant(OURS, 'in one POST', {}),
  variant(OURS, 'in parts', IN_PARTS),
  ...PEERS.filter((lane) => lane !== FINE_UPLOADER),
  variant(UPPY_5, 'in parts', IN_PARTS),
  FINE_UPLOADER,
  variant(FINE_UPLOADER, 'with retries', { retries: true }),
];
const FILE_BYTES = 32 * MiB;
/** Runs at a time: those that wait for a response take hardly any of the processor. */
const PARALLEL_RUNS = { silent: 12, other: 3 };
/** Milliseconds between the starts of runs that wait, so that each sends its file alone. */
const START_INTERVAL_MS = 1500;
const LIMIT_MS = 60_000;

/** A quick run leaves out the faults that take a minute each. */
const faultsOf = ({ options }: Bench): FaultCase[] => FAULTS.filter(({ isSilent }) => !(options.isQuick && isSilent));

export const faults: Scenario = {
  name: 'faults',
  title: 'Faults survived',
  hasPeers: true,
  about: () => [
    `One file of ${FILE_BYTES / MiB} MiB, one fault on its way, and no click of a visitor. A cell says whether the file is stored after ` +
      `at most ${LIMIT_MS / 1000} s, and when; what was stored is read from the storage. _Waits_ means no event in that ` +
      'time: the visitor sees an upload that never ends. _Yet stored_ means that the storage has the file, and the ' +
      'visitor is told that it failed. Each cell is one run. Several run at the same time, so that times are rough.',
    'After a body without a response, s3-uploader asks the signer after 10, 20 and 40 s whether the file is stored. A slow proxy ' +
      'may still hold the body, so that one POST is sent again only once a network of 512 kbit/s would have carried it: for ' +
      `${FILE_BYTES / MiB} MiB after ${FILE_BYTES / 65_536} s. By default, files of 16 MiB and more go in parts.`,
    'Dropzone and FilePond retry only in their own chunk protocols, which S3 does not speak. Fine Uploader retries when that is ' +
      'turned on. For Uppy, Dropzone and FilePond, the requests to the signer are the integrator’s code, and so is FilePond’s ' +
      'request to the storage: here it has no timeout and no retry, as in their documentation. These cells say that the ' +
      'uploader does not make up for it.',
  ],
  async run(bench) {
    const cases = faultsOf(bench);
    const lanes = selectLanes(LANES, bench.options.peers);
    const cells = new Map<FaultCase, Map<Lane, Verdict>>(cases.map((fault) => [fault, new Map()]));
    const runAll = async (isSilent: boolean): Promise<void> => {
      const jobs = cases
        .filter((fault) => Boolean(fault.isSilent) === isSilent)
        .flatMap((fault) => lanes.map((lane) => ({ fault, lane })));
      await inParallel(jobs, PARALLEL_RUNS[isSilent ? 'silent' : 'other'], async ({ fault, lane }, index) => {
        if (isSilent && index < PARALLEL_RUNS.silent) await delay(index * START_INTERVAL_MS);
        const verdict = await runFault(bench, lane, fault);
        cells.get(fault)!.set(lane, verdict);
        bench.log(`${fault.title}, ${lane.label}: ${verdict.text.replaceAll('**', '')}`);
      });
    };
    await runAll(false);
    await runAll(true);
    const faultCount = cases.length - 1;
    return {
      measures: [
        {
          name: 'survived',
          title: `Faults after which the file is stored within ${LIMIT_MS / 1000} s, of ${faultCount}`,
          unit: 'faults',
          goal: faultCount,
          better: 'more',
          isCharted: true,
          figures: lanes.map((lane) => ({
            uploader: lane.label,
            ...(lane.isOurs && { isOurs: true }),
            values: [cases.slice(1).filter((fault) => cells.get(fault)!.get(lane)!.isSurvived).length],
          })),
        },
      ],
      tables: [
        {
          title: 'What happened after each fault',
          head: ['Fault', ...lanes.map(({ label }) => label)],
          rows: cases.map((fault) => [fault.title, ...lanes.map((lane) => cells.get(fault)!.get(lane)!.text)]),
        },
      ],
    };
  },
};

interface Verdict {
  text: string;
  isSurvived: boolean;
}

async function runFault(bench: Bench, lane: Lane, fault: FaultCase): Promise<Verdict> {
  await using storage = await startFaultProxy(bench.backend.storageUrl);
  await using signer = await startFaultProxy(bench.backend.signerUrl);
  storage.faults = (fault.storage ?? []).map((each) => ({ ...each }));
  signer.faults = (fault.signer ?? []).map((each) => ({ ...each }));
  const files = { count: 1, size: FILE_BYTES, type: 'application/octet-stream', extension: 'bin' };
  const proxies = { storageUrl: storage.url, signerUrl: signer.url };
  try {
    const run = await runUpload(bench, lane, { files, limitMs: LIMIT_MS, proxies });
    const wasHit = [...storage.requests, ...signer.requests].some(({ fault }) => fault && fault !== 'headers');
    const hasFault = Boolean(fault.storage ?? fault.signer);
    if (hasFault && !wasHit) return { text: 'not hit by the fault', isSurvived: false };
    return verdictOf(run);
  } catch (error) {
    return { text: (error as Error).message.split('\n')[0]!, isSurvived: false };
  }
}

function verdictOf({ events, ms, storedObjects, isTimedOut }: UploadRun): Verdict {
  const seconds = `${(ms / 1000).toFixed(1)} s`;
  if (isTimedOut) return { text: storedObjects ? 'waits, yet stored' : 'waits', isSurvived: false };
  const [first] = events;
  if (first?.kind === 'failed') {
    return { text: `fails after ${seconds}${storedObjects ? ', yet stored' : ''}`, isSurvived: false };
  }
  if (storedObjects !== 1)
    return { text: `reports success, but ${storedObjects} objects are stored`, isSurvived: false };
  return { text: `**stored** after ${seconds}`, isSurvived: true };
}
