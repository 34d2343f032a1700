/**
 * Loads a chunk that a page may never need. The default tries once; the element's own tries again until the chunk is there.
 *
 * @param chunk a function that only calls `import()`
 * @param signal ends the wait for the chunk
 * @throws the signal's reason when aborted
 */
export type Load = <T>(chunk: () => Promise<T>, signal?: AbortSignal) => Promise<T>;

export const loadOnce: Load = (chunk) => chunk();
