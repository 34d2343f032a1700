import { isUploadError, UploadError } from './errors.ts';
import type { HttpRequest, HttpResponse, Transport } from './http.ts';
import type { Network } from './network.ts';
import type { RequestLimiter } from './request-limiter.ts';
import { s3Error } from './s3-error.ts';
import { Watchdog } from './watchdog.ts';

/**
 * Milliseconds for which the response may take once all is sent: as long as the sending took, within these bounds. A
 * slow network may still hold in its buffers what the browser reports as sent.
 */
const MIN_RESPONSE_TIMEOUT_MS = 60_000;
const MAX_RESPONSE_TIMEOUT_MS = 300_000;

/** Options of {@link send}. */
export interface SendOptions {
  readonly send: Transport;
  readonly signal: AbortSignal;
  readonly network: Network;
  readonly limiter: RequestLimiter;
  /** Milliseconds without progress after which the request is aborted. */
  readonly timeout: number;
  /** Called with the bytes of the body that are sent, and with all of them. */
  onProgress(loaded: number, total: number): void;
  /** Called once the whole body is sent. */
  onSent(): void;
}

/**
 * Sends one request to the storage, and aborts it when it makes no progress.
 *
 * @returns a response with a status of 2xx
 * @throws {UploadError} the meaning of any other response; `network` or `timeout` when there was none; the signal's reason
 *   when aborted
 */
export async function send(request: HttpRequest, options: SendOptions): Promise<HttpResponse> {
  const { signal, network, limiter, timeout } = options;
  const throttlesBefore = await limiter.acquire(signal);
  const watchdog = new Watchdog(timeout, network);
  const { host } = new URL(request.url);
  const start = Date.now();
  try {
    const response = await options.send(request, {
      signal: AbortSignal.any([signal, watchdog.signal]),
      onProgress(loaded, total) {
        watchdog.allow(timeout);
        options.onProgress(loaded, total);
      },
      onSent() {
        const took = Date.now() - start;
        watchdog.allow(Math.min(Math.max(took, MIN_RESPONSE_TIMEOUT_MS), MAX_RESPONSE_TIMEOUT_MS));
        options.onSent();
      },
    });
    limiter.answeredHosts.add(host);
    if (response.status < 200 || response.status > 299) throw s3Error(response, 'upload');
    limiter.succeed();
    return response;
  } catch (cause) {
    signal.throwIfAborted();
    if (isUploadError(cause)) {
      if (cause.retry === 'throttle') limiter.throttle(throttlesBefore);
      throw cause;
    }
    throw watchdog.signal.aborted
      ? new UploadError('timeout', `${host} stopped responding`, { phase: 'upload', retry: 'transient', cause })
      : new UploadError('network', `${host} could not be reached`, { phase: 'upload', retry: 'transient', cause });
  } finally {
    watchdog.stop();
    limiter.release();
  }
}
