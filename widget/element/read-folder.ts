import { UploadError } from '../core/errors.ts';
import type { Entry, IncomingFiles } from './dropped-files.ts';

/** Maximum files of one drop. A larger folder is probably a mistake, such as a home folder or a circular link. */
const MAX_FOLDER_FILES = 100_000;

/** The files in and below folders, and what is missing. */
export interface FolderContent {
  /** The files in their order, each with its path. The path of a file outside of folders is empty. */
  readonly files: Map<File, string>;
  /** The paths of files and folders that could not be read, each with the reason. A file that has no name is called `?`. */
  readonly errors: (readonly [path: string, error: UploadError])[];
}

/**
 * Reads all files in and below the folders that were dropped, pasted or picked. Leaves out hidden files and folders within
 * them, such as `.git` and `.DS_Store`.
 */
export async function readFolders({ files, entries, isFolder }: IncomingFiles): Promise<FolderContent> {
  const content: FolderContent = { files: new Map(), errors: [] };
  if (isFolder) {
    for (const file of files) {
      const path = file.webkitRelativePath;
      if (!path.split('/').slice(1).some(isHidden)) content.files.set(file, path);
    }
  } else await collect(entries ?? [], content);
  return content;
}

async function collect(entries: readonly Entry[], content: FolderContent): Promise<void> {
  const { files, errors } = content;
  for (const entry of entries) {
    if (files.size >= MAX_FOLDER_FILES) {
      if (!errors.some(([, { code }]) => code === 'too-many-files')) errors.push([entry?.name ?? '?', tooMany()]);
      return;
    }
    if (entry instanceof File) files.set(entry, '');
    else if (!entry) errors.push(['?', unreadable('?')]);
    else {
      const path = entry.fullPath.slice(1);
      const fail = (cause: unknown): unknown => errors.push([path, unreadable(path, cause)]);
      if (entry.isDirectory) {
        const within = await children(entry as FileSystemDirectoryEntry, fail);
        await collect(
          within.filter(({ name }) => !isHidden(name)),
          content,
        );
      } else {
        try {
          files.set(await fileOf(entry as FileSystemFileEntry), path.includes('/') ? path : '');
        } catch (cause) {
          fail(cause);
        }
      }
    }
  }
}

/**
 * Chromium's reader returns at most 100 entries per call, so this calls it until it returns none.
 *
 * @param fail called when the rest of the folder cannot be read
 */
async function children(
  directory: FileSystemDirectoryEntry,
  fail: (cause: unknown) => void,
): Promise<FileSystemEntry[]> {
  const all: FileSystemEntry[] = [];
  try {
    const reader = directory.createReader();
    for (;;) {
      const some = await new Promise<FileSystemEntry[]>((...settle) => reader.readEntries(...settle));
      if (!some.length) break;
      all.push(...some);
    }
  } catch (cause) {
    fail(cause);
  }
  return all;
}

const fileOf = (entry: FileSystemFileEntry): Promise<File> => new Promise((...settle) => entry.file(...settle));

const unreadable = (path: string, cause?: unknown): UploadError => {
  const message = `"${path}" was dropped and cannot be read: check its permissions, and whether its path is too long.`;
  return new UploadError('file-unreadable', message, { phase: 'validate', cause });
};

const tooMany = (): UploadError =>
  new UploadError(
    'too-many-files',
    `The dropped folder has more than ${MAX_FOLDER_FILES} files. The rest is left out.`,
    {
      phase: 'validate',
      limit: MAX_FOLDER_FILES,
    },
  );

const isHidden = (name: string): boolean => name.startsWith('.') || /^(thumbs\.db|desktop\.ini)$/i.test(name);
