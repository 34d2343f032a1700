import type { UploaderOptions } from './page/uploader.ts';

/** One uploader in one way of working. */
export interface Lane {
  /** Its name in tables and charts. */
  label: string;
  /** Path of its page module, relative to this folder. */
  module: string;
  isOurs?: boolean;
  isFloor?: boolean;
  options?: Partial<UploaderOptions>;
}

/** Files, or parts, that are in flight at a time, for every uploader: a browser opens six connections to one HTTP/1.1 server. */
export const PARALLEL = 6;
/** Bytes of a part, for every uploader: the default of this project's signer. */
export const PART_BYTES = 8 * 2 ** 20;

export const OURS: Lane = { label: 's3-uploader', module: 'uploaders/s3-uploader.ts', isOurs: true };
export const UPPY: Lane = { label: 'Uppy 6', module: 'peers/uppy.ts' };
export const UPPY_5: Lane = { label: 'Uppy 5', module: 'peers/uppy-5/uploader.ts' };
export const DROPZONE: Lane = { label: 'Dropzone 6', module: 'peers/dropzone.ts' };
export const FILEPOND: Lane = { label: 'FilePond 4', module: 'peers/filepond.ts' };
export const FINE_UPLOADER: Lane = { label: 'Fine Uploader 5', module: 'peers/fine-uploader.ts' };

export const BARE_POST: Lane = { label: 'bare requests', module: 'uploaders/bare-post.ts', isFloor: true };
export const BARE_DRAWN: Lane = { label: 'bare requests, drawn', module: 'uploaders/bare-drawn.ts', isFloor: true };
export const BARE_PARTS: Lane = { label: 'bare requests in parts', module: 'uploaders/bare-parts.ts', isFloor: true };
export const BARE_BITMAPS: Lane = { label: 'createImageBitmap', module: 'uploaders/bare-bitmaps.ts', isFloor: true };

/** The other uploaders that have a list of files. */
export const PEERS = [UPPY, DROPZONE, FILEPOND, FINE_UPLOADER] as const;

/** The same uploader with other options; the words are added to its label. */
export const variant = (lane: Lane, words: string, options: Partial<UploaderOptions>): Lane => ({
  ...lane,
  label: `${lane.label} ${words}`,
  options: { ...lane.options, ...options },
});

/** The lanes without those of other uploaders, where these do not run. */
export const selectLanes = (lanes: readonly Lane[], hasPeers: boolean): Lane[] =>
  lanes.filter(({ isOurs, isFloor }) => hasPeers || isOurs || isFloor);
