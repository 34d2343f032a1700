import type { Network } from './network.ts';

/** Milliseconds a request that was in flight while the machine slept gets to show that it lives. */
const WAKE_GRACE = 2_000;
/** Milliseconds without a tick after which the page must have been frozen, or the machine asleep. */
const SLEEP = 15_000;
/** The same while the page is hidden, when a tick comes once a minute. */
const HIDDEN_SLEEP = 90_000;

/**
 * Ends one request that gives no sign of life. Armed at once, not by the first sign: a connection that is accepted and
 * never read gives none. By the wall's clock: the steady one stands still while the machine sleeps.
 */
export class Watchdog {
  readonly #controller = new AbortController();
  readonly #network: Network;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #wake = (): void => this.allow(WAKE_GRACE);
  #deadline: number;
  #seen = Date.now();
  #isSpared = false;

  /** @param timeout milliseconds until the first sign */
  constructor(timeout: number, network: Network) {
    this.#network = network;
    this.#deadline = this.#seen + timeout;
    this.#timer = setInterval(() => this.#look(), Math.min(1_000, timeout / 4));
    network.addEventListener('wake', this.#wake);
  }

  /** Aborted when the request is to end. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** It lives, and may be silent for that long, in milliseconds. */
  allow(ms: number): void {
    this.#deadline = Date.now() + ms;
    this.#isSpared = false;
  }

  /** The request is over. */
  stop(): void {
    clearInterval(this.#timer);
    this.#network.removeEventListener('wake', this.#wake);
  }

  #look(): void {
    const now = Date.now();
    const sleep = this.#network.hidden ? HIDDEN_SLEEP : SLEEP;
    if (now - this.#seen > sleep && !this.#isSpared) {
      // the page was frozen or the machine asleep, and the sign it waited for may be queued behind this very tick
      this.#deadline = now + WAKE_GRACE;
      this.#isSpared = true;
    } else if (now > this.#deadline) {
      this.#controller.abort();
    }
    this.#seen = now;
  }
}
