/** Tasks of the main thread that took at least 50 ms. The browser reports no shorter ones. */
export interface LongTaskFigures {
  longTasks: number;
  /** Milliseconds of the longest; 0 is less than 50. */
  longestTask: number;
}

/** Milliseconds after which the browser has reported the last task. */
const REPORT_DELAY_MS = 100;

/** Records the long tasks of this page. */
export class LongTasks {
  readonly #entries: PerformanceEntry[] = [];
  readonly #observer = new PerformanceObserver((list) => this.#entries.push(...list.getEntries()));

  constructor() {
    this.#observer.observe({ type: 'longtask', buffered: true });
  }

  /** The tasks that overlap with a time, in milliseconds of the page's clock. */
  async between(start: number, end: number): Promise<LongTaskFigures> {
    await new Promise((resolve) => setTimeout(resolve, REPORT_DELAY_MS));
    this.#entries.push(...this.#observer.takeRecords());
    const durations = this.#entries
      .filter(({ startTime, duration }) => startTime + duration >= start && startTime <= end)
      .map(({ duration }) => duration);
    return { longTasks: durations.length, longestTask: Math.max(0, ...durations) };
  }
}
