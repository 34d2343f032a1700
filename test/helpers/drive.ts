import { existsSync } from 'node:fs';
import puppeteer from 'puppeteer-core';
import { findChromium, findFirefox } from './browsers.ts';
import { findWebKit, WebKitLauncher } from './webkit.ts';

export const ENGINES = ['chromium', 'firefox', 'webkit'] as const;
export type Engine = (typeof ENGINES)[number];

/** A browser that is driven from Node: one page at a time. */
export interface Driven extends AsyncDisposable {
  goto(url: string): Promise<void>;
  /** The value, as JSON can say it, that a function's body returns in the page; it may await. */
  run<T>(body: string): Promise<T>;
}

/**
 * Options of a test in this browser. Where there is none, the run says at its end what was left out; Chromium comes from
 * npm then. In CI nothing is left out.
 */
export function inEngine(engine: Engine): { skip?: string } {
  const isHere = { chromium: true, firefox: !!findFirefox(), webkit: !!findWebKit() && existsSync('/usr/bin/Xvfb') };
  return process.env.CI || isHere[engine] ? {} : { skip: `it needs ${engine}: see npm run test:all` };
}

export const drive = (engine: Engine): Promise<Driven> =>
  engine === 'webkit' ? driveWebKit() : drivePuppeteer(engine);

async function drivePuppeteer(engine: 'chromium' | 'firefox'): Promise<Driven> {
  const { executablePath, env } =
    engine === 'chromium' ? await findChromium() : { executablePath: findFirefox()!, env: {} };
  const browser = await puppeteer.launch({
    browser: engine === 'chromium' ? 'chrome' : 'firefox',
    executablePath,
    env: { ...process.env, ...env },
    args:
      engine === 'chromium'
        ? [
            '--no-first-run',
            '--disable-gpu',
            '--disable-dev-shm-usage',
            ...(process.getuid?.() ? [] : ['--no-sandbox']),
          ]
        : [],
  });
  const page = await browser.newPage();
  return {
    goto: async (url) => void (await page.goto(url)),
    run: (body) => page.evaluate(`(async () => { ${body} })()`) as Promise<never>,
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

async function driveWebKit(): Promise<Driven> {
  const programs = findWebKit();
  if (!programs)
    throw new Error('WebKitGTK is missing: apt-get install --no-install-recommends webkit2gtk-driver xvfb');
  const webkit = new WebKitLauncher(programs);
  return {
    goto: (url) => webkit.startSession('driven', url),
    run: (body) => webkit.run(body) as Promise<never>,
    [Symbol.asyncDispose]: () => webkit.stop(),
  };
}
