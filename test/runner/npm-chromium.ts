import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const home = fileURLToPath(new URL('npm-chromium/', import.meta.url));
const pkg = path.join(home, 'node_modules', '@sparticuz', 'chromium');

export interface BrowserProgram {
  executablePath: string;
  env?: Record<string, string>;
}

/**
 * A Chromium out of the npm registry, for a Linux x64 machine with no browser and no wish for a package manager.
 * `npm-chromium/package-lock.json` pins it; it is installed on first need and unpacked once.
 *
 * @throws {Error} on any other machine.
 */
export async function npmChromium(): Promise<BrowserProgram> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      `No browser was found, and npm has no Chromium for ${process.platform} on ${process.arch}. ` +
        'Install Chrome or Firefox, or set CHROME_PATH or FIREFOX_PATH to one.',
    );
  }
  const { version, entry } = install();
  const unpacked = path.join(home, 'node_modules', '.cache', version);
  if (!existsSync(unpacked)) await unpack(entry, unpacked);

  const executablePath = path.join(unpacked, 'chromium');
  const env: Record<string, string> = {};
  // its own libraries and fonts only where the system has none
  if (lacksLibraries(executablePath)) {
    env.LD_LIBRARY_PATH = [path.join(unpacked, 'al2023', 'lib'), process.env.LD_LIBRARY_PATH].filter(Boolean).join(':');
  }
  if (!process.env.FONTCONFIG_PATH && !existsSync('/etc/fonts')) env.FONTCONFIG_PATH = path.join(unpacked, 'fonts');
  return { executablePath, env };
}

function install(): { version: string; entry: string } {
  if (!existsSync(path.join(pkg, 'bin', 'chromium.br'))) {
    console.error('No browser found: fetching Chromium from npm, about 69 MB, once …');
    execFileSync('npm', ['ci', '--ignore-scripts', '--loglevel=error'], {
      cwd: home,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  const manifest = JSON.parse(readFileSync(path.join(pkg, 'package.json'), 'utf8')) as {
    version: string;
    exports: { '.': { default?: string; import?: { default: string } } };
  };
  const entry = manifest.exports['.'].import?.default ?? manifest.exports['.'].default;
  if (!entry) throw new Error('@sparticuz/chromium has no entry for import');
  return { version: manifest.version, entry: path.join(pkg, entry) };
}

/**
 * The package unpacks into `os.tmpdir()`, and takes for good whatever lies there already. So it gets a directory of its
 * own, which is renamed into place: neither a broken nor a concurrent unpacking is ever used.
 */
async function unpack(entry: string, target: string): Promise<void> {
  console.error('Unpacking Chromium, about 200 MB, once …');
  const work = `${target}.${process.pid}`;
  mkdirSync(work, { recursive: true });
  const names = ['TMPDIR', 'AWS_EXECUTION_ENV', 'LD_LIBRARY_PATH', 'FONTCONFIG_PATH'];
  const saved = names.map((name) => [name, process.env[name]] as const);
  process.env.TMPDIR = work;
  process.env.AWS_EXECUTION_ENV = 'AWS_Lambda_nodejs20.x'; // makes it unpack its shared libraries too
  try {
    const { default: chromium } = (await import(pathToFileURL(entry).href)) as {
      default: { executablePath(): Promise<string> };
    };
    await chromium.executablePath();
  } finally {
    for (const [name, value] of saved) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
  try {
    renameSync(work, target);
  } catch (error) {
    if (!existsSync(target)) throw error;
    rmSync(work, { recursive: true, force: true });
  }
}

function lacksLibraries(executable: string): boolean {
  try {
    return execFileSync('ldd', [executable], { encoding: 'utf8' }).includes('not found');
  } catch {
    return true; // no ldd: a machine so bare has no libraries either
  }
}
