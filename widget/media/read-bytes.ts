import { UploadError } from '../core/errors.ts';

/**
 * Reads all bytes of a file.
 *
 * @throws {UploadError} `file-unreadable` if the file was moved, deleted or locked after it was picked
 */
export const readBytes = (file: Blob): Promise<ArrayBuffer> =>
  file.arrayBuffer().catch((cause: unknown) => {
    throw new UploadError('file-unreadable', 'The file cannot be read: pick it again.', { phase: 'validate', cause });
  });

/**
 * The bytes from `start` up to, not including, `end`, without a copy.
 *
 * @throws {RangeError} if there are fewer bytes
 */
export const bytesBetween = ({ buffer }: DataView<ArrayBuffer>, start: number, end: number): Uint8Array<ArrayBuffer> =>
  new Uint8Array(buffer, start, end - start);

/** The bytes from `start` up to, not including, `end` as text, one character per byte. */
export const latin1Between = (data: DataView<ArrayBuffer>, start: number, end: number): string =>
  String.fromCharCode(...bytesBetween(data, start, end));
