import { UploadError, type UploadPhase } from './errors.ts';

/** Whether a file's bytes are still there: a page has no copy of what a visitor picked. */
export const isReadable = (file: Blob): Promise<boolean> =>
  read(file).then(
    () => true,
    () => false,
  );

/** @throws {UploadError} `file-changed` when the bytes are not there any more */
export async function checkReadable(file: File, phase: UploadPhase): Promise<void> {
  try {
    await read(file);
  } catch (cause) {
    const message = `"${file.name}" was changed, moved or deleted after it was picked: pick it again`;
    throw new UploadError('file-changed', message, { phase, cause });
  }
}

/** The last byte: a file that was cut short still has its first. */
const read = (file: Blob): Promise<unknown> => file.slice(-1).arrayBuffer();
