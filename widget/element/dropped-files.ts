/** Files that were picked, dropped, pasted or given by the page. */
export interface IncomingFiles {
  readonly files: readonly File[];
  /** Whether the files were picked as a folder. */
  readonly isFolder?: boolean;
  /** The dropped or pasted files and folders, in the same order as `roots`. */
  readonly entries?: readonly Entry[];
  /** Handles of the dropped or pasted files and folders. */
  readonly roots?: readonly Promise<FileSystemHandle | null>[];
}

/** A dropped or pasted file or folder. Null if the browser has neither. */
export type Entry = FileSystemEntry | File | null;

/** Chromium's addition: https://wicg.github.io/file-system-access/#api-datatransferitem-getasfilesystemhandle */
interface HandleItem extends DataTransferItem {
  getAsFileSystemHandle?(): Promise<FileSystemHandle | null>;
}

/** The files and folders of a drop or a paste, which are readable during its event only. Strings and URLs are ignored. */
export function filesOf({ items, files }: DataTransfer): IncomingFiles {
  const dropped: HandleItem[] = [...items].filter(({ kind }) => kind === 'file');
  return {
    files: [...files],
    entries: dropped.map((item) => item.webkitGetAsEntry() ?? item.getAsFile()),
    roots: dropped.map(async (item) => (await item.getAsFileSystemHandle?.().catch(() => null)) ?? null),
  };
}

/**
 * The innermost node that a drag event reaches and where files for the element may be dropped.
 *
 * @param selector `page`, or a selector of drop targets. Default: the element itself.
 */
export function dropTargetOf(event: Event, host: HTMLElement, selector?: string): EventTarget | undefined {
  if (!selector) return host;
  const path = event.composedPath();
  const target = path.find((node) => (node as Element).matches?.(selector === 'page' ? ':root' : selector));
  return target && path.includes(host) ? host : target;
}

/**
 * Whether the browser itself inserts what is dropped or pasted there: in editable text, or in a field.
 *
 * @param fields the selector of the fields
 */
export const isEditable = (event: Event, fields: string): boolean =>
  event.composedPath().some((node) => (node as HTMLElement).isContentEditable || (node as Element).matches?.(fields));

/** Whether files were copied, and not cells or text with a picture of them. A copied file may come with its name as text. */
export function isCopyOfFiles(data: DataTransfer): boolean {
  const text = data.getData('text');
  return !text || [...data.files].every(({ name }) => text.includes(name));
}
