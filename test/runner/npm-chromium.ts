import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const folder = fileURLToPath(new URL('npm-chromium/', import.meta.url));
const packageFolder = path.join(folder, 'node_modules', '@sparticuz', 'chromium');

/** A browser, and the environment that it needs. */
export interface BrowserProgram {
  executablePath: string;
  env?: Record<string, string>;
}

/**
 * Installs and unpacks a Chromium from npm, once, for Linux x64 machines without a browser. Its version is that of
 * `npm-chromium/package-lock.json`.
 *
 * @throws {Error} on other systems
 */
export async function npmChromium(): Promise<BrowserProgram> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      `No browser is installed, and npm has no Chromium for ${process.platform} on ${process.arch}. ` +
        'Install Chrome or Firefox, or set CHROME_PATH or FIREFOX_PATH to one.',
    );
  }
  const { version, entry } = install();
  const unpacked = path.join(folder, 'node_modules', '.cache', version);
  if (!existsSync(unpacked)) await unpack(entry, unpacked);

  const executablePath = path.join(unpacked, 'chromium');
  const env: Record<string, string> = {};
  // the package brings libraries and fonts, which are used only where the system has none
  if (lacksLibraries(executablePath)) {
    env.LD_LIBRARY_PATH = [path.join(unpacked, 'al2023', 'lib'), process.env.LD_LIBRARY_PATH].filter(Boolean).join(':');
  }
  if (!process.env.FONTCONFIG_PATH && !existsSync('/etc/fonts')) env.FONTCONFIG_PATH = path.join(unpacked, 'fonts');
  return { executablePath, env };
}

function install(): { version: string; entry: string } {
  if (!existsSync(path.join(packageFolder, 'bin', 'chromium.br'))) {
    console.error('No browser is installed: downloading Chromium from npm once, about 69 MB …');
    execFileSync('npm', ['ci', '--ignore-scripts', '--loglevel=error'], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  const manifest = JSON.parse(readFileSync(path.join(packageFolder, 'package.json'), 'utf8')) as {
    version: string;
    exports: { '.': { default?: string; import?: { default: string } } };
  };
  const entry = manifest.exports['.'].import?.default ?? manifest.exports['.'].default;
  if (!entry) throw new Error('The package @sparticuz/chromium exports no module');
  return { version: manifest.version, entry: path.join(packageFolder, entry) };
}

/**
 * Unpacks Chromium into `target`. The package unpacks into `os.tmpdir()`, and reuses whatever is there. So it gets a
 * directory of its own, which is then renamed: an unfinished or concurrent unpacking is never used.
 */
async function unpack(entry: string, target: string): Promise<void> {
  console.error('Unpacking Chromium once, about 200 MB …');
  const work = `${target}.${process.pid}`;
  mkdirSync(work, { recursive: true });
  const names = ['TMPDIR', 'AWS_EXECUTION_ENV', 'LD_LIBRARY_PATH', 'FONTCONFIG_PATH'];
  const saved = names.map((name) => [name, process.env[name]] as const);
  process.env.TMPDIR = work;
  process.env.AWS_EXECUTION_ENV = 'AWS_Lambda_nodejs20.x'; // the package unpacks its shared libraries only for Lambda
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
    return true; // a system without ldd lacks libraries, too
  }
}
