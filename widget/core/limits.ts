import { UploadError, type UploadErrorCode } from './errors.ts';
import type { FileInfo } from './item.ts';
import { MAX_FILE_BYTES } from './parts.ts';

/** What may be added. Client-side limits are for the visitor's comfort; the signer holds them again. */
export interface Limits {
  /** As the attribute of `<input type=file>`: extensions, media types, and `image/*` and the like. */
  accept?: string | undefined;
  /** False: one file, and the next one takes its place. Default true. */
  multiple?: boolean | undefined;
  /** Bytes. */
  maxFileSize?: number | undefined;
  /** Bytes; default 0, so an empty file is a file. */
  minFileSize?: number | undefined;
  maxFiles?: number | undefined;
  /** Bytes of all files together. */
  maxTotalSize?: number | undefined;
  /** `skip` refuses a file of the same name, size, time and path as one that is there. Default `allow`. */
  duplicates?: 'allow' | 'skip' | undefined;
}

/** What is there already. */
export interface Present {
  count: number;
  bytes: number;
  /** Whether a file like this one is there. */
  has(file: FileInfo): boolean;
}

/** Why the file may not be added, or undefined. */
export function validate(file: FileInfo, limits: Limits, present: Present): UploadError | undefined {
  const { maxFiles = limits.multiple === false ? 1 : Infinity, maxTotalSize = Infinity } = limits;
  const { minFileSize = 0 } = limits;
  const maxFileSize = Math.min(limits.maxFileSize ?? MAX_FILE_BYTES, MAX_FILE_BYTES);
  if (!isAccepted(file, limits.accept)) return refuse('file-type');
  if (file.size > maxFileSize) return refuse('file-too-large', maxFileSize);
  if (file.size < minFileSize) return refuse('file-too-small', minFileSize);
  if (limits.duplicates === 'skip' && present.has(file)) return refuse('duplicate');
  if (present.count >= maxFiles) return refuse('too-many-files', maxFiles);
  if (present.bytes + file.size > maxTotalSize) return refuse('total-too-large', maxTotalSize);
  return undefined;
}

const refuse = (code: UploadErrorCode, limit?: number): UploadError =>
  new UploadError(code, `refused before sending: ${code}`, { phase: 'validate', limit });

/** As browsers read `accept`: https://html.spec.whatwg.org/#attr-input-accept */
export function isAccepted({ name, type }: Pick<FileInfo, 'name' | 'type'>, accept = ''): boolean {
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
