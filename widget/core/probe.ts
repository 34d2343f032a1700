/** Milliseconds a server has to say that it is there. */
const PROBE_TIMEOUT = 10_000;

/**
 * Whether anybody is there: a request whose answer may not be read needs no permission.
 *
 * @throws the signal's reason when it was ended
 */
export async function isThere(url: URL, signal: AbortSignal, method: 'GET' | 'HEAD' = 'GET'): Promise<boolean> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(PROBE_TIMEOUT)]);
  try {
    await fetch(url, { method, mode: 'no-cors', credentials: 'omit', cache: 'no-store', signal: limited });
    return true;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}
