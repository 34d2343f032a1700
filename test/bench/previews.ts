// Previews of 60 JPEGs of 12 megapixels, all in view at once, in one Chromium, without a network: the time until the last is
// shown, compared with bare calls of createImageBitmap; the longest task meanwhile; and the memory that the page needs.
//
//   npm run build && node --import tsx test/bench/previews.ts
import { MiB } from '../fixtures/files.ts';
import { pageMemory } from '../fixtures/page-memory.ts';
import { startBenchBrowser } from './bench-browser.ts';
import { decodeAll, makePhotos, showAll } from './previews-in-page.ts';

const PHOTO_COUNT = 60;
const ROUND_COUNT = 3;
const MEMORY_INTERVAL_MS = 100;

interface Round {
  /** Milliseconds until all previews are shown. */
  time: number;
  /** Milliseconds of as many bare calls of createImageBitmap, two at a time. */
  bare: number;
  /** Milliseconds of the longest task; 0 is less than 50. */
  longest: number;
  /** The most bytes that the page's process needs beyond those it had before. NaN on systems other than Linux. */
  memory: number;
  /** Bytes of one file. */
  size: number;
}

await using browser = await startBenchBrowser();
for (const layout of ['list', 'grid']) {
  const rounds: Round[] = [];
  for (let round = 0; round < ROUND_COUNT; round += 1) rounds.push(await measure(layout));
  printRounds(layout, rounds);
}

async function measure(layout: string): Promise<Round> {
  const page = await browser.openPage();
  try {
    const size = await page.evaluate(makePhotos, PHOTO_COUNT);
    const memory = (): number => pageMemory(browser.pid) ?? NaN;
    const before = memory();
    let peak = before;
    const timer = setInterval(() => (peak = Math.max(peak, memory())), MEMORY_INTERVAL_MS);
    const measured = await page.evaluate(showAll, layout);
    clearInterval(timer);
    const bare = await page.evaluate(decodeAll);
    return { ...measured, memory: peak - before, bare, size };
  } finally {
    await page.close();
  }
}

/** Prints the median and the range of each figure. */
function printRounds(layout: string, rounds: readonly Round[]): void {
  const figure = (key: keyof Round, unit: string, scale = 1): string => {
    const values = rounds.map((each) => Math.round(each[key] / scale)).sort((a, b) => a - b);
    return Number.isNaN(values[0])
      ? 'unknown'
      : `${values[ROUND_COUNT >> 1]} ${unit} (${values[0]} to ${values.at(-1)})`;
  };
  const ratios = rounds
    .map(({ time, bare }) => time / bare)
    .sort((a, b) => a - b)
    .map((ratio) => ratio.toFixed(2));
  console.log(
    `${PHOTO_COUNT} previews of 12 megapixels, ${(rounds[0]!.size / MiB).toFixed(1)} MiB each, in a ${layout}: ${figure('time', 'ms')}, ` +
      `${ratios[ROUND_COUNT >> 1]} × createImageBitmap (${ratios[0]} to ${ratios.at(-1)}), the longest task ${figure('longest', 'ms')}, ` +
      `${figure('memory', 'MiB', MiB)} of memory more`,
  );
}
