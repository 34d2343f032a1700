import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import type { BrowserLauncher } from '@web/test-runner';
import { chromeLauncher } from '@web/test-runner-chrome';
import puppeteer from 'puppeteer-core';
import { type BrowserProgram, npmChromium } from './npm-chromium.ts';
import { findWebKit } from './webkit-driver.ts';
import { WebKitLauncher } from './webkit.ts';

const CHROMIUMS = [
  'google-chrome-stable',
  'google-chrome',
  'chromium',
  'chromium-browser',
  'microsoft-edge',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];
const FIREFOXES = ['firefox', 'firefox-esr', '/Applications/Firefox.app/Contents/MacOS/firefox'];

/** A Firefox on a system with forced colors and reduced motion, which it takes only from preferences at its start. */
const FIREFOX_WITH_SYSTEM_SETTINGS = 'firefox-with-system-settings';
const SYSTEM_SETTINGS = { 'browser.display.document_color_use': 2, 'ui.prefersReducedMotion': 1 };

/** Tests of HTTP/2 have a certificate of their own; see `helpers/certificate.ts`. */
const SHARED_OPTIONS = { acceptInsecureCerts: true };

/** The command that installs a browser that is requested by name and missing. */
const INSTALL = {
  chromium: 'Chromium: apt-get install --no-install-recommends chromium (or set CHROME_PATH)',
  firefox: 'Firefox: apt-get install --no-install-recommends firefox-esr (or set FIREFOX_PATH)',
  webkit: 'WebKitGTK: apt-get install --no-install-recommends webkit2gtk-driver xvfb',
};

/**
 * The launchers of the browsers to test in.
 *
 * @param names `auto` for the first that exists of an installed Chrome or Chromium, an installed Firefox, and a Chromium
 *   from npm; or any of `chromium`, `firefox`, `webkit`, `npm` for these
 * @throws {Error} listing all missing browsers and the commands that install them
 */
export async function launchers(names: readonly string[]): Promise<BrowserLauncher[]> {
  const chromiumPath = process.env.CHROME_PATH ?? which(CHROMIUMS);
  const firefoxPath = findFirefox();
  const webkit = findWebKit();
  const missing: string[] = [];
  const found: BrowserLauncher[] = [];
  for (const name of names.flatMap((n) =>
    n === 'auto' ? [chromiumPath ? 'chromium' : firefoxPath ? 'firefox' : 'npm'] : n,
  )) {
    if (name === 'chromium') {
      if (chromiumPath) found.push(chromium({ executablePath: chromiumPath }));
      else missing.push(INSTALL.chromium);
    } else if (name === 'firefox') {
      if (firefoxPath) found.push(firefox(firefoxPath));
      else missing.push(INSTALL.firefox);
    } else if (name === FIREFOX_WITH_SYSTEM_SETTINGS) {
      if (firefoxPath) found.push(firefox(firefoxPath, SYSTEM_SETTINGS));
      else missing.push(INSTALL.firefox);
    } else if (name === 'webkit') {
      if (webkit) found.push(new WebKitLauncher(webkit));
      else missing.push(INSTALL.webkit);
    } else if (name === 'npm') {
      found.push(chromium(await npmChromium()));
    } else {
      throw new Error(
        `BROWSERS: "${name}" is no browser; use auto, chromium, firefox, ${FIREFOX_WITH_SYSTEM_SETTINGS}, webkit, npm`,
      );
    }
  }
  if (missing.length) throw new Error(['A browser is missing.', ...missing].join('\n  '));
  return found;
}

/** The path of an installed Firefox; undefined when there is none. */
export const findFirefox = (): string | undefined => process.env.FIREFOX_PATH ?? which(FIREFOXES);

/** The installed Chromium, or else the one from npm, for tests and benchmarks that drive a browser themselves. */
export async function findChromium(): Promise<BrowserProgram> {
  const executablePath = process.env.CHROME_PATH ?? which(CHROMIUMS);
  return executablePath ? { executablePath } : npmChromium();
}

function chromium({ executablePath, env }: BrowserProgram): BrowserLauncher {
  const args = [
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
    '--no-default-browser-check',
    '--disable-dev-shm-usage',
    '--disable-gpu',
  ];
  // its sandbox needs user namespaces, which root and most containers lack
  if (process.getuid?.() === 0 || process.env.CI) args.push('--no-sandbox');
  return chromeLauncher({
    launchOptions: { ...SHARED_OPTIONS, executablePath, args, ...(env && { env: { ...process.env, ...env } }) },
  });
}

function firefox(executablePath: string, prefs: Record<string, unknown> = {}): BrowserLauncher {
  return chromeLauncher({
    puppeteer: puppeteer as never, // without it, the launcher looks for an installed Chrome
    concurrency: 1,
    launchOptions: {
      ...SHARED_OPTIONS,
      browser: 'firefox',
      executablePath,
      headless: true,
      extraPrefsFirefox: {
        'app.update.auto': false,
        'browser.safebrowsing.malware.enabled': false,
        'browser.safebrowsing.phishing.enabled': false,
        'datareporting.policy.dataSubmissionEnabled': false,
        'network.captive-portal-service.enabled': false,
        'network.connectivity-service.enabled': false,
        ...prefs,
      },
    },
  });
}

function which(names: readonly string[]): string | undefined {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const files = names.flatMap((name) =>
    path.isAbsolute(name) ? name : folders.map((folder) => path.join(folder, name)),
  );
  return files.find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
