// Prepares a fresh clone for `npm start`, `npm run signer` and `npm test`. It runs before any package is installed, so it
// imports only Node's own modules.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Absolute path of the repository. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** As `engines` in package.json. */
const MIN_NODE = { major: 20, minor: 19 };

/** The files and folders that `npm run build` reads. */
const BUILD_INPUTS = [
  'widget',
  'tools',
  'rollup.config.mjs',
  'custom-elements-manifest.config.mjs',
  'tsconfig.json',
  'package-lock.json',
];

/** The file that `npm run build` writes last. */
const LAST_BUILD_OUTPUT = 'dist/custom-elements.json';

/** Checks the version of Node and the folder's name, and runs `npm ci` unless node_modules matches package-lock.json. Exits on failure. */
export function install() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < MIN_NODE.major || (major === MIN_NODE.major && minor < MIN_NODE.minor)) {
    exitWithError(
      `This project needs Node ${MIN_NODE.major}.${MIN_NODE.minor} or later, but runs on Node ${process.versions.node}. ` +
        'Install a newer one from https://nodejs.org and try again.',
    );
  }
  if (root.includes('?')) {
    exitWithError(
      `The demo and the tests cannot run in ${root}, because tsx, which runs their TypeScript, takes the "?" in the name of a ` +
        'folder for the start of a query. Rename that folder, and try again. "npm run build" works there.',
    );
  }
  if (isInstalled()) return;
  console.log('Installing packages with "npm ci". The first time takes a minute or two.');
  runNpm(['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}

/** Runs `npm run build` if a source changed since the last build. Exits on failure. */
export function build() {
  const builtAt = lastChangeMs([path.join(root, LAST_BUILD_OUTPUT)]);
  if (lastChangeMs(BUILD_INPUTS.map((name) => path.join(root, name))) < builtAt) return;
  console.log('Building dist/. This takes about 20 seconds.');
  runNpm(['run', '--silent', 'build']);
}

function runNpm(args) {
  const { status, error } = spawnSync('npm', args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32', // npm is a .cmd file there, which needs a shell
  });
  if (error) exitWithError(`npm could not start: ${error.message}. Check that npm is installed and on the PATH.`);
  if (status !== 0)
    exitWithError(`"npm ${args.join(' ')}" failed. Fix the error that it printed above, and try again.`);
}

function exitWithError(message) {
  console.error(message);
  process.exit(1);
}

/**
 * Whether every package has the version that package-lock.json names. Modification times would not tell: a checkout or a
 * copy changes them.
 */
function isInstalled() {
  const installed = readPackages(path.join(root, 'node_modules', '.package-lock.json'));
  return Object.entries(readPackages(path.join(root, 'package-lock.json'))).every(
    ([name, { version, optional, peer, link }]) =>
      !name.includes('node_modules/') || optional || peer || link || installed[name]?.version === version,
  );
}

const readPackages = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : {});

/** The latest modification time of these files and all files below them, in milliseconds since 1970. 0: none exists. */
function lastChangeMs(paths) {
  return paths.reduce((latest, file) => {
    const stat = statSync(file, { throwIfNoEntry: false });
    if (!stat) return latest;
    if (!stat.isDirectory()) return Math.max(latest, stat.mtimeMs);
    return Math.max(latest, stat.mtimeMs, lastChangeMs(readdirSync(file).map((name) => path.join(file, name))));
  }, 0);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) install();
