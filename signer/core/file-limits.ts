import { checkTypes } from './media-types.ts';
import { readOption } from './read-option.ts';

/** Limits on the files that may be uploaded. */
export interface FileLimits {
  /**
   * Media types: exact ones, wildcards such as `image/*`, or all. HTML, SVG, XML and scripts are refused even if listed.
   * Default: common types of images, audio, video, documents and archives.
   */
  types: readonly string[];
  /** Maximum bytes of a file. Default 1 GiB (1,073,741,824). */
  maxFileSize: number;
  /** Minimum bytes of a file. Default 0. */
  minFileSize: number;
}

/**
 * The limits of one caller: those of the signer, overridden by the caller's own. An undefined member overrides nothing.
 *
 * @throws {TypeError} if a type is not allowed, or if the sizes contradict each other
 */
export function mergeFileLimits(all: FileLimits, own: Partial<FileLimits> = {}): FileLimits {
  const given = Object.entries(own).filter(([, value]) => value !== undefined);
  const limits: FileLimits = { ...all, ...Object.fromEntries(given) };
  readOption('limits.types', () => checkTypes(limits.types));
  const { minFileSize, maxFileSize } = limits;
  if (!(minFileSize >= 0 && maxFileSize >= minFileSize)) {
    throw new TypeError('limits.maxFileSize must be at least minFileSize, and minFileSize at least 0');
  }
  return limits;
}
