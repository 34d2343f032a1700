import { readBytes } from './read-bytes.ts';
import { keptGifParts } from './strip-gif.ts';
import { keptJpegParts } from './strip-jpeg.ts';
import { keptPngParts } from './strip-png.ts';
import { keptWebpParts } from './strip-webp.ts';

/** What is left of a file: pieces of it, and new ones in place of others. It is a RangeError when it is not built as its type says. */
type Parts = (data: DataView<ArrayBuffer>) => Uint8Array<ArrayBuffer>[];

const PARTS: { readonly [type in string]?: Parts } = {
  'image/jpeg': keptJpegParts,
  'image/png': keptPngParts,
  'image/webp': keptWebpParts,
  'image/gif': keptGifParts,
};

/** Whether pictures of that type can be stripped. */
export const isStrippable = (type: string): boolean => type in PARTS;

/**
 * A picture with what is needed to show it, and nothing else: no EXIF, XMP, comments or thumbnails, and nothing behind
 * its end. Not a pixel is touched; its colour profile stays, and what turns it the right way up.
 *
 * @param type one that `isStrippable`
 * @throws {RangeError} when the file is not built as its type says
 * @throws {UploadError} `file-unreadable`
 */
export async function stripMetadata(file: Blob, type: string): Promise<Uint8Array<ArrayBuffer>> {
  const parts = PARTS[type]!(new DataView(await readBytes(file)));
  // in one piece: Firefox decodes no picture whose first part is too short to tell its type
  const whole = new Uint8Array(parts.reduce((size, { length }) => size + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
