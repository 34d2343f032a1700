/** From this many files on, the element is redrawn 10 times a second instead of every frame, as it is during uploads. */
const MANY_FILES = 100;
/** Milliseconds between two redraws at most; a page in the background has no frames. */
const REDRAW_MS = 100;

/** Milliseconds for which the first render waits for what it needs, at most. */
const LONGEST_FIRST_WAIT_MS = 3_000;

/** Resolves when all that the first render needs is there, or has been waited for long enough. */
export const readyToDraw = (...needed: readonly Promise<unknown>[]): Promise<unknown> =>
  Promise.race([Promise.all(needed), new Promise((resolve) => setTimeout(resolve, LONGEST_FIRST_WAIT_MS))]);

/** Resolves when the element should be redrawn. The progress of uploads changes all the time. */
export const nextRedraw = (fileCount: number, { states }: ElementInternals): Promise<unknown> =>
  new Promise((resolve) => {
    if (fileCount < MANY_FILES && !states.has('uploading')) requestAnimationFrame(resolve);
    setTimeout(resolve, REDRAW_MS);
  });
