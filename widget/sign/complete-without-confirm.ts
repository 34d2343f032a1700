import { isUploadError } from '../core/errors.ts';
import type { StoredFile } from '../core/protocol.ts';

/** Milliseconds for which no lifecycle rule clears away an upload in parts: they count whole days. */
const SAFE = 24 * 3_600_000;

/**
 * Completes an upload in parts where nobody can be asked whether the object is there. A storage that knows no such upload any
 * more, after it was told to put it together, has done so, and it is the answer that got lost: the page has not given it up,
 * and it is too young for a lifecycle rule. To be made when the upload has just begun.
 *
 * @param send tells the storage; calls `sends` just before it does
 * @param stored what is known of the object without an answer
 */
export function completeWithoutConfirm(
  send: (signal: AbortSignal, sends: () => void) => Promise<StoredFile>,
  stored: () => StoredFile,
): (signal: AbortSignal) => Promise<StoredFile> {
  const begun = Date.now();
  let wasSent = false;
  return async (signal) => {
    try {
      return await send(signal, () => (wasSent = true));
    } catch (error) {
      const isGone = isUploadError(error) && error.code === 'upload-lost';
      if (!isGone || !wasSent || Date.now() - begun > SAFE) throw error;
      return stored();
    }
  };
}
