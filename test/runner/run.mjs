// Runs the tests, and installs and builds what they need. Node's own modules only, so that it runs in a fresh clone.
//
//   node test/runner/run.mjs [--only=node|browsers] [--browsers=auto|chromium,firefox,webkit,npm] [--gateway] [file …]
//
// --gateway runs the tests of the storage and the signer, and the end-to-end tests, against Ceph's gateway instead of the
// local storage.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { build, install, root } from '../../demo/setup.mjs';
import { startGateway } from './gateway.mjs';
import { printSummary } from './summary.mjs';

const { values: options, positionals: names } = parseArgs({
  options: { only: { type: 'string' }, browsers: { type: 'string' }, gateway: { type: 'boolean', default: false } },
  allowPositionals: true,
});
/** A test file in Node that takes longer hangs. */
const FILE_TIMEOUT_MS = 240_000;
/** A runner that takes longer hangs, whatever keeps it alive. */
const RUN_TIMEOUT_MS = 1_800_000;
const FAULTS = ['test/faults/faults.test.ts', 'test/faults/soak.test.ts', 'test/faults/commands.test.ts'];
const IN_BROWSERS = ['test/element/', 'test/view/', 'test/media/', 'test/e2e/', ...FAULTS];
/** Needs settings of the system, such as forced colors, which Firefox takes only when it starts. */
const SYSTEM_SETTINGS = 'test/view/media-queries.test.ts';
const NEEDS_DIST = ['test/e2e/', 'test/tools/', 'test/sign/pages', 'test/demo/'];
const AGAINST_GATEWAY = [
  'test/storage/',
  'test/signer/',
  'test/sign/presets',
  'test/sign/cognito-storage',
  'test/sign/pages',
  'test/e2e/',
  'test/demo/signer-alone',
  'test/element/upload.test.ts',
];

/** What a Node test imports if it uses the storage under test. Other tests need no second run against the gateway. */
const OPENS_STORAGE = /\/(bucket|doctor-target|test-storage|upload-servers)\.ts'|\bstartStorageUnderTest\b|TEST_S3/;

const startsWithAny = (file, prefixes) => prefixes.some((prefix) => file.startsWith(prefix));
const runsInBrowsers = (file) => startsWithAny(file, IN_BROWSERS);
const runsAgainstGateway = (file) =>
  startsWithAny(file, AGAINST_GATEWAY) &&
  (runsInBrowsers(file) || OPENS_STORAGE.test(readFileSync(path.join(root, file), 'utf8')));

const runs = [];
const scratch = mkdtempSync(path.join(os.tmpdir(), 's3-uploader-test-'));
let gateway;
let running;
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    interrupted = true; // the current run ends, and then the gateway is stopped as usual
    running?.kill(signal);
  });
}
try {
  install();
  const files = testFiles()
    .filter((file) => !options.gateway || runsAgainstGateway(file))
    .filter((file) => !options.only || runsInBrowsers(file) === (options.only === 'browsers'));
  if (files.some((file) => startsWithAny(file, NEEDS_DIST))) build();
  if (options.gateway) gateway = await startGateway(path.join(scratch, 'ceph'));
  await runInNode(files.filter((file) => !runsInBrowsers(file)));
  await runInBrowsers(files.filter(runsInBrowsers));
} finally {
  gateway?.stop();
  rmSync(scratch, { recursive: true, force: true });
}

const { passed, failed } = printSummary(runs);
process.exitCode = interrupted || failed || !passed ? 1 : 0;

/** The test files in the given folders, those whose paths start with another given name, or all. */
function testFiles() {
  const all = readdirSync(path.join(root, 'test'), { recursive: true })
    .map((file) => `test/${file.split(path.sep).join('/')}`)
    .filter((file) => file.endsWith('.test.ts') && !file.includes('/node_modules/'))
    .sort();
  const prefixes = names.map((name) => {
    const isFolder = statSync(name, { throwIfNoEntry: false })?.isDirectory();
    const prefix = path.relative(root, path.resolve(name)).split(path.sep).join('/');
    return isFolder ? `${prefix}/` : prefix; // test/sign is not test/signer
  });
  for (const prefix of prefixes) {
    if (!all.some((file) => file.startsWith(prefix))) throw new Error(`No test file's path starts with ${prefix}`);
  }
  return prefixes.length ? all.filter((file) => startsWithAny(file, prefixes)) : all;
}

async function runInNode(files) {
  if (!files.length) return;
  const output = path.join(scratch, 'node.json');
  await run(`Node ${process.versions.node}`, output, [
    ...['--import', 'tsx', '--test', `--test-timeout=${FILE_TIMEOUT_MS}`],
    ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
    ...['--test-reporter=./test/runner/node-results-reporter.mjs', `--test-reporter-destination=${output}`],
    ...files,
  ]);
}

async function runInBrowsers(files, browsers = options.browsers ?? process.env.BROWSERS ?? 'auto') {
  if (!files.length) return;
  const output = path.join(scratch, 'browsers.json');
  const webTestRunner = path.join('node_modules', '@web', 'test-runner', 'dist', 'bin.js');
  const title = browsers === 'auto' ? 'the installed browser' : browsers.split(',').join(', ');
  const runFiles = (title, files, browsers) =>
    run(title, output, [webTestRunner, '--files', ...files], { BROWSERS: browsers, TEST_RESULTS: output });
  const first = await runFiles(title, files, browsers);
  if (first?.crashed.length) {
    first.retried.push(...first.crashed.map((file) => `1× in WebKitGTK: ${file}: the browser crashed`));
    const second = await runFiles('webkit, after a crash', first.crashed, 'webkit');
    for (const file of second?.crashed ?? []) addFailure(second, `in WebKitGTK: ${file}: the browser crashed twice`);
  }
  if (browsers.split(',').includes('firefox')) {
    await runInBrowsers(
      files.filter((file) => file === SYSTEM_SETTINGS),
      'firefox-with-system-settings',
    );
  }
}

/**
 * Runs a test runner, keeps its results, and returns them; undefined when the run was interrupted. A runner that fails
 * without a failed test or a crash counts as a failed test.
 */
async function run(title, output, args, env = {}) {
  if (interrupted) return;
  const fullTitle = options.gateway ? `${title}, against Ceph's gateway` : title;
  console.log(`\nTests in ${fullTitle}:`);
  const start = performance.now();
  running = spawn(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: RUN_TIMEOUT_MS,
    killSignal: 'SIGKILL',
    env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', ...env, ...gateway?.env },
  });
  const code = await new Promise((resolve) => running.once('exit', resolve));
  const results = readResults(output);
  if (code !== 0 && !results.failed && !results.crashed.length) results.failed = 1;
  runs.push({ title: fullTitle, results, seconds: Math.round((performance.now() - start) / 1000) });
  return results;
}

function addFailure(results, description) {
  results.failed++;
  results.failures.push(description);
}

/** Empty results when the runner has written none: it was killed, or has not started. */
function readResults(file) {
  try {
    return { crashed: [], ...JSON.parse(readFileSync(file, 'utf8')) };
  } catch {
    return { passed: 0, failed: 0, failures: [], skipped: [], retried: [], crashed: [] };
  }
}
