import { readdirSync, readFileSync } from 'node:fs';

/** Processes that hold a page, by their command line, in Chromium, Firefox and WebKitGTK. */
const PAGES = /--type=renderer|-contentproc.* tab$|WebKitWebProcess/;

/**
 * Memory of a browser's pages, in bytes: what their processes have for themselves, and their share of what they have with
 * others. Undefined where the system does not say (all but Linux).
 *
 * @param browser process id of the browser, or of the driver that has started it
 */
export function pageMemory(browser: number): number | undefined {
  try {
    return below(browser)
      .filter((pid) => PAGES.test(commandOf(pid)))
      .reduce((sum, pid) => sum + proportionalSize(pid), 0);
  } catch {
    return undefined;
  }
}

/** All processes that a process has started, and those that these have. */
function below(root: number): number[] {
  const parents = new Map<number, number>();
  for (const entry of readdirSync('/proc')) {
    const stat = /^\d+$/.test(entry) && readOrEmpty(`/proc/${entry}/stat`);
    // the name, in brackets, may hold anything
    const parent = stat && stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
    if (parent) parents.set(Number(entry), Number(parent));
  }
  const isBelow = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent === root || (parent !== undefined && parent > 1 && isBelow(parent));
  };
  return [...parents.keys()].filter(isBelow);
}

const commandOf = (pid: number): string => readOrEmpty(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();

function proportionalSize(pid: number): number {
  const [, kilobytes = '0'] = /^Pss:\s+(\d+) kB$/m.exec(readOrEmpty(`/proc/${pid}/smaps_rollup`)) ?? [];
  return Number(kilobytes) * 1024;
}

/** A process may be gone by the time it is asked. */
function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
