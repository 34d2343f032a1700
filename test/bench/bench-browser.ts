import { createAdaptorServer } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { findChromium } from '../runner/browsers.ts';

/** A Chromium, and a server that has a page with the built element. */
export interface BenchBrowser extends AsyncDisposable {
  readonly origin: string;
  /** Process id of the browser. */
  readonly pid: number;
  /** Opens the page; resolves once the element is defined. */
  openPage(): Promise<Page>;
}

/** Starts both. Build the package first: the page loads `dist/cdn`. */
export async function startBenchBrowser(): Promise<BenchBrowser> {
  const app = new Hono();
  app.get('/', (c) =>
    c.html('<!doctype html><title>bench</title><script type="module" src="/dist/cdn/s3-uploader.js"></script>'),
  );
  app.use('/dist/*', serveStatic({ root: '.' }));
  const server = createAdaptorServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (!address || typeof address === 'string') throw new Error('The page has no port');
  const origin = `http://127.0.0.1:${address.port}`;
  const browser = await launchChromium();
  return {
    origin,
    pid: browser.process()!.pid!,
    async openPage() {
      const page = await browser.newPage();
      // tsx wraps functions in __name(), including those that run in the page
      await page.evaluateOnNewDocument('globalThis.__name = (named) => named');
      await page.setViewport({ width: 1280, height: 800 });
      await page.goto(origin);
      await page.evaluate(() => customElements.whenDefined('s3-uploader').then(() => undefined));
      return page;
    },
    async [Symbol.asyncDispose]() {
      await browser.close();
      server.close();
    },
  };
}

async function launchChromium(): Promise<Browser> {
  const { executablePath, env } = await findChromium();
  return puppeteer.launch({
    executablePath,
    env: { ...process.env, ...env },
    args: ['--no-sandbox', '--disable-background-networking', '--disable-gpu'],
  });
}
