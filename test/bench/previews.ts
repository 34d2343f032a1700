// Previews of sixty 12-megapixel JPEGs, all in view at once, in one Chromium: until the last is there, beside bare calls of
// createImageBitmap; the longest task meanwhile; and what the page takes on top. No network.
//
//   npm run build && node --import tsx test/bench/previews.ts
import puppeteer from 'puppeteer-core';
import { createAdaptorServer } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';
import { findChromium } from '../runner/browsers.ts';
import { pageMemory } from '../fixtures/page-memory.ts';
import { MiB } from '../fixtures/files.ts';

const COUNT = 60;
const ROUNDS = 3;
/** Milliseconds between two looks at the memory. */
const LOOK = 100;

const app = new Hono();
app.get('/', (c) =>
  c.html('<!doctype html><title>bench</title><script type="module" src="/dist/cdn/s3-uploader.js"></script>'),
);
app.use('/dist/*', serveStatic({ root: '.' }));
const server = createAdaptorServer(app);
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const address = server.address();
if (!address || typeof address === 'string') throw new Error('the page has no port');
const { executablePath, env } = await findChromium();
const browser = await puppeteer.launch({
  executablePath,
  env: { ...process.env, ...env },
  args: ['--no-sandbox', '--disable-background-networking', '--disable-gpu'],
});

try {
  for (const layout of ['list', 'grid']) {
    const rounds: Round[] = [];
    for (let round = 0; round < ROUNDS; round += 1) rounds.push(await previews(layout));
    const [{ size }] = rounds as [Round];
    const told = (key: keyof Round, unit: string, scale = 1): string => {
      const values = rounds.map((each) => Math.round(each[key] / scale)).sort((a, b) => a - b);
      return Number.isNaN(values[0]) ? 'unknown' : `${values[ROUNDS >> 1]} ${unit} (${values[0]} to ${values.at(-1)})`;
    };
    const ratios = rounds.map(({ time, bare }) => time / bare).sort((a, b) => a - b);
    console.log(
      `${COUNT} previews of 12 megapixels, ${(size / MiB).toFixed(1)} MiB each, in a ${layout}: ${told('time', 'ms')}, ` +
        `${ratios[ROUNDS >> 1]!.toFixed(2)} × createImageBitmap (${ratios[0]!.toFixed(2)} to ${ratios.at(-1)!.toFixed(2)}), the longest task ${told('longest', 'ms')}, ` +
        `memory at most ${told('memory', 'MiB', MiB)} on top`,
    );
  }
} finally {
  await browser.close();
  server.close();
}

interface Round {
  /** Milliseconds. */
  time: number;
  /** Milliseconds of as many bare calls of createImageBitmap, two at a time. */
  bare: number;
  /** Milliseconds; 0 is less than 50. */
  longest: number;
  /** Bytes of the page's process at their highest, beyond what it had before. NaN where the system does not say. */
  memory: number;
  /** Bytes of one file. */
  size: number;
}

async function previews(layout: string): Promise<Round> {
  const page = await browser.newPage();
  try {
    await page.evaluateOnNewDocument('globalThis.__name = (named) => named'); // tsx marks functions with it
    await page.setViewport({ width: 1280, height: 800 });
    await page.goto(`http://127.0.0.1:${(address as { port: number }).port}/`);
    await page.evaluate(() => customElements.whenDefined('s3-uploader').then(() => undefined));
    const size = await page.evaluate(makePhotos, COUNT);
    const memory = (): number => pageMemory(browser.process()!.pid!) ?? NaN;
    const before = memory();
    let peak = before;
    const looks = setInterval(() => (peak = Math.max(peak, memory())), LOOK);
    const measured = await page.evaluate(showAll, layout);
    clearInterval(looks);
    const bare = await page.evaluate(decodeAll);
    return { ...measured, memory: peak - before, bare, size };
  } finally {
    await page.close();
  }
}

/** Runs in the page: as detailed as a camera's. @returns bytes of each */
async function makePhotos(count: number): Promise<number> {
  const canvas = new OffscreenCanvas(4000, 3000);
  const context = canvas.getContext('2d')!;
  const gradient = context.createLinearGradient(0, 0, 4000, 3000);
  gradient.addColorStop(0, '#f6c');
  gradient.addColorStop(1, '#26c');
  context.fillStyle = gradient;
  context.fillRect(0, 0, 4000, 3000);
  let seed = 1;
  const random = (): number => (seed = (seed * 16807) % 2147483647) / 2147483647;
  for (let i = 0; i < 60_000; i += 1) {
    context.fillStyle = `hsl(${random() * 360} 60% ${random() * 100}% / 0.3)`;
    context.fillRect(random() * 4000, random() * 3000, random() * 60, random() * 60);
  }
  const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 });
  const bytes = await blob.arrayBuffer();
  const photos = Array.from({ length: count }, (_, i) => new File([bytes], `${i}.jpg`, { type: 'image/jpeg' }));
  Object.assign(globalThis, { photos });
  return blob.size;
}

/** Runs in the page: just decodes them. */
async function decodeAll(): Promise<number> {
  const { photos } = globalThis as unknown as { photos: File[] };
  const began = performance.now();
  const queue = photos.values();
  const work = async (): Promise<void> => {
    for (const photo of queue) (await createImageBitmap(photo, { resizeWidth: 128, resizeQuality: 'medium' })).close();
  };
  await Promise.all([work(), work()]);
  return performance.now() - began;
}

/** Runs in the page: until each row has its picture. */
async function showAll(layout: string): Promise<{ time: number; longest: number }> {
  const { photos } = globalThis as unknown as { photos: File[] };
  const tag = document.createElement('s3-uploader') as HTMLElement & { add(files: File[]): Promise<unknown> };
  for (const [name, value] of Object.entries({ endpoint: '/sign', multiple: '', 'no-auto': '', layout })) {
    tag.setAttribute(name, value);
  }
  tag.style.setProperty('--s3-uploader-list-max-block-size', 'none');
  document.body.append(tag);
  await tag.add([]); // what shows files is there
  let longest = 0;
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
  });
  await new Promise((resolve) => setTimeout(resolve, 500)); // what came before is over
  observer.observe({ entryTypes: ['longtask'] });
  const began = performance.now();
  await tag.add(photos);
  while (tag.shadowRoot!.querySelectorAll('.thumbnail canvas').length < photos.length) {
    if (performance.now() - began > 60_000) throw new Error('the previews are not there after a minute');
    await new Promise((resolve) => setTimeout(resolve, 16));
  }
  const time = performance.now() - began;
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  observer.disconnect();
  return { time, longest };
}
