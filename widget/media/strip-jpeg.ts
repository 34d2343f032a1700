import { orientationTiff, readOrientation } from './exif.ts';
import { bytesBetween, latin1Between } from './read-bytes.ts';

/** First characters of an APP1 segment with EXIF. */
const EXIF_ID = 'Exif\0\0';
/**
 * Application segments that the colours depend on, by marker and first characters. Other application segments are removed.
 */
const KEPT_APPLICATIONS: Readonly<Record<number, string>> = {
  0xffe0: 'JFIF\0',
  0xffe2: 'ICC_PROFILE\0',
  0xffee: 'Adobe',
};
// Markers: ITU-T T.81, table B.1
const APP0 = 0xffe0;
const APP1 = 0xffe1;
const APP15 = 0xffef;
const COMMENT = 0xfffe;
const START_OF_SCAN = 0xffda;
const END_OF_IMAGE = 0xffd9;
const FILL_BYTES = 0xffff;

/**
 * The kept parts of a JPEG. ITU-T T.81, B.1.1: segments, and the coded data after each start of scan. Phones append further
 * pictures and films after the end of the image; these are removed.
 */
export function keptJpegParts(data: DataView<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  const parts = [bytesBetween(data, 0, 2)];
  let orientation: number | undefined;
  for (let offset = 2; offset + 2 <= data.byteLength;) {
    const marker = data.getUint16(offset);
    if (marker === END_OF_IMAGE) {
      parts.push(bytesBetween(data, offset, offset + 2));
      break;
    }
    if (marker >> 8 !== 0xff) throw new RangeError('The file has no JPEG marker where one is expected.');
    if (marker === FILL_BYTES) {
      offset++;
      continue;
    }
    const segmentEnd = offset + 2 + data.getUint16(offset + 2);
    const end = marker === START_OF_SCAN ? endOfScan(data, segmentEnd) : segmentEnd;
    const startsWith = (id: string): boolean =>
      latin1Between(data, offset + 4, Math.min(offset + 4 + id.length, segmentEnd)) === id;
    if (marker === APP1 && startsWith(EXIF_ID)) {
      orientation ??= readOrientation(data, offset + 4 + EXIF_ID.length);
    }
    const isApplication = marker >= APP0 && marker <= APP15;
    const id = KEPT_APPLICATIONS[marker];
    if (isApplication ? id && startsWith(id) : marker !== COMMENT) parts.push(bytesBetween(data, offset, end));
    offset = end;
  }
  if (orientation && orientation > 1) parts.splice(1, 0, exifSegment(orientation));
  return parts;
}

/** T.81, B.1.1.5: in coded data, FF is followed by 0, or by D0 to D7, which restart the decoder. */
function endOfScan(data: DataView<ArrayBuffer>, start: number): number {
  const bytes = new Uint8Array(data.buffer);
  for (let offset = start; (offset = bytes.indexOf(0xff, offset)) >= 0; offset += 2) {
    const next = bytes[offset + 1]!;
    if (next !== 0 && !(next >= 0xd0 && next <= 0xd7)) return offset;
  }
  return bytes.length; // the file is truncated
}

/** An APP1 segment with only the orientation. */
function exifSegment(orientation: number): Uint8Array<ArrayBuffer> {
  const tiff = orientationTiff(orientation);
  const id = Array.from(EXIF_ID, (character) => character.charCodeAt(0));
  return new Uint8Array([0xff, 0xe1, 0, 2 + id.length + tiff.length, ...id, ...tiff]);
}
