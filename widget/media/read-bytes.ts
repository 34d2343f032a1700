import { UploadError } from '../core/errors.ts';

/** @throws {UploadError} `file-unreadable`: what was picked has been moved, deleted or locked since. */
export const readBytes = (file: Blob): Promise<ArrayBuffer> =>
  file.arrayBuffer().catch((cause: unknown) => {
    throw new UploadError('file-unreadable', 'the file cannot be read: pick it again', { phase: 'validate', cause });
  });

/** @throws {RangeError} when there are not so many bytes */
export const bytesBetween = ({ buffer }: DataView<ArrayBuffer>, from: number, to: number): Uint8Array<ArrayBuffer> =>
  new Uint8Array(buffer, from, to - from);

/** A piece of a file as text, a letter for each byte. */
export const latin1Between = (data: DataView<ArrayBuffer>, from: number, to: number): string =>
  String.fromCharCode(...bytesBetween(data, from, to));
