import { execFileSync } from 'node:child_process';
import os from 'node:os';
import { type BenchOptions, commandOf } from './bench-options.ts';
import type { Circumstances } from './report/stored-result.ts';

/** Rounds on request that are fewer than this are a reduced run: they show no spread. */
const MIN_ROUNDS = 3;

/** Where and how this run measures, without the scenario's own time. */
export function circumstancesOf(name: string, options: BenchOptions, chromium: string): Omit<Circumstances, 'seconds'> {
  return {
    command: commandOf(name, options),
    isReduced: options.isQuick || (options.rounds ?? MIN_ROUNDS) < MIN_ROUNDS,
    date: new Date().toISOString(),
    commit: commitOf(),
    chromium: chromium.replace('/', ' '),
    node: process.versions.node,
    system: `${os.type()} on ${os.availableParallelism()} processors`,
    storage: options.gateway
      ? 'storage Ceph’s gateway of `test/rig`'
      : process.env.TEST_S3_ENDPOINT
        ? 'storage the S3 server at `TEST_S3_ENDPOINT`'
        : 'storage this project’s own local one',
  };
}

/** The short hash; with `+` when there are changes that are not committed, except those that the benchmark itself writes. */
function commitOf(): string {
  const git = (...args: string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim();
  try {
    const changes = git('status', '--porcelain', '--', '.', ':!docs/performance', ':!docs/performance.md');
    return git('rev-parse', '--short', 'HEAD') + (changes && '+');
  } catch {
    return 'unknown';
  }
}
