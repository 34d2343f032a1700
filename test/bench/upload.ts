// The tag beside bare XMLHttpRequests that have their signed fields at hand, in one Chromium, in turns: what the tag
// costs on top. Against the local storage, or the server at TEST_S3_ENDPOINT; a gateway of test/rig needs room for it
// (S3RIG_MEM_BYTES=8589934592).
//
//   npm run build && node --import tsx test/bench/upload.ts
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { createAdaptorServer } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';
import puppeteer, { type Page } from 'puppeteer-core';
import { findChromium } from '../runner/browsers.ts';
import { MiB } from '../fixtures/files.ts';
import { startServers } from '../fixtures/upload-servers.ts';
import { addMany, sendBare, sendBareParts, sendByTag, type Work } from './in-page.ts';

const ROUNDS = 5;

const app = new Hono();
app.get('/', (c) =>
  c.html('<!doctype html><title>bench</title><script type="module" src="/dist/cdn/s3-uploader.js"></script>'),
);
app.use('/dist/*', serveStatic({ root: '.' }));
const server = createAdaptorServer(app);
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const address = server.address();
if (!address || typeof address === 'string') throw new Error('the page has no port');
const origin = `http://127.0.0.1:${address.port}`;
const whole = await startServers(origin, { multipartFrom: 1024 * MiB });
const inParts = await startServers(origin);
const { executablePath, env } = await findChromium();
const browser = await puppeteer.launch({
  executablePath,
  env: { ...process.env, ...env },
  args: ['--no-sandbox', '--disable-background-networking', '--disable-gpu'],
});
const page = await browser.newPage();
// tsx marks the functions that are handed to the page with it
await page.evaluateOnNewDocument('globalThis.__name = (named) => named');
await page.goto(origin);
await page.evaluate(() => customElements.whenDefined('s3-uploader').then(() => undefined));

try {
  await bytes();
  await beside(page, '1,000 files of 10 KiB', { count: 1000, size: 10 * 1024, latency: 0 });
  await beside(page, '200 files of 10 KiB, 50 ms a round trip', { count: 200, size: 10 * 1024, latency: 50 });
  await beside(page, 'one POST of 128 MiB', { count: 1, size: 128 * MiB, latency: 0 });
  await beside(page, '512 MiB in parts', { count: 1, size: 512 * MiB, latency: 0 }, inParts, sendBareParts);
  await adding(page);
} finally {
  await browser.close();
  await Promise.all([whole.close(), inParts.close()]);
  server.close();
}

async function bytes(): Promise<void> {
  const { length } = brotliCompressSync(await readFile(path.join('dist', 'cdn', 's3-uploader.js')));
  console.log(`the entry, Lit included: ${length} bytes as Brotli`);
}

/** Milliseconds of each, in turns, and their ratio, pair by pair. */
async function beside(page: Page, title: string, work: Work, servers = whole, bareWay = sendBare): Promise<void> {
  const ratios: number[] = [];
  let requests = 0;
  const took = async (way: typeof sendBare): Promise<number> => {
    servers.storage.reset();
    servers.signer.reset();
    servers.storage.pace = servers.signer.pace = { latency: work.latency };
    const time = await page.evaluate(way, servers.endpoint, work);
    if (way === sendByTag) requests = servers.signer.requests.length;
    return time;
  };
  for (let round = 0; round < ROUNDS; round += 1) {
    // neither is always the one that finds the machine warm, or busy with what the other has left to write
    const isFirst = round % 2 === 0;
    const before = isFirst ? await took(sendByTag) : 0;
    const bare = await took(bareWay);
    ratios.push((isFirst ? before : await took(sendByTag)) / bare);
  }
  ratios.sort((a, b) => a - b);
  const [low, middle, high] = [ratios[0]!, ratios[ROUNDS >> 1]!, ratios[ROUNDS - 1]!].map((ratio) => ratio.toFixed(2));
  console.log(`${title}: ${middle} × bare (${low} to ${high}), ${requests} signing requests`);
}

async function adding(page: Page): Promise<void> {
  const { time, longest } = await page.evaluate(addMany, whole.endpoint);
  console.log(
    `10,000 files added: ${Math.round(time)} ms, the longest task ${longest ? `${longest} ms` : 'under 50 ms'}`,
  );
}
