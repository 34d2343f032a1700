import { startFaultProxy } from '../../helpers/faults.ts';
import { figuresOf, secondsOf } from '../figures.ts';
import { BARE_POST, OURS, PARALLEL, variant } from '../lanes.ts';
import { ratiosOf, runRounds } from '../rounds.ts';
import { runWholeUpload } from '../run-uploader.ts';
import type { Scenario } from '../scenario.ts';
import { smallFiles, smallFilesText } from '../small-files.ts';

const LATENCY_MS = 100;
const ADDRESSES = 3;
const LIMIT_MS = 60_000;

const ONE = variant(OURS, 'at one address', {});
const SEVERAL = variant(OURS, `at ${ADDRESSES} addresses`, { parallel: ADDRESSES * PARALLEL });

export const severalAddresses: Scenario = {
  name: 'several-addresses',
  title: 'Several addresses',
  hasPeers: false,
  about: (bench) => [
    `${smallFilesText(bench)} with ${LATENCY_MS} ms of round-trip time, to one address of the ` +
      `bucket and to ${ADDRESSES} (\`SIGNER_UPLOAD_ENDPOINTS\`), with six connections to each. The floor is bare ` +
      '`XMLHttpRequest`s to one address whose files are signed before the time starts.',
  ],
  async run(bench) {
    await using signer = await startFaultProxy(bench.backend.signerUrl);
    await using first = await startFaultProxy(bench.backend.storageUrl);
    await using second = await startFaultProxy(bench.backend.storageUrl);
    await using third = await startFaultProxy(bench.backend.storageUrl);
    const proxies = [signer, first, second, third];
    const { isQuick, rounds = isQuick ? 1 : 2 } = bench.options;
    const outcomes = await runRounds([BARE_POST, ONE, SEVERAL], { rounds }, (lane) => {
      for (const proxy of proxies) {
        proxy.reset();
        proxy.pace = { latency: LATENCY_MS };
      }
      bench.log(lane.label);
      return runWholeUpload(bench, lane, {
        files: smallFiles(bench),
        limitMs: LIMIT_MS,
        proxies: { storageUrl: first.url, signerUrl: signer.url },
        ...(lane === SEVERAL && { furtherStorageUrls: [second.url, third.url] }),
      });
    });
    const floor = outcomes.get(BARE_POST)!;
    const title = `${smallFilesText(bench)}, ${LATENCY_MS} ms`;
    return {
      measures: [
        {
          name: 'time',
          title: `${title}: time, compared with bare requests to one address`,
          unit: '×',
          goal: 0.5,
          goalFor: SEVERAL.label,
          isCharted: true,
          figures: figuresOf(outcomes, (outcome) => ratiosOf(outcome, floor, ({ ms }) => ms)),
        },
        { name: 'seconds', title: `${title}: time`, unit: 's', figures: secondsOf(outcomes) },
      ],
    };
  },
};
