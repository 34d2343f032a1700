// What a fresh clone needs before anything in it can run: Node's own modules only.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Installs the packages that package-lock.json names, where they are not installed as it names them. */
export function install() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    stop(`This needs Node 20.19 or later; here it is ${process.versions.node}.`);
  }
  if (installed()) return;
  console.log('Installing packages with npm ci, a minute or two the first time …');
  npm(['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}

/** Builds dist/ where a source is newer than it. */
export function build() {
  const built = newest([path.join(root, 'dist', 'custom-elements.json')]); // what a build writes last
  const sources = [
    'widget',
    'tools',
    'rollup.config.mjs',
    'custom-elements-manifest.config.mjs',
    'tsconfig.json',
    'package-lock.json',
  ];
  if (newest(sources.map((name) => path.join(root, name))) < built) return;
  console.log('Building dist/, about twenty seconds …');
  npm(['run', '--silent', 'build']);
}

/** Runs npm, and ends with it where it fails. */
function npm(args) {
  const { status, error } = spawnSync('npm', args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (error) stop(`npm could not be started: ${error.message}`);
  if (status !== 0) stop(`npm ${args.join(' ')} failed; what it says above is why.`);
}

function stop(message) {
  console.error(message);
  process.exit(1);
}

/** By content, not by time: a checkout or a copy sets the times of files as it likes. */
function installed() {
  const there = packages(path.join(root, 'node_modules', '.package-lock.json'));
  return Object.entries(packages(path.join(root, 'package-lock.json'))).every(
    ([name, { version, optional, peer, link }]) =>
      !name.includes('node_modules/') || optional || peer || link || there[name]?.version === version,
  );
}

const packages = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : {});

/** The latest change, in milliseconds, below these paths; 0 where there is nothing. */
function newest(paths) {
  return paths.reduce((latest, file) => {
    const stat = statSync(file, { throwIfNoEntry: false });
    if (!stat) return latest;
    if (!stat.isDirectory()) return Math.max(latest, stat.mtimeMs);
    return Math.max(latest, stat.mtimeMs, newest(readdirSync(file).map((name) => path.join(file, name))));
  }, 0);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) install();
