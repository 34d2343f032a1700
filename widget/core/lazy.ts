/**
 * Loads a chunk that few uploads need. The default tries once; the element's own retries until the chunk is there.
 *
 * @param chunk a function that only calls `import()`
 * @param signal ends the wait for the chunk; default: it cannot be aborted
 * @param isQuiet whether the visitor need not be told that the chunk is missing; default false
 * @throws the signal's reason when aborted
 */
export type Load = <T>(chunk: () => Promise<T>, signal?: AbortSignal, isQuiet?: boolean) => Promise<T>;

/** Loads a chunk at the first attempt or not at all. An `import()` under way cannot be aborted. */
export const loadOnce: Load = (chunk) => chunk();
