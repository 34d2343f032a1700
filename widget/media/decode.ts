import type { Sniffed } from './sniff.ts';

/** Pixels; a picture of more is a bomb or a poster: each takes four bytes while it lasts. */
const MAX_PIXELS = 100e6;

export const isDecodable = ({ width = 0, height = 0 }: Sniffed): boolean => width * height <= MAX_PIXELS;

/**
 * A picture as a visitor sees it, made smaller where its longer side is longer than `side` pixels.
 *
 * @throws {Error} when it is too large, or the browser cannot read it
 */
export async function decode(
  file: Blob,
  found: Sniffed,
  side: number,
  resizeQuality: ResizeQuality,
): Promise<ImageBitmap> {
  if (!isDecodable(found)) throw new RangeError('too many pixels');
  const { width = 0, height = 0 } = found;
  if (Math.max(width, height) <= side) return createImageBitmap(file);
  // one side only: the browser finds the other one, whichever way it turns the picture
  const size = width < height ? { resizeHeight: side } : { resizeWidth: side };
  return createImageBitmap(file, { ...size, resizeQuality });
}
