import { isUploadError } from '../core/errors.ts';
import type { StoredFile } from '../core/protocol.ts';

/**
 * Milliseconds for which no lifecycle rule aborts an upload: their shortest period is one day.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpu-abort-incomplete-mpu-lifecycle-config.html
 */
const MIN_LIFECYCLE_MS = 24 * 3_600_000;

/**
 * Makes the `complete` of a multipart grant for a signer that has no `confirm`. Call it when the upload begins.
 *
 * If the storage no longer knows an upload after a request to complete it, the upload was completed and the response was
 * lost: the page has not aborted it, and it is too young for a lifecycle rule.
 *
 * @param send requests the completion, and calls `onSend` just before the request
 * @param assumeStored describes the object when the response was lost
 */
export function completeWithoutConfirm(
  send: (signal: AbortSignal, onSend: () => void) => Promise<StoredFile>,
  assumeStored: () => StoredFile,
): (signal: AbortSignal) => Promise<StoredFile> {
  const begun = Date.now();
  let wasSent = false;
  return async (signal) => {
    try {
      return await send(signal, () => (wasSent = true));
    } catch (error) {
      const isGone = isUploadError(error) && error.code === 'upload-lost';
      if (!isGone || !wasSent || Date.now() - begun > MIN_LIFECYCLE_MS) throw error;
      return assumeStored();
    }
  };
}
