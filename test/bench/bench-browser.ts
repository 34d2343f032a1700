import { readFileSync } from 'node:fs';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { findChromium } from '../runner/browsers.ts';
import { within } from './deadline.ts';

/** A page in a browser context of its own. */
export interface OpenPage extends AsyncDisposable {
  readonly page: Page;
}

/** One Chromium. */
export interface BenchBrowser extends AsyncDisposable {
  version(): Promise<string>;
  /** @param script runs in the page before its own */
  openPage(url: string, script?: string): Promise<OpenPage>;
  /**
   * Samples the memory of the processes that run pages: their resident set size.
   *
   * @returns a function that ends the sampling, and returns the most bytes beyond those at the start; NaN on systems other
   *   than Linux
   */
  watchMemory(): Promise<() => number>;
  /** Kills the browser, because a page does not answer, and starts another one. */
  relaunch(): Promise<void>;
}

const START_TIMEOUT_MS = 30_000;
const CLOSE_TIMEOUT_MS = 10_000;
const SAMPLE_INTERVAL_MS = 100;
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  // pages that run at the same time are all in the foreground
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
];

/** Starts the installed Chromium, or the one from npm. */
export async function startBenchBrowser(): Promise<BenchBrowser> {
  let browser = await launchChromium();
  const kill = async (): Promise<void> => {
    const process = browser.process();
    await within(CLOSE_TIMEOUT_MS, browser.close()).catch(() => process?.kill('SIGKILL'));
  };
  return {
    version: () => browser.version(),
    async openPage(url, script = '') {
      const context = await browser.createBrowserContext();
      const page = await context.newPage();
      // tsx wraps functions in __name(), including those that run in the page
      await page.evaluateOnNewDocument(`globalThis.__name = (named) => named; ${script}`);
      await page.setViewport({ width: 1280, height: 900 });
      await page.goto(url, { timeout: START_TIMEOUT_MS });
      return {
        page,
        async [Symbol.asyncDispose]() {
          await within(CLOSE_TIMEOUT_MS, context.close()).catch(() => {}); // `relaunch` may have closed it
        },
      };
    },
    async watchMemory() {
      const session = await browser.target().createCDPSession();
      const { processInfo } = await session.send('SystemInfo.getProcessInfo');
      await session.detach();
      const pids = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
      const memory = (): number => pids.reduce((sum, pid) => sum + residentBytes(pid), 0);
      const start = memory();
      let peak = start;
      const timer = setInterval(() => (peak = Math.max(peak, memory())), SAMPLE_INTERVAL_MS);
      return () => {
        clearInterval(timer);
        return Math.max(peak, memory()) - start;
      };
    },
    async relaunch() {
      await kill();
      browser = await launchChromium();
    },
    [Symbol.asyncDispose]: kill,
  };
}

async function launchChromium(): Promise<Browser> {
  const { executablePath, env } = await findChromium();
  return puppeteer.launch({
    executablePath,
    env: { ...process.env, ...env },
    args: FLAGS,
    timeout: START_TIMEOUT_MS,
    // the callers have limits of their own
    protocolTimeout: 0,
  });
}

/** NaN when there is no such process, or no /proc. */
function residentBytes(pid: number): number {
  try {
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes) * 1024;
  } catch {
    return NaN;
  }
}
