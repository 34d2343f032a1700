/*
 * The counters are this project's own, because a request must be checked against all quotas of its caller before it takes
 * from any: otherwise a request that is refused uses up what others need until it has given everything back. Neither
 * rate-limiter-flexible nor its kind can consume conditionally, or several keys at once.
 */

/** How much a request adds to one counter. */
export interface Charge {
  /** Name of the counter: the kind of quota, then whom it counts, such as `bytes:owner:ann`. */
  counter: readonly [kind: string, name: string];
  /** The most that may be counted within a period. */
  max: number;
  /** Seconds of the period, which begins with the first charge. */
  seconds: number;
  /** What the request adds. */
  points: number;
}

/** Places for open multipart uploads. */
export interface Places {
  /** Whose uploads take them. */
  name: string;
  /** How many there are. */
  max: number;
}

/** A multipart upload that takes one of the places under each name. */
export interface PlacedUpload {
  /** The object's key. */
  key: string;
  /** What is returned of each charge if the upload is aborted. */
  points: readonly number[];
}

/** All that one request takes. */
export interface Take {
  charges: readonly Charge[];
  places: readonly Places[];
  uploads: readonly PlacedUpload[];
}

/** Too little is left, and nothing was taken. */
export interface Refusal {
  /** Index of the charge; or, beyond the charges, of the places. */
  refused: number;
  /** Seconds until another try makes sense. */
  retryAfter: number;
}

/** All was taken. */
export interface Taken {
  /** Returns it: charges only within their period, and the places. */
  release(): Promise<unknown>;
}

/** Counts, in memory or in Redis. Each method is one step, which others see wholly or not at all. */
export interface QuotaStore {
  /** Takes all or nothing. The uploads keep their places for {@link UNUSED_PLACE_SECONDS}. */
  take(take: Take): Promise<Taken | Refusal>;
  /**
   * Keeps the places of an upload until `expires`, in milliseconds since 1970; takes new ones if it has lost its own. An upload
   * that is not known keeps them for {@link UNUSED_PLACE_SECONDS}, and longer with the next call.
   *
   * @returns undefined, or the index of the places of which none is free
   */
  keep(key: string, places: readonly Places[], expires: number): Promise<number | undefined>;
  /** Frees the places of an upload, and returns its charges if `isUnused`. Does nothing if it was closed before. */
  close(key: string, isUnused: boolean): Promise<void>;
}

/**
 * Seconds for which an upload without parts holds its place: 10 minutes. That is longer than a page needs to send the first
 * part, and short enough that uploads whose signature was lost on the way do not lock their owner out.
 */
export const UNUSED_PLACE_SECONDS = 600;

/** Seconds to wait for a place. One can become free at any time, so it is worth a try soon. */
export const PLACE_RETRY_SECONDS = 60;
