import { abortable } from './network.ts';

/** Connections that browsers open to one host at a time over HTTP/1.1. */
export const MAX_CONNECTIONS = 6;
/** Successful requests after which a throttled storage gets one more request at a time. */
const REQUESTS_TO_RECOVER = 10;

/**
 * Limits the requests to one host that run at a time, and knows how the host has responded to this page. First come, first
 * served, so that files share them fairly. When the storage asks to slow down, one request at a time finds out when it works
 * again, and then half as many may run as before.
 */
export class RequestLimiter {
  #limit = MAX_CONNECTIONS;
  #running = 0;
  #successes = 0;
  /** Whether the storage has answered nothing but requests to slow down since it asked for that. */
  #isThrottled = false;
  /** How often the storage has asked to slow down. */
  #throttles = 0;
  readonly #waiting = new Set<() => void>();
  /** Methods of requests that were answered, and so are allowed to this page. */
  readonly answeredMethods = new Set<string>();
  /** Whether the host has stored a file by POST. */
  hasStoredPost = false;
  /** Whether a request has reported the progress of its body, and the next one is expected to do so, too. */
  hasSeenProgress = false;
  /** When a request was answered or has reported progress, as `Date.now()`. */
  lastProgress = -Infinity;
  /**
   * Whether a request may be ended before its time because its connection seems to be lost. Once, until a request has
   * succeeded: a storage that stops reading now and then is not sent everything twice.
   */
  mayEndEarly = true;
  readonly #onBusy: () => () => void;
  #onIdle?: () => void;

  /** @param onBusy called when the first request begins; returns a function that is called when the last one has ended */
  constructor(onBusy: () => () => void = () => () => {}) {
    this.#onBusy = onBusy;
  }

  /**
   * Waits until a request may run. The caller calls {@link release} when it has ended.
   *
   * @returns how often the storage had asked to slow down by then, for {@link throttle}
   * @throws the signal's reason when aborted
   */
  async acquire(signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    if (this.#running < this.#maxRunning) {
      if (!this.#running) this.#onIdle = this.#onBusy();
      this.#running += 1;
      return this.#throttles;
    }
    let start: (() => void) | undefined;
    try {
      await abortable<void>(signal, (resolve) => this.#waiting.add((start = resolve)));
    } catch (reason) {
      // it may have been started in the same moment
      if (start && !this.#waiting.delete(start)) this.release();
      throw reason;
    }
    return this.#throttles;
  }

  get #maxRunning(): number {
    return this.#isThrottled ? 1 : this.#limit;
  }

  release(): void {
    this.#running -= 1;
    for (const start of this.#waiting) {
      if (this.#running >= this.#maxRunning) return;
      this.#waiting.delete(start);
      this.#running += 1;
      start();
    }
    if (!this.#running) this.#onIdle?.();
  }

  /**
   * Halves the number of requests, because the storage has asked to slow down. Once for all requests that ran together.
   *
   * @param throttlesBefore what {@link acquire} returned for the request that was refused
   */
  throttle(throttlesBefore: number): void {
    if (throttlesBefore !== this.#throttles) return;
    this.#throttles += 1;
    this.#limit = Math.max(1, Math.min(this.#limit, this.#running) >> 1);
    this.#successes = 0;
    this.#isThrottled = true;
  }

  /** Counts a successful request. */
  succeed(): void {
    this.#isThrottled = false;
    this.mayEndEarly = true;
    if (this.#limit === MAX_CONNECTIONS || ++this.#successes < REQUESTS_TO_RECOVER) return;
    this.#successes = 0;
    this.#limit += 1;
  }
}
