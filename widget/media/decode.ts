import type { Sniffed } from './sniff.ts';

/** Maximum pixels of a picture that is decoded. Each takes four bytes while it is decoded: 400 MB in all. */
const MAX_PIXELS = 100e6;

/** Whether the picture is small enough to be decoded. */
export const isDecodable = ({ width = 0, height = 0 }: Sniffed): boolean => Math.abs(width * height) <= MAX_PIXELS;

/**
 * Decodes a picture, turned by its EXIF orientation, and scales it down so that its longer side has at most `maxSide` pixels.
 *
 * @param sniffed type and dimensions, from the file's first bytes
 * @param maxSide maximum pixels of the longer side
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
  // one side only: the browser computes the other one, and whether it turns the picture does not matter
  const size = width < height ? { resizeHeight: maxSide } : { resizeWidth: maxSide };
  return createImageBitmap(file, { ...size, resizeQuality });
}
