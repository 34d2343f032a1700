import type { Grant } from '../core/sign.ts';

/** Milliseconds that aborting an upload of a failed batch may take. */
const ABORT_TIMEOUT_MS = 15_000;

/**
 * Waits for all grants of a batch. If one fails, the queue requests the whole batch again, so the multipart uploads that the
 * other grants have begun are aborted.
 *
 * @throws the error of the first failed grant
 */
export async function collectGrants(grants: readonly Promise<Grant>[]): Promise<Grant[]> {
  const results = await Promise.allSettled(grants);
  const granted = results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
  const failed = results.find((result) => result.status === 'rejected');
  if (!failed) return granted;
  for (const grant of granted) {
    if (!('abort' in grant)) continue;
    grant.abort(AbortSignal.timeout(ABORT_TIMEOUT_MS)).catch(() => {
      // the bucket's lifecycle rule removes what is left
    });
  }
  throw failed.reason;
}
