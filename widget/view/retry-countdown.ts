import type { UploadItem } from '../core/item.ts';
import type { WaitingItem } from './summary.ts';

/** Milliseconds between two redraws. */
const REDRAW_INTERVAL_MS = 1000;

/** Counts down the seconds until waiting files are retried. */
export class RetryCountdown {
  readonly #redraw: () => void;
  /** The times of the next attempts, in milliseconds of `performance.now()`. */
  readonly #retryTimes = new WeakMap<UploadItem, number>();
  #isTimerSet = false;

  /** @param redraw called once a second while files wait */
  constructor(redraw: () => void) {
    this.#redraw = redraw;
  }

  /** Must be called after each change of the items, with all that wait. */
  update(items: readonly WaitingItem[]): void {
    for (const item of items) {
      if (!this.#retryTimes.has(item)) this.#retryTimes.set(item, performance.now() + item.delay);
      if (this.#isTimerSet) continue;
      this.#isTimerSet = true;
      setTimeout(() => {
        this.#isTimerSet = false;
        this.#redraw();
      }, REDRAW_INTERVAL_MS);
    }
  }

  /** The item's next attempt is now. */
  end(item: UploadItem): void {
    this.#retryTimes.set(item, 0);
  }

  /** Seconds until the item's next attempt; 0 or less while it is overdue. */
  secondsLeft(item: UploadItem): number {
    return Math.ceil(((this.#retryTimes.get(item) ?? 0) - performance.now()) / 1000);
  }
}
