import { isUploadError, UploadError } from './errors.ts';
import { Retry, type RetryOptions } from './retry.ts';
import { Watchdog } from './watchdog.ts';

/** Milliseconds a signer may take to answer. */
const ANSWER_TIMEOUT = 15_000;

export interface CallOptions extends RetryOptions {
  /** Milliseconds for one answer. Default 15,000. */
  timeout?: number;
  /** Told before each try. */
  onTry?: () => void;
  /** Whether anybody still waits for the answer, asked before each further try. */
  isWanted?: () => boolean;
}

/**
 * Asks the signer, again and again while that can help.
 *
 * @throws {UploadError} of phase `sign` when it cannot; the signal's reason when it was ended
 */
export async function callWithRetries<T>(call: (signal: AbortSignal) => Promise<T>, options: CallOptions): Promise<T> {
  const { signal, network, isWanted, onTry, timeout = ANSWER_TIMEOUT } = options;
  const retry = new Retry(options);
  for (;;) {
    const watchdog = new Watchdog(timeout, network);
    onTry?.();
    try {
      const answer = await call(AbortSignal.any([signal, watchdog.signal]));
      retry.succeed();
      return answer;
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

const DEAD_LINE = /fetch|network|load failed|input stream|terminated/i;

function signError(cause: unknown, timedOut: boolean): UploadError {
  if (isUploadError(cause)) return cause;
  // the words fetch has for a dead line in Chromium, Firefox, WebKit and Node, before an answer and within one; any other
  // error is a bug, and stays one
  const isLine = timedOut || (cause instanceof TypeError && DEAD_LINE.test(cause.message));
  return new UploadError('signer-unreachable', `the signer gave no answer: ${String(cause)}`, {
    phase: 'sign',
    retry: isLine ? 'transient' : 'never',
    cause,
  });
}
