import type { Sniffed } from './sniff.ts';

/** Pixels of the largest picture that is decoded. Each takes four bytes while it is decoded, so these take 400 MB. */
const MAX_PIXELS = 100e6;

/** Whether the picture is small enough to be decoded. */
export const isDecodable = ({ width = 0, height = 0 }: Sniffed): boolean => width * height <= MAX_PIXELS;

/**
 * Decodes a picture, turned as its EXIF says, and scales it down so that its longer side has at most `maxSide` pixels.
 *
 * @param sniffed what its first bytes say it is
 * @throws {Error} if it is too large, or the browser cannot read it
 */
export async function decode(
  file: Blob,
  sniffed: Sniffed,
  maxSide: number,
  resizeQuality: ResizeQuality,
): Promise<ImageBitmap> {
  if (!isDecodable(sniffed)) throw new RangeError(`The picture has more than ${MAX_PIXELS} pixels.`);
  const { width = 0, height = 0 } = sniffed;
  if (Math.max(width, height) <= maxSide) return createImageBitmap(file);
  // one side only: the browser computes the other one, whichever way it turns the picture
  const size = width < height ? { resizeHeight: maxSide } : { resizeWidth: maxSide };
  return createImageBitmap(file, { ...size, resizeQuality });
}
