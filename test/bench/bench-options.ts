import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** The name of the only scenario to run. Default all. */
  only?: string;
  /** Rounds of each scenario. Default: those of the scenario. */
  rounds?: number;
  /** Whether the other uploaders run, too. */
  peers: boolean;
  /** Whether the work is a small part of that of a full run, to see whether everything works. */
  isQuick: boolean;
  /** Whether the storage is Ceph's gateway of `test/rig`, which the command starts. */
  gateway: boolean;
  /** Whether nothing is measured, and only the page is written from the raw numbers that are stored. */
  isPageOnly: boolean;
}

/** @throws {Error} for an option that does not exist, or a value that is none */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      rounds: { type: 'string' },
      peers: { type: 'string', default: 'all' },
      quick: { type: 'boolean', default: false },
      gateway: { type: 'boolean', default: false },
      page: { type: 'boolean', default: false },
    },
  });
  const { only, rounds, peers, quick: isQuick, gateway, page: isPageOnly } = values;
  if (peers !== 'all' && peers !== 'none') throw new Error(`--peers=${peers} is neither all nor none`);
  if (rounds && !/^[1-9]\d?$/.test(rounds)) throw new Error(`--rounds=${rounds} is no number from 1 to 99`);
  return {
    ...(only && { only }),
    ...(rounds && { rounds: Number(rounds) }),
    peers: peers === 'all',
    isQuick,
    gateway,
    isPageOnly,
  };
}

/** The command that measures a scenario again in the same way. */
export function commandOf(name: string, { rounds, isQuick, gateway }: BenchOptions): string {
  const options = [`--only=${name}`, rounds && `--rounds=${rounds}`, isQuick && '--quick', gateway && '--gateway'];
  return `npm run bench -- ${options.filter(Boolean).join(' ')}`;
}
