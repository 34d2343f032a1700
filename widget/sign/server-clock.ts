/** Milliseconds that a clock may be off and still be right: an answer takes its time. */
const TOLERANCE_MS = 30_000;

/** The time as the servers have it: this machine's own clock, corrected by what their answers say. */
export class ServerClock {
  #offset = 0;

  /** Milliseconds by which this machine's clock is behind, as far as is known. */
  get offset(): number {
    return this.#offset;
  }

  /** Milliseconds since 1970. */
  now(): number {
    return Date.now() + this.#offset;
  }

  /**
   * @param time milliseconds since 1970, as a server has just said; undefined and NaN say nothing
   * @returns whether the clock was wrong
   */
  correct(time: number | undefined): boolean {
    if (!time || Math.abs(time - this.now()) < TOLERANCE_MS) return false;
    this.#offset = time - Date.now();
    return true;
  }
}
