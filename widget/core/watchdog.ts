import type { Network } from './network.ts';

/** Milliseconds in which a request that was in flight while the machine slept must make progress. */
const WAKE_GRACE_MS = 2_000;
/** Milliseconds without a tick that mean that the page was frozen or the machine asleep. */
const SLEEP_MS = 15_000;
/** The same for a hidden page, whose timers browsers run once a minute. */
const HIDDEN_SLEEP_MS = 90_000;

/** The present time without progress, and the longest one before, in milliseconds. */
export interface Silence {
  readonly ms: number;
  readonly longestBefore: number;
}

/** Callbacks of a {@link Watchdog}. */
export interface WatchdogCallbacks {
  /**
   * Called when the time is over, unless the machine has slept since the last progress: the milliseconds by which the time is
   * extended, or 0. Default: 0.
   */
  readonly extend?: () => number;
  /**
   * Called after a third of the timeout without progress, again after twice as long, and so on. Resolves to true to abort the
   * request. Default: the request ends only when its time is over.
   */
  readonly onSilence?: (silence: Silence) => Promise<boolean>;
}

/**
 * Aborts a request that makes no progress. It runs from the start and not from the first progress: a connection that the
 * server accepts and never reads makes none. It goes by the wall clock, since the monotonic clock stands still in some
 * browsers while the machine sleeps.
 */
export class Watchdog {
  readonly #controller = new AbortController();
  readonly #network: Network;
  readonly #callbacks: WatchdogCallbacks;
  readonly #firstLook: number;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #onWake = (): void => {
    this.#deadline = Date.now() + WAKE_GRACE_MS;
    this.#hasSlept = true;
  };
  #deadline: number;
  #lastTick = Date.now();
  #lastProgress = this.#lastTick;
  /** Milliseconds without progress after which `onSilence` is called next. */
  #nextLook: number;
  /** Milliseconds of the longest time without progress, the present one not counted. */
  #longestSilence = 0;
  /** Whether a sleep was noticed since the last progress. */
  #hasSlept = false;

  /** @param timeout milliseconds until the first progress */
  constructor(timeout: number, network: Network, callbacks: WatchdogCallbacks = {}) {
    this.#network = network;
    this.#callbacks = callbacks;
    this.#firstLook = this.#nextLook = timeout / 3;
    this.#deadline = this.#lastTick + timeout;
    this.#timer = setInterval(() => this.#tick(), Math.min(1_000, timeout / 4));
    network.addEventListener('wake', this.#onWake);
  }

  /** Aborted when the request must end. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Call it on progress. The next one may take this many milliseconds. */
  allow(ms: number): void {
    const now = Date.now();
    // a sleep says nothing about the connection
    if (!this.#hasSlept) this.#longestSilence = Math.max(this.#longestSilence, now - this.#lastProgress);
    this.#deadline = now + ms;
    this.#lastProgress = now;
    this.#nextLook = this.#firstLook;
    this.#hasSlept = false;
  }

  /** Call it when the request has ended. */
  stop(): void {
    clearInterval(this.#timer);
    this.#network.removeEventListener('wake', this.#onWake);
  }

  #tick(): void {
    const now = Date.now();
    const sleep = this.#network.hidden ? HIDDEN_SLEEP_MS : SLEEP_MS;
    if (now - this.#lastTick > sleep && !this.#hasSlept) {
      // the page was frozen or the machine asleep, and the progress may be queued behind this very tick
      this.#deadline = now + WAKE_GRACE_MS;
      this.#hasSlept = true;
    } else if (now > this.#deadline) {
      const extension = this.#hasSlept ? 0 : (this.#callbacks.extend?.() ?? 0);
      if (extension) this.#deadline += extension;
      else this.#controller.abort();
    } else if (now - this.#lastProgress > this.#nextLook) {
      // without an answer, the request goes on
      this.#look(now - this.#lastProgress).catch(() => {});
    }
    this.#lastTick = now;
  }

  async #look(ms: number): Promise<void> {
    this.#nextLook *= 2;
    const since = this.#lastProgress;
    const isLost = await this.#callbacks.onSilence?.({ ms, longestBefore: this.#longestSilence });
    if (isLost && this.#lastProgress === since) this.#controller.abort();
  }
}
