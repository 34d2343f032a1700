import { UploadError, type UploadErrorCode } from './errors.ts';
import type { FileInfo, UploadItem } from './item.ts';
import { MAX_FILE_BYTES } from './part-limits.ts';

/** Limits of the files that may be added. The client's limits spare the visitor a wait; the signer enforces its own. */
export interface Limits {
  /** As the attribute of `<input type=file>`: extensions, media types, and `image/*` and the like. Default: any file. */
  accept?: string;
  /** False: one file, and the next one replaces it. Default true. */
  multiple?: boolean;
  /**
   * Bytes of one file. Default, and at most: 48.8 TiB (10,000 parts of 5 GiB), S3's own limit:
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
   */
  maxFileSize?: number;
  /** Bytes of one file. Default 0, so an empty file may be added. */
  minFileSize?: number;
  /** Number of files. Default: 1 with `multiple: false`, else unlimited. */
  maxFiles?: number;
  /** Bytes of all files together. Default: unlimited. */
  maxTotalSize?: number;
  /** `skip` refuses a file with the same name, size, time and path as one in the list. Default `allow`. */
  duplicates?: Duplicates;
}

/** Whether a file may be added that is in the list already: `allow` adds it again, `skip` refuses it. */
export type Duplicates = 'allow' | 'skip';

/** The files that count for the limits: those that are stored or are to be. */
export interface Totals {
  /** Number of files. */
  readonly count: number;
  /** Bytes of all these files. */
  readonly bytes: number;
  /** Whether a file like this one is among them. */
  hasDuplicateOf(file: FileInfo): boolean;
}

/** The number of files that the limits allow. */
export const maxFilesOf = ({ multiple, maxFiles = multiple === false ? 1 : Infinity }: Limits): number => maxFiles;

/** @returns why the file must not be added, or undefined when it may */
export function validate(file: FileInfo, limits: Limits, totals: Totals): UploadError | undefined {
  const { maxTotalSize = Infinity } = limits;
  const maxFiles = maxFilesOf(limits);
  const { minFileSize = 0 } = limits;
  const maxFileSize = Math.min(limits.maxFileSize ?? MAX_FILE_BYTES, MAX_FILE_BYTES);
  if (!isPlainlyAccepted(file, limits.accept)) return refuse('file-type');
  if (file.size > maxFileSize) return refuse('file-too-large', maxFileSize);
  if (file.size < minFileSize) return refuse('file-too-small', minFileSize);
  if (limits.duplicates === 'skip' && totals.hasDuplicateOf(file)) return refuse('duplicate');
  if (totals.count >= maxFiles) return refuse('too-many-files', maxFiles);
  if (totals.bytes + file.size > maxTotalSize) return refuse('total-too-large', maxTotalSize);
  return undefined;
}

const refuse = (code: UploadErrorCode, limit?: number): UploadError =>
  new UploadError(code, `refused before sending: ${code}`, { phase: 'validate', limit });

/** The totals of a list; `add` counts a file that was added since. */
export function totalsOf(items: Iterable<UploadItem>, { duplicates }: Limits): Totals & { add(file: FileInfo): void } {
  const known = new Set<string>();
  const totals = {
    count: 0,
    bytes: 0,
    hasDuplicateOf: (file: FileInfo) => known.has(fingerprint(file)),
    add(file: FileInfo) {
      totals.count += 1;
      totals.bytes += file.size;
      if (duplicates === 'skip') known.add(fingerprint(file));
    },
  };
  for (const item of items) if (item.status !== 'rejected' && item.status !== 'canceled') totals.add(item);
  return totals;
}

/** The totals of an empty list. */
export const NO_FILES: Totals = { count: 0, bytes: 0, hasDuplicateOf: () => false };

/** Identifies the file that was picked: the one that is sent in its place may have another name and size. */
const fingerprint = (info: FileInfo): string => {
  const { name, size, lastModified }: Partial<File> = info.picked ?? info.file ?? info;
  return [name, size, info.path, lastModified].join('/');
};

/**
 * Whether `accept` allows the file by its extension or its very type, as browsers read the attribute:
 * https://html.spec.whatwg.org/#attr-input-accept. When it does not, `accept.ts` decides, which knows the names of types.
 */
export function isPlainlyAccepted({ name, type }: Pick<FileInfo, 'name' | 'type'>, accept = ''): boolean {
  const tokens = accept
    .toLowerCase()
    .split(',')
    .flatMap((token) => token.trim() || []);
  if (!tokens.length) return true;
  return tokens.some((token) =>
    token.startsWith('.')
      ? name.toLowerCase().endsWith(token)
      : token.endsWith('/*')
        ? type.startsWith(token.slice(0, -1))
        : token === type || token === '*',
  );
}
