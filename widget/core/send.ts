import { storageError } from './answer.ts';
import { isUploadError, UploadError } from './errors.ts';
import type { HttpRequest, HttpResponse, Transport } from './http.ts';
import type { Network } from './network.ts';
import type { Sockets } from './sockets.ts';

/** Milliseconds the storage may take to answer once all is sent. */
const ANSWER_TIMEOUT = 60_000;
/** Milliseconds a request that was in flight while the machine slept gets to show that it lives. */
const WAKE_GRACE = 3_000;

export interface SendOptions {
  send: Transport;
  signal: AbortSignal;
  network: Network;
  sockets: Sockets;
  /** Milliseconds without progress after which a request is taken for dead. */
  timeout: number;
  onProgress(loaded: number, total: number): void;
  onSent(): void;
}

/**
 * Sends one request under a watchdog that is armed at once, not by the first progress: a connection that is accepted and
 * never read makes none.
 *
 * @returns an answer with a status of 2xx
 * @throws {UploadError} what any other answer means; `network` or `timeout` when there was none; the signal's reason when
 *   it was ended
 */
export async function send(request: HttpRequest, options: SendOptions): Promise<HttpResponse> {
  const { signal, network, sockets, timeout } = options;
  await sockets.enter(signal);
  const watchdog = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const arm = (ms: number): void => {
    clearTimeout(timer);
    const due = Date.now() + ms;
    timer = setTimeout(() => {
      // a timer that comes late was frozen, and the progress it waited for may be queued behind it
      if (Date.now() - due > WAKE_GRACE) arm(WAKE_GRACE);
      else watchdog.abort();
    }, ms);
  };
  const onWake = (): void => arm(WAKE_GRACE);
  network.addEventListener('wake', onWake);
  arm(timeout);
  try {
    const response = await options.send(request, {
      signal: AbortSignal.any([signal, watchdog.signal]),
      onProgress(loaded, total) {
        arm(timeout);
        options.onProgress(loaded, total);
      },
      onSent() {
        arm(ANSWER_TIMEOUT);
        options.onSent();
      },
    });
    if (response.status < 200 || response.status > 299) throw storageError(response, 'upload');
    sockets.clear();
    return response;
  } catch (cause) {
    signal.throwIfAborted();
    if (isUploadError(cause)) {
      if (cause.retry === 'throttle') sockets.slow();
      throw cause;
    }
    const { host } = new URL(request.url);
    throw watchdog.signal.aborted
      ? new UploadError('timeout', `${host} stopped answering`, { phase: 'upload', retry: 'transient', cause })
      : new UploadError('network', `${host} could not be reached`, { phase: 'upload', retry: 'transient', cause });
  } finally {
    clearTimeout(timer);
    network.removeEventListener('wake', onWake);
    sockets.leave();
  }
}
