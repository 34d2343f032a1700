/** How what a page may never need is loaded: at once, by default; the tag tries again until it is there. */
export type Load = <T>(chunk: () => Promise<T>) => Promise<T>;

export const loadOnce: Load = (chunk) => chunk();
