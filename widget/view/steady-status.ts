import { isChecking, type UploadItem, type UploadStatus } from '../core/item.ts';

/** Milliseconds that a status must last before it is shown. A shorter one would only flash. */
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
}

/** The status, and whether the signer checks the file. */
const keyOf = (item: UploadItem): string => `${item.status}${isChecking(item)}`;

/** Keeps the status that a row shows until the next one has lasted for {@link STEADY_MS}. */
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
    this.#seen.set(id, { key, since, shown });
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

/** Tells whether files have been uploaded for long enough to show it. */
export class SteadyRun {
  readonly #onDue: () => void;
  /** Time in milliseconds since which files are uploaded; undefined while none is. */
  #since?: number;

  /** @param onDue called when a run has lasted and is to be drawn */
  constructor(onDue: () => void) {
    this.#onDue = onDue;
  }

  /** Must be called before each draw. @returns whether files have been uploaded for long enough */
  update(isRunning: boolean): boolean {
    const now = performance.now();
    if (!isRunning) this.#since = undefined;
    else if (this.#since === undefined) {
      this.#since = now;
      setTimeout(this.#onDue, STEADY_MS);
    }
    return this.#since !== undefined && now - this.#since >= STEADY_MS;
  }
}
