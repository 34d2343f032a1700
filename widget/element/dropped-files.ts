import type { Load } from '../core/lazy.ts';
import type { DropSource } from './file-handle.ts';

/** Files that were picked, dropped, pasted or given by the page. */
export interface IncomingFiles {
  /** The files. Those of folders follow later, each with its path within the folder. */
  readonly files: readonly File[] | Promise<ReadonlyMap<File, string>>;
  /** Handles of the dropped files and folders. */
  readonly roots?: DropSource['roots'];
}

/** Chromium's addition: https://wicg.github.io/file-system-access/#api-datatransferitem-getasfilesystemhandle */
interface HandleItem extends DataTransferItem {
  getAsFileSystemHandle?(): Promise<FileSystemHandle | null>;
}

/** The files of a drop or a paste, with those in folders. Strings and URLs are ignored. */
export function filesOf(data: DataTransfer | null, load: Load): IncomingFiles {
  // entries and handles are readable during the event only
  const items: HandleItem[] = [...(data?.items ?? [])].filter(({ kind }) => kind === 'file');
  const entries = items.map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile());
  const roots = items.map(async (item) => (await item.getAsFileSystemHandle?.().catch(() => null)) ?? null);
  const hasFolder = entries.some((entry) => entry && 'isDirectory' in entry && entry.isDirectory);
  const files = hasFolder
    ? load(() => import('./read-folder.ts')).then(({ walk }) => walk(entries))
    : [...(data?.files ?? [])];
  return { files, roots };
}

/** The files chosen in a file picker. */
export function chosenIn({ files, webkitdirectory }: HTMLInputElement, load: Load): IncomingFiles {
  const chosen = [...(files ?? [])];
  return {
    files: webkitdirectory ? load(() => import('./read-folder.ts')).then(({ visible }) => visible(chosen)) : chosen,
  };
}

/** Whether an event happens where files may be dropped: anywhere for `page`, otherwise inside a match of the selector. */
export const isAt = (event: Event, target: string): boolean =>
  target === 'page' || event.composedPath().some((node) => node instanceof Element && node.matches(target));
