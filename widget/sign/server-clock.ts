/** Milliseconds of difference between two clocks that are ignored: a response takes time to arrive. */
const CLOCK_TOLERANCE_MS = 30_000;

/** The servers' time: this machine's clock, corrected by the times in responses of servers. */
export class ServerClock {
  #offset = 0;

  /** Milliseconds by which this machine's clock is behind; 0 until a server has shown that it is wrong. */
  get offset(): number {
    return this.#offset;
  }

  /** Milliseconds since 1970. */
  now(): number {
    return Date.now() + this.#offset;
  }

  /**
   * Corrects the clock by a time that a server has just sent.
   *
   * @param time milliseconds since 1970; undefined and NaN are ignored
   * @returns whether the clock was wrong
   */
  correct(time: number | undefined): boolean {
    if (!time || Math.abs(time - this.now()) < CLOCK_TOLERANCE_MS) return false;
    this.#offset = time - Date.now();
    return true;
  }
}
