// The tag beside bare XMLHttpRequests that have their signed fields at hand, in one Chromium, in turns: what the tag
// costs on top. Against the local storage, or the server at TEST_S3_ENDPOINT.
//
//   npm run build && node --import tsx test/bench/upload.ts
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { createAdaptorServer } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';
import puppeteer, { type Page } from 'puppeteer-core';
import { findChromium } from '../helpers/browsers.ts';
import { startStack } from '../helpers/stack.ts';

const ROUNDS = 3;
const MIB = 2 ** 20;

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
const stack = await startStack(origin, { multipartFrom: 1024 * MIB });
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
  await beside(page, 'one POST of 128 MiB', { count: 1, size: 128 * MIB, latency: 0 });
  await adding(page);
} finally {
  await browser.close();
  await stack.close();
  server.close();
}

async function bytes(): Promise<void> {
  const { length } = brotliCompressSync(await readFile(path.join('dist', 'cdn', 's3-uploader.js')));
  console.log(`the entry, Lit included: ${length} bytes as Brotli`);
}

/** Milliseconds of each, in turns, and their ratio, pair by pair. */
async function beside(page: Page, title: string, work: Work): Promise<void> {
  const ratios: number[] = [];
  let requests = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    stack.storage.reset();
    stack.signer.reset();
    stack.storage.pace = stack.signer.pace = { latency: work.latency };
    const bare = await page.evaluate(sendBare, stack.endpoint, work);
    stack.signer.reset();
    stack.signer.pace = { latency: work.latency };
    const tag = await page.evaluate(sendByTag, stack.endpoint, work);
    requests = stack.signer.requests.length;
    ratios.push(tag / bare);
  }
  ratios.sort((a, b) => a - b);
  const [low, middle, high] = [ratios[0]!, ratios[ROUNDS >> 1]!, ratios[ROUNDS - 1]!].map((ratio) => ratio.toFixed(2));
  console.log(`${title}: ${middle} × bare (${low} to ${high}), ${requests} signing requests`);
}

async function adding(page: Page): Promise<void> {
  const { time, longest } = await page.evaluate(addMany, stack.endpoint);
  console.log(
    `10,000 files added: ${Math.round(time)} ms, the longest task ${longest ? `${longest} ms` : 'under 50 ms'}`,
  );
}

interface Work {
  count: number;
  size: number;
  /** Milliseconds of a round trip. */
  latency: number;
}

/** Runs in the page: signs first, and then sends three at a time. */
async function sendBare(endpoint: string, { count, size }: Work): Promise<number> {
  const blob = new Blob([new Uint8Array(size)], { type: 'text/plain' });
  const grants: { url: string; fields: Record<string, string> }[] = [];
  for (let from = 0; from < count; from += 100) {
    const files = Array.from({ length: Math.min(100, count - from) }, (_, index) => ({
      id: String(index),
      name: 'a.txt',
      type: 'text/plain',
      size,
    }));
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify({ files }) });
    grants.push(...((await answer.json()) as { files: typeof grants }).files);
  }
  const began = performance.now();
  const queue = grants.values();
  const work = async (): Promise<void> => {
    for (const { url, fields } of queue) {
      const form = new FormData();
      for (const [name, value] of Object.entries(fields)) form.append(name, value);
      form.append('file', blob);
      await new Promise<void>((resolve, reject) => {
        const request = new XMLHttpRequest();
        request.upload.onprogress = () => {};
        request.onload = () => (request.status === 201 ? resolve() : reject(new Error(String(request.status))));
        request.onerror = () => reject(new Error('no answer'));
        request.open('POST', url);
        request.send(form);
      });
    }
  };
  await Promise.all([work(), work(), work()]);
  return performance.now() - began;
}

/** Runs in the page: the same files by the tag, its signing included. */
async function sendByTag(endpoint: string, { count, size }: Work): Promise<number> {
  const tag = document.createElement('s3-uploader') as HTMLElement & { add(files: File[]): Promise<unknown> };
  tag.setAttribute('endpoint', endpoint);
  tag.setAttribute('multiple', '');
  document.body.append(tag);
  // what it shows files with is there before a visitor picks one
  tag.dispatchEvent(new Event('pointerenter'));
  await tag.add([]);
  const data = new Uint8Array(size);
  const files = Array.from({ length: count }, (_, index) => new File([data], `${index}.txt`, { type: 'text/plain' }));
  const complete = new Promise<CustomEvent<{ failed: readonly string[] }>>((resolve) =>
    tag.addEventListener('upload-complete', resolve as EventListener),
  );
  const began = performance.now();
  await tag.add(files);
  const { detail } = await complete;
  const time = performance.now() - began;
  tag.remove();
  if (detail.failed.length) throw new Error(`${detail.failed.length} failed`);
  return time;
}

/** Runs in the page. */
async function addMany(endpoint: string): Promise<{ time: number; longest: number }> {
  const tag = document.createElement('s3-uploader') as HTMLElement & { add(files: File[]): Promise<unknown> };
  tag.setAttribute('endpoint', endpoint);
  tag.setAttribute('multiple', '');
  tag.setAttribute('no-auto', '');
  document.body.append(tag);
  await tag.add([]);
  const files = Array.from({ length: 10_000 }, (_, index) => new File(['x'], `${index}.txt`, { type: 'text/plain' }));
  let longest = 0;
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
  });
  await new Promise((resolve) => setTimeout(resolve, 100));
  observer.observe({ entryTypes: ['longtask'] });
  const began = performance.now();
  await tag.add(files);
  const time = performance.now() - began;
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  tag.remove();
  return { time, longest };
}
