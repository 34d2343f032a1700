import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import type { BrowserLauncher } from '@web/test-runner';
import { chromeLauncher } from '@web/test-runner-chrome';
import puppeteer from 'puppeteer-core';
import { npmChromium } from './npm-chromium.ts';
import type { BrowserProgram } from './npm-chromium.ts';
import { findWebKit, WebKitLauncher } from './webkit.ts';

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

/** A Firefox on a system that asks for its own colours and for no motion: it can be told so before it starts only. */
export const FIREFOX_ASKED = 'firefox-asked';
const ASKED_OF_FIREFOX = { 'browser.display.document_color_use': 2, 'ui.prefersReducedMotion': 1 };

/** What stands in place of a browser that is asked for by name and is not there. */
const MISSING = {
  chromium: 'Chromium: apt-get install --no-install-recommends chromium (or set CHROME_PATH)',
  firefox: 'Firefox: apt-get install --no-install-recommends firefox-esr (or set FIREFOX_PATH)',
  webkit: 'WebKitGTK: apt-get install --no-install-recommends webkit2gtk-driver xvfb',
};

/**
 * The browsers to test in.
 *
 * @param names `auto`: the first of an installed Chrome or Chromium, an installed Firefox, a Chromium from npm. Or a list
 *   of `chromium`, `firefox`, `webkit`, `npm`: just these.
 * @throws {Error} naming what is missing, all at once, and the command that installs it.
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
      else missing.push(MISSING.chromium);
    } else if (name === 'firefox') {
      if (firefoxPath) found.push(firefox(firefoxPath));
      else missing.push(MISSING.firefox);
    } else if (name === FIREFOX_ASKED) {
      if (firefoxPath) found.push(firefox(firefoxPath, ASKED_OF_FIREFOX));
      else missing.push(MISSING.firefox);
    } else if (name === 'webkit') {
      if (webkit) found.push(new WebKitLauncher(webkit));
      else missing.push(MISSING.webkit);
    } else if (name === 'npm') {
      found.push(chromium(await npmChromium()));
    } else {
      throw new Error(
        `BROWSERS: no browser is called "${name}"; it takes auto, chromium, firefox, ${FIREFOX_ASKED}, webkit, npm`,
      );
    }
  }
  if (missing.length) throw new Error(['A browser is missing.', ...missing].join('\n  '));
  return found;
}

/** An installed Firefox, if there is one. */
export const findFirefox = (): string | undefined => process.env.FIREFOX_PATH ?? which(FIREFOXES);

/** A Chromium to drive by hand: the installed one, or that from npm. */
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
  // root and most containers have no user namespaces for its sandbox
  if (process.getuid?.() === 0 || process.env.CI) args.push('--no-sandbox');
  return chromeLauncher({ launchOptions: { executablePath, args, ...(env && { env: { ...process.env, ...env } }) } });
}

function firefox(executablePath: string, prefs: Record<string, unknown> = {}): BrowserLauncher {
  return chromeLauncher({
    puppeteer: puppeteer as never, // else the launcher looks for an installed Chrome
    concurrency: 1,
    launchOptions: {
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
