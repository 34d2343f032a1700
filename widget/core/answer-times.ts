/** Parts of the file that must be answered before another one can be too late. */
const MIN_ANSWERED_PARTS = 2;
/** Times that the wait for a response must exceed the longest one of the file's other parts, so that the part is sent again. */
const LATE_RATIO = 5;

/** How long the storage takes to respond once a part is sent. */
export class AnswerTimes {
  #count = 0;
  #longest = 0;

  /** @param ms milliseconds from the last byte until the response */
  add(ms: number): void {
    this.#count += 1;
    this.#longest = Math.max(this.#longest, ms);
  }

  /** Whether a part that has waited for so long is far behind the others. A slow proxy delays all parts alike. */
  isLate(ms: number): boolean {
    return this.#count >= MIN_ANSWERED_PARTS && ms > LATE_RATIO * this.#longest;
  }
}
