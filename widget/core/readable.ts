import { UploadError, type UploadPhase } from './errors.ts';

/** Whether the file's bytes can be read: a page has no copy of a picked file. */
export const isReadable = (file: Blob): Promise<boolean> =>
  readLastByte(file).then(
    () => true,
    () => false,
  );

/** @throws {UploadError} `file-changed` when the file's bytes can no longer be read */
export async function checkReadable(file: File, phase: UploadPhase): Promise<void> {
  try {
    await readLastByte(file);
  } catch (cause) {
    const message = `"${file.name}" was changed, moved or deleted after it was picked: pick it again`;
    throw new UploadError('file-changed', message, { phase, cause });
  }
}

/** Truncation leaves the first byte intact. */
const readLastByte = (file: Blob): Promise<unknown> => file.slice(-1).arrayBuffer();
