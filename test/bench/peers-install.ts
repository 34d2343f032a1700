import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';

const FOLDERS = ['peers', path.join('peers', 'uppy-5')].map((folder) => path.join(import.meta.dirname, folder));

/**
 * Installs the other uploaders from npm, unless they are installed. They are no dependencies of the project, so that a plain
 * `npm ci` stays small.
 *
 * @throws {Error} when npm fails
 */
export function installPeers(): void {
  for (const folder of FOLDERS) {
    const lock = statSync(path.join(folder, 'package-lock.json')).mtimeMs;
    const installed = statSync(path.join(folder, 'node_modules', '.package-lock.json'), { throwIfNoEntry: false });
    if (installed && installed.mtimeMs >= lock) continue;
    console.log('Installing the other uploaders with "npm ci".');
    const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: folder,
      stdio: 'inherit',
      shell: process.platform === 'win32', // npm is a .cmd file there, which needs a shell
    });
    if (status !== 0) throw new Error('npm ci has failed. With --peers=none, only s3-uploader is measured.');
  }
}

/** Name and version of each. */
export function peerVersions(): [name: string, version: string][] {
  return FOLDERS.flatMap((folder) => {
    const text = readFileSync(path.join(folder, 'package.json'), 'utf8');
    return Object.entries((JSON.parse(text) as { dependencies: Record<string, string> }).dependencies);
  });
}
