type Entry = FileSystemEntry | File | null;

/** Maximum files of one drop. A larger folder is probably a mistake, such as a home folder or a circular link. */
const MAX_FOLDER_FILES = 100_000;

/**
 * All files in and below the entries, in their order, each with its path. The path of a file outside of folders is
 * empty. Left out are hidden files and folders within a folder, such as `.git` and `.DS_Store`, and unreadable ones.
 */
export async function walk(entries: readonly Entry[]): Promise<ReadonlyMap<File, string>> {
  const files = new Map<File, string>();
  await collect(entries, files);
  return files;
}

/** The files of a chosen folder but for those that are hidden in it, each with its path. */
export const visible = (files: readonly File[]): ReadonlyMap<File, string> =>
  new Map(
    files
      .map((file) => [file, file.webkitRelativePath] as const)
      .filter(([, path]) => !path.split('/').slice(1).some(isHidden)),
  );

async function collect(entries: readonly Entry[], files: Map<File, string>): Promise<void> {
  for (const entry of entries) {
    if (!entry || files.size >= MAX_FOLDER_FILES) continue;
    if (entry instanceof File) files.set(entry, '');
    else if (entry.isDirectory) {
      const within = await children(entry as FileSystemDirectoryEntry);
      await collect(
        within.filter(({ name }) => !isHidden(name)),
        files,
      );
    } else {
      const file = await fileOf(entry as FileSystemFileEntry);
      const path = entry.fullPath.slice(1);
      if (file) files.set(file, path.includes('/') ? path : '');
    }
  }
}

/** Chromium's reader returns at most 100 entries per call, so this calls it until it returns none. */
async function children(directory: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = directory.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (!some.length) return all;
    all.push(...some);
  }
}

const fileOf = (entry: FileSystemFileEntry): Promise<File | null> =>
  new Promise((resolve) => entry.file(resolve, () => resolve(null)));

const isHidden = (name: string): boolean => name.startsWith('.') || /^(thumbs\.db|desktop\.ini)$/i.test(name);
