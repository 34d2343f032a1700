/** Where a file was dropped from. */
export interface DropSource {
  /** Handles of the files and folders that were dropped together. */
  readonly roots: readonly Promise<FileSystemHandle | null>[];
  /** The file's path within its folder, or its name. */
  readonly path: string;
}

/** The handle of a dropped file, by which a later page can read it again. Undefined except in Chromium. */
export async function handleOf({ roots, path }: DropSource): Promise<FileSystemFileHandle | undefined> {
  const [first, ...rest] = path.split('/');
  const named = (await Promise.all(roots)).filter((root) => root?.name === first);
  // files dropped from search results may share a name
  let handle = named.length === 1 ? named[0] : undefined;
  for (const [i, name] of rest.entries()) {
    if (handle?.kind !== 'directory') return undefined;
    const folder = handle as FileSystemDirectoryHandle;
    handle = await (i < rest.length - 1 ? folder.getDirectoryHandle(name) : folder.getFileHandle(name));
  }
  return handle?.kind === 'file' ? (handle as FileSystemFileHandle) : undefined;
}
