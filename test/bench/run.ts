// Measures s3-uploader beside other uploaders, prints goal and figure, and writes docs/performance.md with its charts and the
// raw numbers.
//
//   npm run bench -- [--only=many-files] [--rounds=3] [--peers=none] [--quick] [--gateway]
//   npm run bench -- --page
//
// --peers=none measures s3-uploader and the floors only, and writes no page. --quick does a small part of the work, to see
// whether everything works; the page then says so. The storage is the local one, that at TEST_S3_ENDPOINT, or with --gateway
// Ceph's gateway of test/rig. --page measures nothing, and writes the page anew from the raw numbers.
import './without-sdk-warning.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { build } from '../../demo/setup.mjs';
import { startGateway } from '../runner/gateway.mjs';
import { startBackend } from './backend.ts';
import { startBenchBrowser } from './bench-browser.ts';
import { parseOptions } from './bench-options.ts';
import { circumstancesOf } from './circumstances.ts';
import { within } from './deadline.ts';
import { installPeers } from './peers-install.ts';
import { startPageServer } from './page-server.ts';
import { consoleText } from './report/console.ts';
import { writePage } from './report/page.ts';
import { writeResult } from './report/stored-result.ts';
import type { Bench, Scenario } from './scenario.ts';
import { SCENARIOS } from './scenarios/index.ts';

/** A scenario that takes longer hangs. */
const SCENARIO_TIMEOUT_MS = 600_000;

const options = parseOptions(process.argv.slice(2));
const names = SCENARIOS.map(({ name }) => name);
if (options.only && !names.includes(options.only)) {
  throw new Error(`--only=${options.only} is none of ${names.join(', ')}`);
}
if (!options.isPageOnly) {
  build();
  if (options.peers) installPeers();
}

const started = performance.now();
const secondsSince = (start: number): number => (performance.now() - start) / 1000;
/** What ends everything that was started, the last first. */
const closers: (() => unknown)[] = [];
const closeAll = async (): Promise<void> => {
  for (const close of closers.splice(0).reverse()) await Promise.resolve(close()).catch(console.error);
};
const use = <Resource extends AsyncDisposable>(resource: Resource): Resource => {
  closers.push(() => resource[Symbol.asyncDispose]());
  return resource;
};
let isInterrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    isInterrupted = true;
    process.exitCode = 1;
    void closeAll().finally(() => process.exit());
  });
}
try {
  await (options.isPageOnly ? writePage() : run());
} finally {
  await closeAll();
}

async function run(): Promise<void> {
  if (options.gateway) {
    const folder = await mkdtemp(path.join(os.tmpdir(), 's3-uploader-bench-'));
    closers.push(() => rm(folder, { recursive: true, force: true }));
    process.env.S3RIG_MEM_BYTES ??= String(8 * 2 ** 30);
    const gateway = await startGateway(path.join(folder, 'ceph'));
    closers.push(gateway.stop);
    Object.assign(process.env, gateway.env);
  }
  const pages = use(await startPageServer());
  const backend = use(await startBackend(pages.origin));
  const browser = use(await startBenchBrowser());
  const log = (text: string): void => console.log(`    ${secondsSince(started).toFixed(0).padStart(5)} s  ${text}`);
  const bench: Bench = { options, pages, backend, browser, log };

  for (const scenario of SCENARIOS) {
    if (isInterrupted || (options.only && scenario.name !== options.only)) continue;
    console.log(`\n${scenario.title} (--only=${scenario.name})`);
    try {
      await within(SCENARIO_TIMEOUT_MS, measure(bench, scenario));
    } catch (error) {
      if (isInterrupted) break;
      console.error(error);
      process.exitCode = 1;
      await browser.relaunch();
    }
  }
  if (options.peers && !isInterrupted) await writePage();
  console.log(
    `\nMeasured in ${Math.round(secondsSince(started))} s.${options.peers ? ' See docs/performance.md.' : ''}`,
  );
}

async function measure(bench: Bench, scenario: Scenario): Promise<void> {
  const start = performance.now();
  const circumstances = circumstancesOf(scenario.name, options, await bench.browser.version());
  const result = await scenario.run(bench);
  console.log(consoleText(result));
  if (!options.peers) return;
  const { name, title } = scenario;
  await writeResult({
    scenario: name,
    title,
    ...circumstances,
    seconds: secondsSince(start),
    about: scenario.about(bench),
    ...result,
  });
}
