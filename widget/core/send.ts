import { s3Error } from './s3-error.ts';
import { isUploadError, UploadError } from './errors.ts';
import type { HttpRequest, HttpResponse, Transport } from './http.ts';
import type { Network } from './network.ts';
import type { RequestLimiter } from './request-limiter.ts';
import { Watchdog } from './watchdog.ts';

/**
 * Milliseconds the storage may take to answer once all is sent: on a slow line as long as the sending took, within
 * bounds, as what a browser calls sent may lie in buffers still.
 */
const ANSWER_TIMEOUT = { least: 60_000, most: 300_000 };

export interface SendOptions {
  send: Transport;
  signal: AbortSignal;
  network: Network;
  limiter: RequestLimiter;
  /** Milliseconds without progress after which a request is taken for dead. */
  timeout: number;
  onProgress(loaded: number, total: number): void;
  onSent(): void;
}

/**
 * Sends one request, and ends it when it makes no progress.
 *
 * @returns an answer with a status of 2xx
 * @throws {UploadError} what any other answer means; `network` or `timeout` when there was none; the signal's reason when
 *   it was ended
 */
export async function send(request: HttpRequest, options: SendOptions): Promise<HttpResponse> {
  const { signal, network, limiter: sockets, timeout } = options;
  const era = await sockets.acquire(signal);
  const watchdog = new Watchdog(timeout, network);
  const { host } = new URL(request.url);
  const began = Date.now();
  try {
    const response = await options.send(request, {
      signal: AbortSignal.any([signal, watchdog.signal]),
      onProgress(loaded, total) {
        watchdog.allow(timeout);
        options.onProgress(loaded, total);
      },
      onSent() {
        watchdog.allow(Math.min(Math.max(Date.now() - began, ANSWER_TIMEOUT.least), ANSWER_TIMEOUT.most));
        options.onSent();
      },
    });
    sockets.answeredHosts.add(host);
    if (response.status < 200 || response.status > 299) throw s3Error(response, 'upload');
    sockets.succeed();
    return response;
  } catch (cause) {
    signal.throwIfAborted();
    if (isUploadError(cause)) {
      if (cause.retry === 'throttle') sockets.throttle(era);
      throw cause;
    }
    throw watchdog.signal.aborted
      ? new UploadError('timeout', `${host} stopped answering`, { phase: 'upload', retry: 'transient', cause })
      : new UploadError('network', `${host} could not be reached`, { phase: 'upload', retry: 'transient', cause });
  } finally {
    watchdog.stop();
    sockets.release();
  }
}
