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

/** What `executeServerCommand(name, payload)` of @web/test-runner-commands takes, beside that package's own commands. */
export interface Commands {
  /**
   * Picks files in a file input: `inner` is its selector in the shadow root of `host`; files relative to the repository.
   */
  'set-files': { host: string; inner: string; files: string[] };
  /** Drops files as the system does, at a point of the page. False where the browser has no such thing (all but Chromium). */
  'real-drop': { x: number; y: number; files: string[] };
  /** Writes a text file into the session's folder below test/output/, and returns its path. */
  'create-text-file': { name: string; text: string };
  /** Deletes the session's folder. */
  'delete-files': Record<string, never>;
  /** Takes a picture of the element (WebKitGTK: of the page) into test/output/, and answers `{bytes}`. */
  screenshot: { host: string; name: string };
  /**
   * Media features, such as `[{name: 'forced-colors', value: 'active'}]`, in Chromium. Elsewhere it answers whether the
   * browser was started with them.
   */
  media: { features: { name: string; value: string }[] };
  /** Whether the browser itself gives the element this role and name to screen readers. */
  'accessible-as': { host: string; role: string; name: string };
  /** The size of the page, or in WebKitGTK of the window. */
  'window-size': { width: number; height: number };
  /** Memory of the browser's pages in bytes; null where the system does not say. */
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
        const isAsked = isAskedFirefox(browser as unknown as PuppeteerLauncher);
        return inPuppeteer(command, getPage.call(browser, session.id), name, isAsked);
      }
      if (browser.type === 'webdriver') return inWebDriver(command, browser as unknown as WebKitLauncher);
      return undefined;
    },
  };
}

const isAskedFirefox = ({ launchOptions }: PuppeteerLauncher): boolean =>
  launchOptions?.extraPrefsFirefox?.['ui.prefersReducedMotion'] === 1;

async function inPuppeteer(
  { command, payload }: Command,
  page: Page,
  browser: string,
  isAsked: boolean,
): Promise<unknown> {
  switch (command) {
    case 'set-files': {
      const input = await page.$(`${payload.host} >>> ${payload.inner}`);
      if (!input) throw new Error(`set-files: no ${payload.inner} in ${payload.host}`);
      await (input as unknown as { uploadFile(...files: string[]): Promise<void> }).uploadFile(
        ...absolute(payload.files),
      );
      return true;
    }
    case 'real-drop': {
      const devtools = await page.createCDPSession().catch(() => undefined);
      if (!devtools) return false;
      const data = { items: [], files: absolute(payload.files), dragOperationsMask: 1 };
      // twice over it, as the system does many times: Chromium drops only where the one before was accepted, and opens the
      // file in a tab of its own where it has not heard of that yet
      for (const type of ['dragEnter', 'dragOver', 'dragOver', 'drop'] as const) {
        await devtools.send('Input.dispatchDragEvent', { type, x: payload.x, y: payload.y, data });
        if (type !== 'drop') await page.evaluate(twoFrames);
      }
      await devtools.detach();
      return true;
    }
    case 'screenshot': {
      const element = await page.$(payload.host);
      if (!element) throw new Error(`screenshot: no ${payload.host}`);
      return save(payload.name, browser, await element.screenshot());
    }
    case 'media': {
      const devtools = await page.createCDPSession().catch(() => undefined);
      if (!devtools) return isAsked;
      // not detached: that would end it; it ends with the page
      await devtools.send('Emulation.setEmulatedMedia', { features: payload.features });
      return true;
    }
    case 'page-memory':
      return pageMemory(page.browser().process()?.pid ?? 0) ?? null;
    case 'accessible-as': {
      const { host, role, name } = payload;
      // by name, so as to look through few
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

/** Runs in the page: until what it has to say of an event has gone out. */
const twoFrames = (): Promise<unknown> =>
  new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));

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
