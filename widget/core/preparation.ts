import { isUploadError, UploadError } from './errors.ts';
import type { FileInfo, SentFile, UploadItem } from './item.ts';
import { mediaType } from './media-type.ts';
import { checkReadable } from './readable.ts';

/** Steps before a file is queued. */
export interface PreparationOptions {
  /**
   * Checks a file. Default: none.
   *
   * @returns why the file must not be uploaded, or undefined when it may
   */
  check?: (file: FileInfo, signal: AbortSignal) => Promise<UploadError | undefined>;
  /**
   * Makes the file that is sent in place of the picked one; limits of size apply to the file that is sent. Default: the
   * picked file is sent.
   */
  prepare?: (file: File, signal: AbortSignal) => Promise<File>;
}

/**
 * Checks a file and makes the one to send.
 *
 * @returns the file to send, or nothing where it is the picked one
 * @throws {UploadError} why the file must not be uploaded; the signal's reason when aborted, even when the options ignore
 *   the signal
 */
export async function prepareFile(
  item: UploadItem,
  options: PreparationOptions,
  signal: AbortSignal,
): Promise<SentFile> {
  try {
    return await Promise.race([fileToSend(item, options, signal), rejection(signal)]);
  } catch (cause) {
    signal.throwIfAborted();
    if (isUploadError(cause)) throw cause;
    await checkReadable(item.file!, 'validate');
    throw new UploadError('invalid', cause instanceof Error ? cause.message : String(cause), {
      phase: 'validate',
      cause,
    });
  }
}

async function fileToSend(item: UploadItem, options: PreparationOptions, signal: AbortSignal): Promise<SentFile> {
  const error = await options.check?.(item, signal);
  if (error) throw error;
  const picked = item.file!;
  const file = (await options.prepare?.(picked, signal)) ?? picked;
  return file === picked ? {} : { file, picked, name: file.name, size: file.size, type: mediaType(file) };
}

/** Rejects with the signal's reason when aborted. */
const rejection = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }));
