// Every test, with what it takes to run them. Node's own modules only, so that it runs in a fresh clone.
//
//   node test/runner/run.mjs [--only=node|browsers] [--browsers=auto|chromium,firefox,webkit,npm] [--gateway] [file …]
//
// --gateway: the tests of the storage and the signer, and those from end to end, against Ceph's gateway in place of the local storage.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { build, install, root } from '../../demo/setup.mjs';

const { values: asked, positionals: files } = parseArgs({
  options: { only: { type: 'string' }, browsers: { type: 'string' }, gateway: { type: 'boolean', default: false } },
  allowPositionals: true,
});
/** Milliseconds after which a test file hangs. */
const LONGEST = 240_000;
/** Milliseconds after which a runner does, whatever its files have left behind that keeps it. */
const LONGEST_RUN = 1_500_000;
const IN_BROWSERS = ['test/element/', 'test/view/', 'test/media/', 'test/e2e/'];
/** What a system asks of all pages, which Firefox can be told only before it starts. */
const OF_THE_SYSTEM = 'test/view/media-queries.test.ts';
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

const isIn = (file, folders) => folders.some((folder) => file.startsWith(folder));

const results = [];
const scratch = mkdtempSync(path.join(os.tmpdir(), 's3-uploader-test-'));
let gateway;
let running;
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    interrupted = true; // what runs is ended, and then the gateway is stopped as ever
    running?.kill(signal);
  });
}
try {
  install();
  const inBrowsers = (file) => isIn(file, IN_BROWSERS);
  const chosen = tests()
    .filter((file) => !asked.gateway || isIn(file, AGAINST_GATEWAY))
    .filter((file) => !asked.only || inBrowsers(file) === (asked.only === 'browsers'));
  if (chosen.some((file) => isIn(file, NEEDS_DIST))) build();
  if (asked.gateway) gateway = await startGateway();
  await runInNode(chosen.filter((file) => !inBrowsers(file)));
  await runInBrowsers(chosen.filter(inBrowsers));
} finally {
  gateway?.stop();
  rmSync(scratch, { recursive: true, force: true });
}

const sum = (key) => results.reduce((total, { tally }) => total + tally[key], 0);
console.log('');
for (const { title, tally, seconds } of results) {
  console.log(`  ${title}: ${tally.passed} passed, ${tally.failed} failed (${seconds} s)`);
  for (const each of tally.leftOut) console.log(`    left out: ${each}`);
}
if (!results.length) console.log('No test was run.');
console.log(`\n${sum('passed')} passed, ${sum('failed')} failed`);
process.exitCode = interrupted || sum('failed') || !sum('passed') ? 1 : 0;

/** The test files: those that were named, or all. */
function tests() {
  const all = readdirSync(path.join(root, 'test'), { recursive: true })
    .map((file) => `test/${file.split(path.sep).join('/')}`)
    .filter((file) => file.endsWith('.test.ts') && !file.includes('/node_modules/'))
    .sort();
  const named = files.map((file) => path.relative(root, path.resolve(file)).split(path.sep).join('/'));
  for (const name of named) {
    if (!all.some((file) => file.startsWith(name))) throw new Error(`No test file is called ${name}, or lies in it.`);
  }
  return named.length ? all.filter((file) => named.some((name) => file.startsWith(name))) : all;
}

async function runInNode(chosen) {
  if (!chosen.length) return;
  const file = path.join(scratch, 'node.json');
  await run(`Node ${process.versions.node}`, file, [
    ...['--import', 'tsx', '--test', `--test-timeout=${LONGEST}`],
    ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
    ...['--test-reporter=./test/runner/results-reporter.mjs', `--test-reporter-destination=${file}`],
    ...chosen,
  ]);
}

async function runInBrowsers(chosen, names = asked.browsers ?? process.env.BROWSERS ?? 'auto') {
  if (!chosen.length) return;
  const file = path.join(scratch, 'browsers.json');
  const wtr = path.join('node_modules', '@web', 'test-runner', 'dist', 'bin.js');
  const title = names === 'auto' ? 'the browser that is here' : names.split(',').join(', ');
  await run(title, file, [wtr, '--files', ...chosen], { BROWSERS: names, TEST_TALLY: file });
  if (names.split(',').includes('firefox')) {
    await runInBrowsers(
      chosen.filter((each) => each === OF_THE_SYSTEM),
      'firefox-asked',
    );
  }
}

/** Runs a test runner to its end, and notes its tally. A runner that fails without a failed test counts as one. */
async function run(title, file, args, env = {}) {
  if (interrupted) return;
  const what = asked.gateway ? `${title}, against Ceph's gateway` : title;
  console.log(`\nTests in ${what}:`);
  const start = performance.now();
  running = spawn(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: LONGEST_RUN,
    killSignal: 'SIGKILL',
    env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', ...env, ...gateway?.env },
  });
  const code = await new Promise((resolve) => running.once('exit', resolve));
  const tally = read(file);
  if (code !== 0 && !tally.failed) tally.failed = 1;
  results.push({ title: what, tally, seconds: Math.round((performance.now() - start) / 1000) });
}

/** Starts Ceph's gateway in a folder and on ports of its own, so that it meets no other. */
async function startGateway() {
  const keys = { S3RIG_ACCESS_KEY: 'GATEWAYTESTKEY000001', S3RIG_SECRET_KEY: 'gateway-test-secret' };
  const rig = { ...keys, S3RIG_DIR: path.join(scratch, 'ceph') };
  const script = (name, env) =>
    spawnSync('bash', [path.join(root, 'test', 'rig', name)], {
      stdio: 'inherit',
      env: { ...process.env, ...rig, ...env },
    }).status === 0;
  const stop = () => script('rgw-stop.sh');
  const port = await freePort();
  if (!script('rgw-start.sh', { S3RIG_PORT: `${port}`, S3RIG_MON_PORT: `${await freePort()}` })) {
    stop();
    throw new Error("Ceph's gateway did not start; what it says above is why.");
  }
  const env = {
    TEST_S3_ENDPOINT: `http://127.0.0.1:${port}`,
    TEST_S3_BUCKET: 'uploads',
    TEST_S3_REGION: 'us-east-1',
    TEST_S3_ACCESS_KEY_ID: keys.S3RIG_ACCESS_KEY,
    TEST_S3_SECRET_ACCESS_KEY: keys.S3RIG_SECRET_KEY,
  };
  return { env, stop };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { passed: 0, failed: 0, leftOut: [] };
  }
}
