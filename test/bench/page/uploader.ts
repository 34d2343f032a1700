/** What an uploader is to do with the files. */
export interface UploaderOptions {
  /** `upload` them; only `add` them to the list; or `preview` them, which adds them with all previews in view. */
  work: 'upload' | 'add' | 'preview';
  /** Files that are uploaded at a time; with `parts`, the parts of a file, where the uploader has one option for both. */
  parallel: number;
  /** Whether each file goes in parts, or as a whole. */
  parts: boolean;
  /** Bytes of a part. */
  partBytes: number;
  /** Turns on automatic retries that are off by default. */
  retries: boolean;
}

/** What Fine Uploader has to know of the bucket; all others take it from the signer's response. */
export interface BucketAddress {
  url: string;
  name: string;
  region: string;
  accessKeyId: string;
  /** Start of every key. */
  prefix: string;
}

/** What the driver gives to an uploader's page module. */
export interface UploaderContext {
  root: HTMLElement;
  /** Origin and first folder of the signers' routes. */
  signerUrl: string;
  bucket: BucketAddress;
  options: UploaderOptions;
  /** Called with each terminal event of a file, as the uploader emits it. */
  report: { stored(name: string): void; failed(name: string, reason: unknown): void };
}

/** An uploader on the page. */
export interface MountedUploader {
  /** Runs before the clock starts. */
  prepare?(files: readonly File[]): Promise<void>;
  /** What the change event of the uploader's own file input does. */
  add(files: File[]): unknown;
  /** Starts the upload, where adding does not. */
  start?(): unknown;
  /** Files that the uploader lists. */
  listedCount?(): number;
  /** Previews that are shown. */
  previewCount?(): number;
}

/** The only export of a module in `uploaders/` and `peers/`. */
export type Mount = (context: UploaderContext) => MountedUploader | Promise<MountedUploader>;
