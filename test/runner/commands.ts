import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestRunnerPlugin } from '@web/test-runner';
import type { Browser } from 'puppeteer-core';
import { createFileOnDisk } from '../fixtures/file-on-disk.ts';
import { pageMemory } from '../fixtures/page-memory.ts';
import type { WebKitLauncher } from './webkit.ts';

type Page = Awaited<ReturnType<Browser['pages']>>[number];
interface PuppeteerLauncher {
  type: 'puppeteer';
  name: string;
  launchOptions?: { extraPrefsFirefox?: Record<string, unknown> };
  getPage(id: string): Page;
}

/** Names and payloads for `executeServerCommand` of @web/test-runner-commands, beside that package's own. */
export interface Commands {
  /**
   * Picks files in the file input that `inner` selects in the shadow root of `host`. Paths are relative to the repository.
   */
  'set-files': { host: string; inner: string; files: string[] };
  /**
   * Drops files at a point of the page, as the system does. `operations` are what their source allows: the sum of 1
   * for copy, 2 for link, 16 for move. Default 1. Returns false in browsers that cannot (all but Chromium).
   */
  'real-drop': { x: number; y: number; files: string[]; operations?: number };
  /** Writes a text file into the session's folder below test/output/, and returns its path. */
  'create-text-file': { name: string; text: string };
  /** Deletes the session's folder. */
  'delete-files': Record<string, never>;
  /** Saves a screenshot of the element (in WebKitGTK of the page) in test/output/, and returns its size as `{bytes}`. */
  screenshot: { host: string; name: string };
  /**
   * Emulates media features in Chromium, such as `[{name: 'forced-colors', value: 'active'}]`. In other browsers, returns
   * whether the browser was started with the system settings of `browsers.ts`.
   */
  media: { features: { name: string; value: string }[]; media?: 'print' };
  /** Whether the browser's accessibility tree has the element with this role and name. */
  'accessible-as': { host: string; role: string; name: string };
  /** Sets the size of the page, in WebKitGTK of the window, in pixels. */
  'window-size': { width: number; height: number };
  /** The memory of the browser's pages in bytes; null on systems other than Linux. */
  'page-memory': Record<string, never>;
  /** Creates a file of `size` bytes on the disk, however large, and returns a `FileOnDisk`. */
  'create-large-file': { name: string; size: number };
}

type Command = { [Name in keyof Commands]: { command: Name; payload: Commands[Name] } }[keyof Commands];

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Commands that @web/test-runner-commands does not have. */
export function commands(): TestRunnerPlugin {
  return {
    name: 'commands',
    executeCommand({ session, ...rest }) {
      const { browser } = session;
      const command = rest as Command;
      if (command.command === 'create-large-file') return createFileOnDisk(command.payload.name, command.payload.size);
      if (command.command === 'create-text-file') return createTextFile(session.id, command.payload);
      if (command.command === 'delete-files') return deleteFiles(session.id);
      if (browser.type === 'puppeteer') {
        const { getPage, name } = browser as unknown as PuppeteerLauncher;
        const hasSettings = hasSystemSettings(browser as unknown as PuppeteerLauncher);
        return inPuppeteer(command, getPage.call(browser, session.id), name, hasSettings);
      }
      if (browser.type === 'webdriver') return inWebDriver(command, browser as unknown as WebKitLauncher);
      return undefined;
    },
  };
}

const hasSystemSettings = ({ launchOptions }: PuppeteerLauncher): boolean =>
  launchOptions?.extraPrefsFirefox?.['ui.prefersReducedMotion'] === 1;

async function inPuppeteer(
  { command, payload }: Command,
  page: Page,
  browser: string,
  hasSettings: boolean,
): Promise<unknown> {
  switch (command) {
    case 'set-files': {
      const input = await page.$(`${payload.host} >>> ${payload.inner}`);
      if (!input) throw new Error(`set-files: ${payload.host} has no ${payload.inner} in its shadow root`);
      await (input as unknown as { uploadFile(...files: string[]): Promise<void> }).uploadFile(
        ...absolute(payload.files),
      );
      return true;
    }
    case 'real-drop': {
      const devtools = await page.createCDPSession().catch(() => undefined);
      if (!devtools) return false;
      const { operations = 1 } = payload;
      const data = { items: [], files: absolute(payload.files), dragOperationsMask: operations };
      // Chromium drops only after a dragOver that the page has accepted, and opens the file in a new tab when it does not
      // know of that yet, as when drags follow each other faster than a visitor can
      for (let attempt = 1; ; attempt++) {
        for (const [step, [type, answers]] of DRAG.entries()) {
          await page.evaluate(watchEvents, answers, DRAG_EVENT_MS);
          await devtools.send('Input.dispatchDragEvent', { type, x: payload.x + (step % 2), y: payload.y, data });
          // a tab with the file hides the page of the tests, which then gets no frames
          await Promise.race([page.evaluate(untilWatchedEvent), openedFiles(page)]);
        }
        const opened = await openedTabs(page);
        for (const tab of opened) await tab.close();
        if (opened.length) await page.bringToFront();
        if (!opened.length) break;
        if (attempt === MAX_DROPS) throw new Error(`real-drop: the browser has opened ${opened[0]!.url()}`);
        console.warn(`real-drop: dropped again, because the browser has opened ${opened[0]!.url()}`);
      }
      await devtools.detach();
      return true;
    }
    case 'screenshot': {
      const element = await page.$(payload.host);
      if (!element) throw new Error(`screenshot: the page has no ${payload.host}`);
      return save(payload.name, browser, await element.screenshot());
    }
    case 'media': {
      const devtools = await page.createCDPSession().catch(() => undefined);
      // the system's settings are features; no browser prints because of them
      if (!devtools) return hasSettings && !payload.media;
      // not detached, which would end the emulation; it ends with the page
      await devtools.send('Emulation.setEmulatedMedia', { media: payload.media ?? '', features: payload.features });
      return true;
    }
    case 'page-memory':
      return pageMemory(page.browser().process()?.pid ?? 0) ?? null;
    case 'accessible-as': {
      const { host, role, name } = payload;
      for (const found of await page.$$(`::-p-aria([name="${name}"][role="${role}"])`)) {
        if (await found.evaluate((element, selector) => element.matches(selector), host)) return true;
      }
      return false;
    }
    case 'window-size':
      await page.setViewport({ width: payload.width, height: payload.height });
      return true;
    default:
      return undefined;
  }
}

/** The steps of a drag, and the events of the page that answer each. */
const DRAG = [
  ['dragEnter', ['dragenter']],
  ['dragOver', ['dragover']],
  ['dragOver', ['dragover']],
  ['dragOver', ['dragover']],
  ['dragOver', ['dragover']],
  ['drop', ['drop', 'dragleave']],
] as const;
/** Attempts of a drop that the browser does not know to be accepted. */
const MAX_DROPS = 3;

/** The tabs in which the browser has opened dropped files. */
const openedTabs = async (page: Page): Promise<Page[]> =>
  (await page.browser().pages()).filter((other) => other.url().startsWith('file:'));

/** Resolves once the browser has opened a dropped file; not at all if it opens none within {@link OPENED_MS}. */
async function openedFiles(page: Page): Promise<void> {
  const end = Date.now() + OPENED_MS;
  while (Date.now() < end) {
    if ((await openedTabs(page)).length) return;
    await new Promise((resolve) => setTimeout(resolve, DRAG_EVENT_MS / 5));
  }
  await new Promise(() => {});
}

/** Milliseconds within which the browser opens a dropped file. */
const OPENED_MS = 10_000;
/** Milliseconds for an event of the page. Chromium may leave out a second `dragover` at the same point. */
const DRAG_EVENT_MS = 500;

type WatchingWindow = typeof window & { watchedEvent?: Promise<unknown> };

/** Runs in the page: begins to wait for one of the events. */
function watchEvents(types: readonly string[], ms: number): void {
  (window as WatchingWindow).watchedEvent = new Promise((resolve) => {
    for (const type of types) addEventListener(type, resolve, { capture: true, once: true });
    setTimeout(resolve, ms);
  });
}

/** Runs in the page: resolves once the event has come, and the browser knows how the page has answered it. */
async function untilWatchedEvent(): Promise<void> {
  await (window as WatchingWindow).watchedEvent;
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
}

async function inWebDriver({ command, payload }: Command, browser: WebKitLauncher): Promise<unknown> {
  switch (command) {
    case 'set-files':
      await browser.setFiles(payload.host, payload.inner, absolute(payload.files));
      return true;
    case 'screenshot':
      return save(payload.name, browser.name, await browser.screenshot());
    case 'accessible-as': {
      const found = await browser.accessible(payload.host);
      return found.role === payload.role && found.name === payload.name;
    }
    case 'window-size':
      await browser.setWindowSize(payload.width, payload.height);
      return true;
    case 'page-memory':
      return pageMemory(browser.pid) ?? null;
    case 'real-drop':
    case 'media':
      return false;
    default:
      return undefined;
  }
}

const absolute = (files: string[]) => files.map((file) => path.resolve(root, file));

const folderOf = (session: string): string => path.join('test', 'output', session);

function createTextFile(session: string, { name, text }: Commands['create-text-file']): string {
  const file = path.join(folderOf(session), name);
  mkdirSync(path.join(root, path.dirname(file)), { recursive: true });
  writeFileSync(path.join(root, file), text);
  return file;
}

function deleteFiles(session: string): true {
  rmSync(path.join(root, folderOf(session)), { recursive: true });
  return true;
}

function save(name: string, browser: string, png: Uint8Array): { bytes: number } {
  const folder = path.join(root, 'test', 'output');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, `${name}-${browser.toLowerCase()}.png`), png);
  return { bytes: png.length };
}
