/**
 * Loads a chunk that few uploads need, as by `import()`. A host may pass one that retries.
 *
 * @param signal aborts the loading; default: it cannot be aborted
 * @throws the signal's reason when aborted
 */
export type Load = <T>(chunk: () => Promise<T>, signal?: AbortSignal) => Promise<T>;

/** Loads a chunk at the first attempt or not at all. An `import()` under way cannot be aborted. */
export const loadOnce: Load = (chunk) => chunk();
