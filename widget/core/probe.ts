import { isUploadError, type UploadPhase } from './errors.ts';
import { explainBlocked } from './page-policy.ts';

/** Milliseconds in which a server must respond to a probe. */
const PROBE_TIMEOUT_MS = 10_000;

/**
 * Whether a server responds at all. The request is `no-cors`: its response cannot be read, so it needs no permission.
 *
 * @param phase the phase of the error, default `upload`
 * @throws {UploadError} `csp` or `config` when the page itself has blocked the request; the signal's reason when aborted
 */
export async function isReachable(
  url: URL,
  signal: AbortSignal,
  method: 'GET' | 'HEAD' = 'GET',
  phase: UploadPhase = 'upload',
): Promise<boolean> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)]);
  const request = (): Promise<Response> =>
    fetch(url, { method, mode: 'no-cors', credentials: 'omit', cache: 'no-store', signal: limited });
  try {
    await explainBlocked(url, phase, request);
    return true;
  } catch (error) {
    signal.throwIfAborted();
    if (isUploadError(error)) throw error;
    return false;
  }
}
