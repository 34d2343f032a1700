import type { Localizer } from './localizer.ts';

/** Seconds over which the speed is smoothed: long enough to stand still, short enough to follow the line. */
const WINDOW = 4;
/** Seconds before the first guess: what is said at once is wrong at once. */
const SETTLE = 1.5;

const TIMES = ['second', 'minute', 'hour'];

/** Speed of something that grows, smoothed, and the time it still needs. */
export class SpeedMeter {
  #started: number | undefined;
  #last = 0;
  #bytes = 0;
  #speed = 0;

  /**
   * @param bytes so far; what is there at first, as of an upload that is resumed, has not been sent just now.
   * @param isMoving whether it can grow: a pause is no slow line.
   * @param now in milliseconds.
   */
  update(bytes: number, isMoving = true, now = performance.now()): void {
    if (!isMoving || !bytes) {
      this.#started = undefined;
      this.#last = now;
      return;
    }
    if (this.#started === undefined || bytes < this.#bytes) {
      this.#started = this.#last = now;
      this.#speed = 0;
      this.#bytes = bytes;
    }
    const seconds = (now - this.#last) / 1000;
    if (seconds < 0.25) return;
    const weight = Math.exp(-seconds / WINDOW);
    // Divided by how much of the window has been seen, or the first seconds would look slow.
    this.#speed = this.#speed * weight + ((bytes - this.#bytes) / seconds) * (1 - weight);
    this.#bytes = bytes;
    this.#last = now;
  }

  /** Bytes a second; 0 while it is not known. */
  get speed(): number {
    const seen = (this.#last - (this.#started ?? this.#last)) / 1000;
    return seen < SETTLE ? 0 : this.#speed / (1 - Math.exp(-seen / WINDOW));
  }

  /** Seconds that so many bytes still need; undefined while it is not known. */
  secondsLeft(bytes: number): number | undefined {
    return this.speed > 1 ? bytes / this.speed : undefined;
  }
}

/** Speed and time left in words; none while nobody can say. */
export function speedText(pace: SpeedMeter, bytesLeft: number, words: Localizer): readonly string[] {
  const left = pace.secondsLeft(bytesLeft);
  if (left === undefined) return [];
  return [words.speed(pace.speed), words.term('left', { time: words.unit(Math.ceil(left), 60, TIMES) })];
}
