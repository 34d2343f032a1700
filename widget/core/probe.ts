/** Milliseconds in which a server must respond to a probe. */
const PROBE_TIMEOUT_MS = 10_000;

/**
 * Whether a server responds at all. The request is `no-cors`: its response cannot be read, so it needs no permission.
 *
 * @throws the signal's reason when aborted
 */
export async function isReachable(url: URL, signal: AbortSignal, method: 'GET' | 'HEAD' = 'GET'): Promise<boolean> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)]);
  try {
    await fetch(url, { method, mode: 'no-cors', credentials: 'omit', cache: 'no-store', signal: limited });
    return true;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}
