import { readBytes } from './read-bytes.ts';
import { keptGifParts } from './strip-gif.ts';
import { keptJpegParts } from './strip-jpeg.ts';
import { keptPngParts } from './strip-png.ts';
import { keptWebpParts } from './strip-webp.ts';

/**
 * Returns the parts of a file that are needed to show it, and new parts that replace some others.
 *
 * @throws {RangeError} if the file does not have the structure of its type
 */
type KeptParts = (data: DataView<ArrayBuffer>) => Uint8Array<ArrayBuffer>[];

/** The functions by media type. */
const KEPT_PARTS: Readonly<Partial<Record<string, KeptParts>>> = {
  'image/jpeg': keptJpegParts,
  'image/png': keptPngParts,
  'image/webp': keptWebpParts,
  'image/gif': keptGifParts,
};

/** Whether `stripMetadata` supports the media type. */
export const isStrippable = (type: string): boolean => type in KEPT_PARTS;

/**
 * Removes from a picture all that is not needed to show it: EXIF, XMP, comments, thumbnails, and the bytes after its end. Its
 * pixels stay the same, and so do its colour profile and its orientation.
 *
 * @param type a media type that is {@link isStrippable}
 * @throws {RangeError} if the file does not have the structure of its type
 * @throws {UploadError} `file-unreadable`
 */
export async function stripMetadata(file: Blob, type: string): Promise<Uint8Array<ArrayBuffer>> {
  const parts = KEPT_PARTS[type]!(new DataView(await readBytes(file)));
  // one array: Firefox does not decode a Blob whose first part is too short to show its type
  const whole = new Uint8Array(parts.reduce((size, { length }) => size + length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
