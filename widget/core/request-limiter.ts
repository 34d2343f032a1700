import { abortable } from './network.ts';

/** Connections to one host that browsers open at a time over HTTP/1.1. */
const MOST = 6;
/** Requests without a complaint after which a storage that was too busy is trusted with one more at a time. */
const CLEAN = 10;

/**
 * The requests that may run at a time, first come, first served, so that files share them fairly: six at most, and half
 * of those that run each time the storage asks to slow down.
 */
export class RequestLimiter {
  #most = MOST;
  #used = 0;
  #clean = 0;
  /** How often it was slowed down: what was asked before the last time says nothing new. */
  #era = 0;
  readonly #line = new Set<() => void>();
  /** Hosts that have answered, and so let this page ask them. */
  readonly answeredHosts = new Set<string>();

  /**
   * Waits for a place; the caller gives it back with {@link release}.
   *
   * @returns what {@link throttle} takes
   */
  async acquire(signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    if (this.#used < this.#most) {
      this.#used += 1;
      return this.#era;
    }
    let turn: (() => void) | undefined;
    try {
      await abortable<void>(signal, (resolve) => this.#line.add((turn = resolve)));
    } catch (reason) {
      // its turn may have come in the same moment
      if (turn && !this.#line.delete(turn)) this.release();
      throw reason;
    }
    return this.#era;
  }

  release(): void {
    this.#used -= 1;
    for (const turn of this.#line) {
      if (this.#used >= this.#most) return;
      this.#line.delete(turn);
      this.#used += 1;
      turn();
    }
  }

  /**
   * The storage asked to slow down: half as many as there are, once for all that were asked together.
   *
   * @param era of the request that was refused
   */
  throttle(era: number): void {
    if (era !== this.#era) return;
    this.#era += 1;
    this.#most = Math.max(1, Math.min(this.#most, this.#used) >> 1);
    this.#clean = 0;
  }

  /** A request went well. */
  succeed(): void {
    if (this.#most === MOST || ++this.#clean < CLEAN) return;
    this.#clean = 0;
    this.#most += 1;
  }
}
