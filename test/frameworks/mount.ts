/**
 * Mounts a framework's app into an element. The app has an `<s3-uploader>` whose property `headers` is a function, a button
 * that changes `maxFileSize` from 20MB to 40MB, and a paragraph for each uploaded file.
 *
 * @returns a function that unmounts the app
 */
export type Mount = (target: HTMLElement, endpoint: string) => () => void;
