import { type Load, once } from '../core/lazy.ts';

/** Files, or those of folders once they are found, each with its path within what was dropped or chosen. */
export type Intake = readonly File[] | Promise<ReadonlyMap<File, string>>;

/** Chromium's, of https://wicg.github.io/file-system-access/ */
interface HandleItem extends DataTransferItem {
  getAsFileSystemHandle?(): Promise<FileSystemHandle | null>;
}

/** What was dropped with a file, and the file's path in it. */
const drops = new WeakMap<File, { roots: readonly Promise<FileSystemHandle | null>[]; path: string }>();

/** What was dropped or pasted. Strings and addresses are never followed. */
export function filesOf(data: DataTransfer | null, load: Load = once): Intake {
  // Entries and handles are there during the event only.
  const items: HandleItem[] = [...(data?.items ?? [])].filter(({ kind }) => kind === 'file');
  const entries = items.map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile());
  const roots = items.map(async (item) => (await item.getAsFileSystemHandle?.().catch(() => null)) ?? null);
  const keep = (file: File, path: string): unknown => drops.set(file, { roots, path: path || file.name });
  if (!entries.some((entry) => entry && 'isDirectory' in entry && entry.isDirectory)) {
    const files = [...(data?.files ?? [])];
    for (const file of files) keep(file, '');
    return files;
  }
  return load(() => import('./read-folder.ts')).then(async ({ walk }) => {
    const found = await walk(entries);
    for (const [file, path] of found) keep(file, path);
    return found;
  });
}

/** What was chosen in a picker. */
export function chosenIn({ files, webkitdirectory }: HTMLInputElement, load: Load = once): Intake {
  const chosen = [...(files ?? [])];
  return webkitdirectory ? load(() => import('./read-folder.ts')).then(({ visible }) => visible(chosen)) : chosen;
}

/** By which a later page can read a dropped file anew; undefined where the browser gives none, as all but Chromium. */
export async function handleOf(file: File): Promise<FileSystemFileHandle | undefined> {
  const drop = drops.get(file);
  if (!drop) return undefined;
  const [first, ...rest] = drop.path.split('/');
  const roots = (await Promise.all(drop.roots)).filter((root) => root?.name === first);
  // from the results of a search there may be two of one name
  let handle = roots.length === 1 ? roots[0] : undefined;
  for (const [i, name] of rest.entries()) {
    if (handle?.kind !== 'directory') return undefined;
    const folder = handle as FileSystemDirectoryHandle;
    handle = await (i < rest.length - 1 ? folder.getDirectoryHandle(name) : folder.getFileHandle(name));
  }
  return handle?.kind === 'file' ? (handle as FileSystemFileHandle) : undefined;
}

/** Whether an event happens where files may be dropped: anywhere with `page`, else in what the selector is for. */
export const isAt = (event: Event, target: string): boolean =>
  target === 'page' || event.composedPath().some((node) => node instanceof Element && node.matches(target));

export function isSelector(text: string): boolean {
  try {
    document.createDocumentFragment().querySelector(text);
    return true;
  } catch {
    return false;
  }
}
