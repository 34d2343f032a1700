import type { Grant } from '../core/sign.ts';

/** Milliseconds in which an upload that nobody will use may be freed. */
const ABORT_TIMEOUT_MS = 15_000;

/**
 * Waits for the grants of a batch. Where one of them fails, the whole batch is asked for anew: what the others have begun in
 * the storage by then is freed.
 *
 * @throws what the first that failed was rejected with
 */
export async function collectGrants(grants: readonly Promise<Grant>[]): Promise<Grant[]> {
  const settled = await Promise.allSettled(grants);
  const granted = settled.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  const failed = settled.find((one) => one.status === 'rejected');
  if (!failed) return granted;
  for (const grant of granted) {
    if (!('abort' in grant)) continue;
    grant.abort(AbortSignal.timeout(ABORT_TIMEOUT_MS)).catch(() => {
      // the bucket's lifecycle rule clears what is left
    });
  }
  throw failed.reason;
}
