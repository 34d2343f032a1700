import { isChecking, type UploadItem, type UploadStatus } from '../core/item.ts';
import type { Summary } from './summary.ts';

/** Milliseconds that a status must last before it is shown, and for which it is then shown at least. A shorter one would flash. */
const STEADY_MS = 400;

/** Statuses that may end within milliseconds, without a command. All others are shown at once. */
const BRIEF: readonly UploadStatus[] = ['preparing', 'queued', 'signing', 'uploading', 'finishing', 'waiting'];

interface Seen {
  /** The status that the file has, as {@link keyOf} says it. */
  readonly key: string;
  /** Time in milliseconds since which the file has the status. */
  readonly since: number;
  /** The file as it was shown last; undefined before its first status has lasted. */
  readonly shown: UploadItem | undefined;
  /** Time in milliseconds since which that status is shown. */
  readonly shownSince: number;
}

/** The status, and whether the signer checks the file. */
const keyOf = (item: UploadItem): string => `${item.status}${isChecking(item)}`;

/**
 * Decides which status a row shows. A status that may be brief is shown once it has lasted for {@link STEADY_MS}. The row of a
 * stored file shows the last of these for as long.
 */
export class SteadyStatus {
  readonly #onDue: () => void;
  readonly #seen = new Map<string, Seen>();
  /** Time in milliseconds at which files were added last. */
  #addedAt = -STEADY_MS;
  #isWaiting = false;

  /** @param onDue called when a status has lasted and is to be drawn */
  constructor(onDue: () => void) {
    this.#onDue = onDue;
  }

  /** Files were added just now: a row that is drawn for the first time may belong to one of them. */
  added(): void {
    this.#addedAt = performance.now();
  }

  /** Forgets a file that was removed. */
  delete(id: string): void {
    this.#seen.delete(id);
  }

  /** Whether a row must be drawn again, because its new status has lasted. */
  isDue(item: UploadItem): boolean {
    const { shown, since } = this.#seen.get(item.id) ?? {};
    if (since === undefined || (shown && keyOf(shown) === keyOf(item))) return false;
    return performance.now() - since >= STEADY_MS;
  }

  /** Whether the row of a stored file stays as it was drawn, because its last status has not been shown for long enough. */
  keeps({ id, status }: UploadItem): boolean {
    const { shown, shownSince = 0 } = this.#seen.get(id) ?? {};
    if (status !== 'done' || !shown) return false;
    const left = shownSince + STEADY_MS - performance.now();
    if (left > 0) setTimeout(this.#onDue, left);
    return left > 0;
  }

  /** The file with the status to show; undefined while its first status has not lasted. */
  of(item: UploadItem): UploadItem | undefined {
    const { id, status } = item;
    if (!BRIEF.includes(status)) {
      this.#seen.delete(id);
      return item;
    }
    const now = performance.now();
    const key = keyOf(item);
    const seen = this.#seen.get(id);
    // a row that is scrolled into view shows its status at once
    const since = seen ? (seen.key === key ? seen.since : now) : now - this.#addedAt < STEADY_MS ? now : -Infinity;
    const isSteady = now - since >= STEADY_MS;
    const shown = isSteady ? item : seen?.shown;
    const shownSince = isSteady && (!seen?.shown || keyOf(seen.shown) !== key) ? now : (seen?.shownSince ?? 0);
    this.#seen.set(id, { key, since, shown, shownSince });
    if (!isSteady) this.#wait();
    return shown;
  }

  #wait(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    setTimeout(() => {
      this.#isWaiting = false;
      this.#onDue();
      const now = performance.now();
      if ([...this.#seen.values()].some(({ since }) => now - since < STEADY_MS)) this.#wait();
    }, STEADY_MS);
  }
}

/**
 * Decides what the line for all files shows. It shows the progress of a run once files have been uploaded for
 * {@link STEADY_MS}, and the result once the progress was shown for as long.
 */
export class SteadyLine<Line> {
  readonly #onDue: () => void;
  /** Time in milliseconds since which files are uploaded; undefined while none is. */
  #since?: number;
  /** Time in milliseconds since which the progress of the last run is shown; undefined before that. */
  #shownSince?: number;
  /** Number of listed files in the last run. */
  #listed = 0;
  #line?: Line;

  /** @param onDue called when the progress is to be shown, and when the result is */
  constructor(onDue: () => void) {
    this.#onDue = onDue;
  }

  /**
   * The line to show. Must be called for each draw.
   *
   * @param canStay whether the progress may stay after the run; it does not after a failure or a command of the visitor
   * @param draw draws the line, with or without the progress
   */
  of(summary: Summary, canStay: boolean, draw: (hasProgress: boolean) => Line): Line {
    const hasProgress = this.#hasLasted(summary);
    if (!this.#line || !canStay || !this.#isBrief(summary)) this.#line = draw(hasProgress);
    return this.#line;
  }

  #hasLasted({ pending, paused, listed }: Summary): boolean {
    const now = performance.now();
    if (!pending && !paused) {
      this.#since = undefined;
      return false;
    }
    this.#listed = listed;
    if (this.#since === undefined) {
      this.#since = now;
      this.#shownSince = undefined;
      setTimeout(this.#onDue, STEADY_MS);
    }
    if (now - this.#since < STEADY_MS) return false;
    this.#shownSince ??= now;
    return true;
  }

  /** Whether all files were stored before their progress was shown for long enough. */
  #isBrief({ pending, paused, files, done, listed }: Summary): boolean {
    if (pending || paused || files !== done || listed !== this.#listed || this.#shownSince === undefined) return false;
    const left = this.#shownSince + STEADY_MS - performance.now();
    if (left > 0) setTimeout(this.#onDue, left);
    return left > 0;
  }
}
