import type { Connections } from './connections.ts';
import { isUploadError, type SentBytes, UploadError, type UploadErrorInit } from './errors.ts';
import { bytesOf, type HttpRequest, type HttpResponse, type Transport } from './http.ts';
import type { Load } from './lazy.ts';
import type { Network } from './network.ts';
import { s3Error } from './s3-error.ts';
import { isFromStorage, isSignedRedirect } from './stored.ts';
import { Watchdog } from './watchdog.ts';

/**
 * Milliseconds for which the response may take once all is sent: as long as the sending took, within these bounds, or as
 * long as a slow network needs for the body, or the timeout, whichever is longest. A slow network, or a proxy, may still
 * hold what the browser reports as sent.
 */
const MIN_RESPONSE_TIMEOUT_MS = 60_000;
const MAX_RESPONSE_TIMEOUT_MS = 300_000;
/** Bytes per second of the slowest network for which a request without any progress is not aborted: 512 kbit/s. */
export const MIN_BYTES_PER_SECOND = 65_536;

/** Timeouts for which a request without any progress waits while others use the connections of the browser to its host. */
const MAX_QUEUED_TIMEOUTS = 4;

/** Options of {@link send}. */
export interface SendOptions {
  readonly send: Transport;
  readonly signal: AbortSignal;
  readonly network: Network;
  readonly connections: Connections;
  /** Milliseconds without progress after which the request is aborted. */
  readonly timeout: number;
  /** Hosts that the file may be sent to. Default: any. */
  readonly allowedHosts?: readonly string[];
  /** Loads code that few uploads need. */
  readonly load: Load;
  /** Called with the bytes of the body that are sent, and with all of them. */
  onProgress(loaded: number, total: number): void;
  /** Called once the whole body is sent. */
  onSent(): void;
  /**
   * Called while all is sent and there is no response: after a third of `timeout`, after twice as long, and so on. Resolves to
   * true to give up the request. Default: it is given up when its time is over.
   *
   * @param ms milliseconds since all was sent
   */
  onUnanswered?(ms: number): Promise<boolean>;
}

/**
 * Sends one request to the storage, and aborts it when it makes no progress.
 *
 * @returns a response that proves that the storage has the body
 * @throws {UploadError} the meaning of any other response; `bad-signer-response` when a host has responded that is not allowed;
 *   `network` or `timeout` when there was no response, with `sent`; the signal's reason when aborted
 */
export async function send(request: HttpRequest, options: SendOptions): Promise<HttpResponse> {
  const { signal, network, connections, timeout, allowedHosts, load } = options;
  const target = new URL(request.url);
  const { host } = target;
  const limiter = connections.to(host);
  const throttlesBefore = await limiter.acquire(signal);
  const neededMs = (bytesOf(request.body) / MIN_BYTES_PER_SECOND) * 1000;
  const start = Date.now();
  let sent = 'nothing' as SentBytes;
  // a service worker hides the progress of all requests: the network's speed is then unknown
  const hidesProgress = (): boolean => sent === 'nothing' && !(limiter.hasSeenProgress || options.send.reportsProgress);
  let queuedTimeouts = 0;
  let isBusyElsewhere = false;
  const watchdog = new Watchdog(timeout, network, {
    extend() {
      // it may wait in the browser's line for a connection that others use
      const isQueued = sent === 'nothing' && (isBusyElsewhere || limiter.lastProgress > Date.now() - timeout);
      if (isQueued && ++queuedTimeouts < MAX_QUEUED_TIMEOUTS) return timeout;
      if (!hidesProgress()) return 0;
      sent = 'unknown';
      return neededMs;
    },
    async onSilence(silence) {
      if (sent === 'all') return !!(await options.onUnanswered?.(silence.ms));
      if (sent === 'nothing') isBusyElsewhere = await connections.isBusyElsewhere(host);
      if (sent !== 'part') return false;
      const { hasLostConnection } = await load(() => import('./silence.ts'), signal, true);
      return hasLostConnection(silence, target, connections, signal);
    },
  });
  const failure = (code: 'timeout' | 'network', message: string, init?: Partial<UploadErrorInit>): UploadError =>
    new UploadError(code, `${host} ${message}`, { phase: 'upload', retry: 'transient', sent, ...init });
  try {
    const response = await options.send(request, {
      signal: AbortSignal.any([signal, watchdog.signal]),
      onProgress(loaded, total) {
        if (loaded) {
          sent = 'part';
          limiter.hasSeenProgress = true;
          limiter.lastProgress = Date.now();
        }
        watchdog.allow(timeout);
        options.onProgress(loaded, total);
      },
      onSent() {
        sent = 'all';
        const took = Math.min(Math.max(Date.now() - start, MIN_RESPONSE_TIMEOUT_MS), MAX_RESPONSE_TIMEOUT_MS);
        watchdog.allow(Math.max(timeout, took, neededMs));
        options.onSent();
      },
    });
    const { status, url } = response;
    const isOurs = isFromStorage(request, response);
    // a redirect may have sent the file elsewhere, but for the one after success to the address that the form signs
    if (url && allowedHosts?.length && !(status < 300 && isSignedRedirect(request, url))) {
      (await load(() => import('./check-grant.ts'), signal)).checkUrl(url, allowedHosts);
    }
    if (!isOurs) {
      sent = 'all';
      throw failure('network', `was not what answered: a captive portal or proxy did, with ${status}`, { status });
    }
    limiter.answeredMethods.add(request.method);
    limiter.lastProgress = Date.now();
    if (status < 200 || status > 299) throw s3Error(response, 'upload');
    if (request.method === 'POST') limiter.hasStoredPost = true;
    limiter.succeed();
    return response;
  } catch (cause) {
    signal.throwIfAborted();
    if (isUploadError(cause)) {
      if (cause.retry === 'throttle') limiter.throttle(throttlesBefore);
      throw cause;
    }
    if (!watchdog.signal.aborted) {
      if (hidesProgress()) sent = 'unknown';
      throw failure('network', 'could not be reached', { cause });
    }
    // the next request gets the time that its size needs: a service worker may have begun to hide the progress
    if (sent === 'nothing') limiter.hasSeenProgress = false;
    throw failure('timeout', 'stopped responding', { cause });
  } finally {
    watchdog.stop();
    limiter.release();
  }
}
