/** Milliseconds before its expiry from which a signature counts as expired, so that it does not expire on the way. */
export const EXPIRY_MARGIN_MS = 60_000;

/**
 * Starts a countdown. It runs on both clocks and ends with the earlier of the two: the monotonic clock stands still in
 * some browsers while the machine sleeps, and the wall clock can be set back.
 *
 * @param ms milliseconds
 * @returns a function that returns the milliseconds left; zero or less once the time is over
 */
export function deadline(ms: number): () => number {
  const wallEnd = Date.now() + ms;
  const monotonicEnd = performance.now() + ms;
  return () => Math.min(wallEnd - Date.now(), monotonicEnd - performance.now());
}
