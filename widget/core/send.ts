import { storageError } from './answer.ts';
import { isUploadError, UploadError } from './errors.ts';
import type { HttpRequest, HttpResponse, Transport } from './http.ts';
import type { Network } from './network.ts';
import type { Sockets } from './sockets.ts';

/** Milliseconds the storage may take to answer once all is sent. */
const ANSWER_TIMEOUT = 60_000;
/** Milliseconds a request that was in flight while the machine slept gets to show that it lives. */
const WAKE_GRACE = 3_000;
/** Milliseconds without a tick after which the page must have been frozen, or the machine asleep. */
const SLEEP = 15_000;

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
  const tick = Math.min(1_000, timeout / 4);
  let deadline = Date.now() + timeout;
  let seen = Date.now();
  let isSpared = false;
  const allow = (ms: number): void => {
    deadline = Date.now() + ms;
    isSpared = false;
  };
  const timer = setInterval(() => {
    const now = Date.now();
    if (now - seen > SLEEP && !isSpared) {
      // the page was frozen or the machine asleep, and the progress it waited for may be queued behind this very tick
      deadline = now + WAKE_GRACE;
      isSpared = true;
    } else if (now > deadline) {
      watchdog.abort();
    }
    seen = now;
  }, tick);
  const onWake = (): void => allow(WAKE_GRACE);
  network.addEventListener('wake', onWake);
  try {
    const response = await options.send(request, {
      signal: AbortSignal.any([signal, watchdog.signal]),
      onProgress(loaded, total) {
        allow(timeout);
        options.onProgress(loaded, total);
      },
      onSent() {
        allow(ANSWER_TIMEOUT);
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
    clearInterval(timer);
    network.removeEventListener('wake', onWake);
    sockets.leave();
  }
}
