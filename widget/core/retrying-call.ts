import { isUploadError, UploadError } from './errors.ts';
import { redact } from './redact.ts';
import { Retry, type RetryOptions } from './retry.ts';
import { Watchdog } from './watchdog.ts';

/** Milliseconds in which a signer must respond. */
const RESPONSE_TIMEOUT_MS = 15_000;

/** Options of {@link callWithRetries}. */
export interface CallOptions extends RetryOptions {
  /** Milliseconds for one response. Default 15,000. */
  readonly timeout?: number;
  /** Called before each attempt. */
  readonly onTry?: () => void;
  /** Whether the result is still needed; called after each failed attempt. Default: it is. */
  readonly isWanted?: () => boolean;
}

/**
 * Calls the signer, and repeats the call after failures that may pass.
 *
 * @throws {UploadError} of phase `sign` when all attempts have failed; the signal's reason when aborted
 */
export async function callWithRetries<T>(call: (signal: AbortSignal) => Promise<T>, options: CallOptions): Promise<T> {
  const { signal, network, isWanted, onTry, timeout = RESPONSE_TIMEOUT_MS } = options;
  const retry = new Retry(options);
  for (;;) {
    const watchdog = new Watchdog(timeout, network);
    onTry?.();
    try {
      const response = await call(AbortSignal.any([signal, watchdog.signal]));
      retry.succeed();
      return response;
    } catch (cause) {
      signal.throwIfAborted();
      const error = signError(cause, watchdog.signal.aborted);
      if (isWanted?.() === false) throw error;
      watchdog.stop();
      await retry.waitAfter(error);
    } finally {
      watchdog.stop();
    }
  }
}

/**
 * The messages of `fetch` for a network error in Chromium, Firefox, WebKit and Node, before a response and within one. Any
 * other error is a bug, which is not retried.
 */
const NETWORK_ERROR = /fetch|network|load failed|input stream|terminated/i;

function signError(cause: unknown, hasTimedOut: boolean): UploadError {
  if (isUploadError(cause)) return cause;
  const isNetworkError = hasTimedOut || (cause instanceof TypeError && NETWORK_ERROR.test(cause.message));
  return new UploadError('signer-unreachable', redact(`the signer did not respond: ${String(cause)}`), {
    phase: 'sign',
    retry: isNetworkError ? 'transient' : 'never',
    cause,
  });
}
