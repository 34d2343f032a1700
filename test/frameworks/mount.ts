/**
 * Puts a framework's page into an element: a tag whose property `headers` is a function, a button that sets
 * `maxFileSize` from 20MB to 40MB, and a line for each file that is stored.
 *
 * @returns what takes it away
 */
export type Mount = (target: HTMLElement, endpoint: string) => () => void;
