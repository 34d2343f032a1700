import type { ElementHandle, Page } from 'puppeteer-core';
import type { SigningSession } from './backend.ts';
import { NoAnswer, within } from './deadline.ts';
import { type Lane, PARALLEL, PART_BYTES } from './lanes.ts';
import type { FilesToMake, ListFigures, UploadFigures } from './page/driver.ts';
import type { UploaderOptions } from './page/uploader.ts';
import type { Bench } from './scenario.ts';

/** One piece of work for an uploader. */
export interface Work {
  /** Files to make in the page, or paths of files on the disk. */
  files: FilesToMake | readonly string[];
  /** Milliseconds after which the uploader has failed. */
  limitMs: number;
  /** Whether the memory of the page is sampled. Default false. */
  hasMemory?: boolean;
  /** What the page is told instead of the addresses of the storage and the signer: those of proxies before them. */
  proxies?: { storageUrl: string; signerUrl: string };
  /** Further addresses of the storage, for an uploader that can use several. */
  furtherStorageUrls?: readonly string[];
}

/** What an upload took, and what it has left in the storage. */
export interface UploadRun extends UploadFigures {
  signingRequests: number;
  /** Preflights to the signer. */
  signerPreflights: number;
  /** Objects of the right size in the storage. */
  storedObjects: number;
  /** Bytes that the page's process needed beyond those it had before. */
  memory: number;
}

export interface ListRun extends ListFigures {
  memory: number;
}

/** Milliseconds that a page may take to load its uploader, and to answer after its limit. */
const ANSWER_MS = 20_000;

/** Uploads files with an uploader on a page of its own, and reads from the storage what was stored. */
export async function runUpload(bench: Bench, lane: Lane, work: Work): Promise<UploadRun> {
  const session = await bench.backend.startSession(work.proxies?.storageUrl, work.furtherStorageUrls);
  try {
    const figures = await onPage(bench, lane, work, 'upload', session, async (page) => {
      // a floor signs its files before the clock starts
      const { requests, preflights } = session;
      const upload = await page.evaluate((limitMs) => window.bench.upload(limitMs), work.limitMs);
      return {
        ...upload,
        signingRequests: session.requests - requests,
        signerPreflights: session.preflights - preflights,
      };
    });
    const size = sizeOf(work);
    const sizes = await session.storedSizes();
    return { ...figures, storedObjects: sizes.filter((stored) => size === undefined || stored === size).length };
  } catch (error) {
    if (error instanceof NoAnswer) error.message += `, ${(await session.storedSizes()).length} files stored`;
    throw error;
  } finally {
    await session.close();
  }
}

/**
 * As {@link runUpload}, for work that the uploader has to complete.
 *
 * @throws {Error} when it has not stored every file, or not in time
 */
export async function runWholeUpload(bench: Bench, lane: Lane, work: Work): Promise<UploadRun> {
  const run = await runUpload(bench, lane, work);
  const count = countOf(work);
  const state = `${run.storedObjects} of ${count.toLocaleString('en')} files stored`;
  if (run.isTimedOut) throw new Error(`not finished in ${work.limitMs / 1000} s: ${state}`);
  if (run.failed)
    throw new Error(`${state}: ${run.events.find(({ kind }) => kind === 'failed')?.reason ?? 'no reason'}`);
  if (run.storedObjects !== count) throw new Error(`it reports success, but ${state}`);
  return run;
}

/**
 * Adds files to an uploader on a page of its own, without uploading them.
 *
 * @throws {Error} when it does not list all, or not preview all, in time
 */
export async function runList(bench: Bench, lane: Lane, kind: 'add' | 'preview', work: Work): Promise<ListRun> {
  const session = await bench.backend.startSession();
  try {
    const run = await onPage(bench, lane, work, kind, session, (page) =>
      page.evaluate((kind, limitMs) => window.bench[kind](limitMs), kind, work.limitMs),
    );
    if (!run.isTimedOut) return run;
    const state = `${run.reached.toLocaleString('en')} of ${countOf(work).toLocaleString('en')} shown`;
    throw new Error(`not finished in ${work.limitMs / 1000} s: ${state}`);
  } finally {
    await session.close();
  }
}

async function onPage<Figures extends object>(
  { browser, pages, backend }: Bench,
  lane: Lane,
  { files, limitMs, hasMemory, proxies }: Work,
  work: UploaderOptions['work'],
  { path, bucket }: SigningSession,
  measure: (page: Page) => Promise<Figures>,
): Promise<Figures & { memory: number }> {
  await using opened = await browser.openPage(pages.pageUrl(lane.module));
  const { page } = opened;
  const options = { work, parallel: PARALLEL, parts: false, partBytes: PART_BYTES, retries: false, ...lane.options };
  const setUp = async (): Promise<void> => {
    await page.waitForFunction(() => window.bench);
    if (!('count' in files)) await pickFiles(page, files);
    await page.evaluate((made) => window.bench.take(made), 'count' in files ? files : undefined);
    const context = { signerUrl: (proxies?.signerUrl ?? backend.signerUrl) + path, bucket, options };
    await page.evaluate((context) => window.bench.mount(context), context);
  };
  try {
    await within(ANSWER_MS, setUp());
    const stopWatching = hasMemory ? await browser.watchMemory() : undefined;
    const figures = await within(limitMs + ANSWER_MS, measure(page)).finally(() => stopWatching?.());
    return { ...figures, memory: stopWatching?.() ?? NaN };
  } catch (error) {
    // a page that is blocked would take the processor from those that follow
    if (error instanceof NoAnswer) await browser.relaunch();
    throw error;
  }
}

async function pickFiles(page: Page, paths: readonly string[]): Promise<void> {
  const input = (await page.$('#pick')) as ElementHandle<HTMLInputElement>;
  await input.uploadFile(...paths);
}

const countOf = ({ files }: Work): number => ('count' in files ? files.count : files.length);
/** Bytes of each file; undefined for files on the disk. */
const sizeOf = ({ files }: Work): number | undefined => ('count' in files ? files.size : undefined);
