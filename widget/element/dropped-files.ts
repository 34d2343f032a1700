import type { Load } from '../core/lazy.ts';
import type { DropSource } from './file-handle.ts';

/** Picked, dropped or pasted files; those of folders follow later, each with its path within the folder. */
export type IncomingFiles = readonly File[] | Promise<ReadonlyMap<File, string>>;

/** Chromium's addition: https://wicg.github.io/file-system-access/#api-datatransferitem-getasfilesystemhandle */
interface HandleItem extends DataTransferItem {
  getAsFileSystemHandle?(): Promise<FileSystemHandle | null>;
}

/**
 * The files of a drop or a paste, with those in folders. Strings and URLs are ignored.
 *
 * @param sources remembers for each file where it was dropped from, so that a later page can read it again
 */
export function filesOf(data: DataTransfer | null, sources: WeakMap<File, DropSource>, load: Load): IncomingFiles {
  // entries and handles are readable during the event only
  const items: HandleItem[] = [...(data?.items ?? [])].filter(({ kind }) => kind === 'file');
  const entries = items.map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile());
  const roots = items.map(async (item) => (await item.getAsFileSystemHandle?.().catch(() => null)) ?? null);
  const remember = (file: File, path: string): unknown => sources.set(file, { roots, path: path || file.name });
  if (!entries.some((entry) => entry && 'isDirectory' in entry && entry.isDirectory)) {
    const files = [...(data?.files ?? [])];
    for (const file of files) remember(file, '');
    return files;
  }
  return load(() => import('./read-folder.ts')).then(async ({ walk }) => {
    const found = await walk(entries);
    for (const [file, path] of found) remember(file, path);
    return found;
  });
}

/** The files chosen in a file picker. */
export function chosenIn({ files, webkitdirectory }: HTMLInputElement, load: Load): IncomingFiles {
  const chosen = [...(files ?? [])];
  return webkitdirectory ? load(() => import('./read-folder.ts')).then(({ visible }) => visible(chosen)) : chosen;
}

/** Whether an event happens where files may be dropped: anywhere for `page`, otherwise inside a match of the selector. */
export const isAt = (event: Event, target: string): boolean =>
  target === 'page' || event.composedPath().some((node) => node instanceof Element && node.matches(target));
