import { createFileOnDisk } from '../../fixtures/file-on-disk.ts';
import { MiB } from '../../fixtures/files.ts';
import { startFaultProxy } from '../../helpers/faults.ts';
import { figuresOf, secondsOf } from '../figures.ts';
import {
  BARE_PARTS,
  BARE_POST,
  DROPZONE,
  FILEPOND,
  FINE_UPLOADER,
  type Lane,
  OURS,
  selectLanes,
  UPPY,
  UPPY_5,
  variant,
} from '../lanes.ts';
import { type Outcomes, ratiosOf, runRounds, valuesOf } from '../rounds.ts';
import { runWholeUpload, type UploadRun } from '../run-uploader.ts';
import type { Bench, Scenario } from '../scenario.ts';

const LATENCY_MS = 100;
const BYTES_PER_SECOND = 2 * MiB;
const LIMIT_MS = 90_000;
const IN_PARTS = { parts: true };

/** Uploads that use one connection. The link is their limit, so they run at the same time. */
const ONE_CONNECTION = [
  BARE_POST,
  variant(OURS, 'in one POST', {}),
  variant(UPPY, 'in one POST', {}),
  variant(UPPY, 'in parts', IN_PARTS),
  DROPZONE,
  FILEPOND,
];
/** Uploads that use several. They run one after another, beside those above. */
const SEVERAL_CONNECTIONS = [
  BARE_PARTS,
  ...[OURS, UPPY_5, FINE_UPLOADER].map((lane) => variant(lane, 'in parts', IN_PARTS)),
];

interface SlowRun extends UploadRun {
  /** The most requests to the storage that were open at a time. */
  openRequests: number;
}

const fileBytes = ({ options }: Bench): number => (options.isQuick ? 16 : 100) * MiB;

export const slowLink: Scenario = {
  name: 'slow-link',
  title: 'A large file over a slow link',
  hasPeers: true,
  about: (bench) => [
    `One file of ${fileBytes(bench) / MiB} MiB, with ${LATENCY_MS} ms of round-trip time and ${BYTES_PER_SECOND / MiB} MiB/s ` +
      'for each connection: a link as of a far region, where one connection does not fill the line. A link that is itself the ' +
      'bottleneck gains less from parts. The proxy that slows the requests down delays each request, and reads its body at the ' +
      'given rate; it has no packet loss and no slow start.',
    'By default s3-uploader sends files of 16 MiB and more in parts. The floor is bare requests, six parts at a time. Uploads with one connection run at the same time, because the link ' +
      'limits them and not this machine; those with several connections run one after another beside them.',
  ],
  async run(bench) {
    const { isQuick, peers, rounds = isQuick ? 1 : 2 } = bench.options;
    const file = createFileOnDisk('large.bin', fileBytes(bench));
    const measure = async (lane: Lane): Promise<SlowRun> => {
      bench.log(lane.label);
      await using storage = await startFaultProxy(bench.backend.storageUrl);
      await using signer = await startFaultProxy(bench.backend.signerUrl);
      storage.pace = { latency: LATENCY_MS, bytesPerSecond: BYTES_PER_SECOND };
      signer.pace = { latency: LATENCY_MS };
      const proxies = { storageUrl: storage.url, signerUrl: signer.url };
      const run = await runWholeUpload(bench, lane, { files: [file.path], limitMs: LIMIT_MS, proxies });
      return { ...run, openRequests: storage.peak };
    };
    const options = { rounds };
    const [several, ...single] = await Promise.all([
      runRounds(selectLanes(SEVERAL_CONNECTIONS, peers), options, measure),
      ...selectLanes(ONE_CONNECTION, peers).map((lane) => runRounds([lane], options, measure)),
    ]);
    const outcomes = new Map<Lane, Outcomes<SlowRun>>([...several, ...single.flatMap((map) => [...map])]);
    const floor = outcomes.get(BARE_PARTS)!;
    const title = `${fileBytes(bench) / MiB} MiB, ${LATENCY_MS} ms, ${BYTES_PER_SECOND / MiB} MiB/s a connection`;
    return {
      measures: [
        {
          name: 'time',
          title: `${title}: time, compared with bare parts`,
          unit: '×',
          goal: 1.05,
          goalFor: variant(OURS, 'in parts', IN_PARTS).label,
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
          name: 'signing-requests',
          title: `${title}: requests to the signer`,
          unit: 'requests',
          figures: figuresOf(outcomes, (outcome) => valuesOf(outcome, (run) => run.signingRequests)),
        },
        {
          name: 'open-requests',
          title: `${title}: requests to the storage that were open at a time`,
          unit: 'requests',
          better: 'neither',
          figures: figuresOf(outcomes, (outcome) => valuesOf(outcome, (run) => run.openRequests)),
        },
      ],
    };
  },
};
