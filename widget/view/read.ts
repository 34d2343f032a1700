import { UploadError } from '../core/errors.ts';

/** @throws {UploadError} `file-unreadable`: what was picked has been moved, deleted or locked since. */
export const readBytes = (file: Blob): Promise<ArrayBuffer> =>
  file.arrayBuffer().catch((cause: unknown) => {
    throw new UploadError('file-unreadable', 'the file cannot be read: pick it again', { phase: 'validate', cause });
  });

/** A piece of a file as text, a letter for each byte. */
export const latin = (data: DataView, from: number, to: number): string =>
  String.fromCharCode(...new Uint8Array(data.buffer, data.byteOffset + from, to - from));
