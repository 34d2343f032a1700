import { readOrientation, orientationTiff } from './exif.ts';
import { latin1Between, bytesBetween } from './read-bytes.ts';

const EXIF = 'Exif\0\0';
/** Application segments that the colours hang on, by marker and first letters. All others tell of other things. */
const COLOURS: Readonly<Record<number, string>> = { 0xffe0: 'JFIF\0', 0xffe2: 'ICC_PROFILE\0', 0xffee: 'Adobe' };
const COMMENT = 0xfffe;
const START_OF_SCAN = 0xffda;
const END = 0xffd9;

/**
 * ITU-T T.81, B.1.1: segments, and behind each start of scan what is coded. Behind the end of the picture phones put more
 * of them, and films.
 */
export function keptJpegParts(data: DataView<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  const parts = [bytesBetween(data, 0, 2)];
  let orientation: number | undefined;
  for (let at = 2; at + 2 <= data.byteLength;) {
    const marker = data.getUint16(at);
    if (marker === END) {
      parts.push(bytesBetween(data, at, at + 2));
      break;
    }
    if (marker >> 8 !== 0xff) throw new RangeError('no JPEG marker');
    if (marker === 0xffff) {
      at++; // a fill byte
      continue;
    }
    const end = at + 2 + data.getUint16(at + 2);
    const stop = marker === START_OF_SCAN ? endOfScan(data, end) : end;
    const begins = (text: string): boolean => latin1Between(data, at + 4, Math.min(at + 4 + text.length, end)) === text;
    if (marker === 0xffe1 && begins(EXIF)) orientation ??= readOrientation(data, at + 4 + EXIF.length);
    const isApplication = marker >= 0xffe0 && marker <= 0xffef;
    const colour = COLOURS[marker];
    if (isApplication ? colour && begins(colour) : marker !== COMMENT) parts.push(bytesBetween(data, at, stop));
    at = stop;
  }
  if (orientation && orientation > 1) parts.splice(1, 0, exifOf(orientation));
  return parts;
}

/** In what is coded, FF stands before 0, or before D0 to D7, which restart the decoder: T.81, B.1.1.5. */
function endOfScan(data: DataView<ArrayBuffer>, from: number): number {
  const bytes = new Uint8Array(data.buffer);
  for (let at = from; (at = bytes.indexOf(0xff, at)) >= 0; at += 2) {
    const next = bytes[at + 1]!;
    if (next !== 0 && !(next >= 0xd0 && next <= 0xd7)) return at;
  }
  return bytes.length; // it was cut short
}

/** An APP1 segment with nothing but the orientation. */
function exifOf(orientation: number): Uint8Array<ArrayBuffer> {
  const tiff = orientationTiff(orientation);
  const letters = Array.from(EXIF, (letter) => letter.charCodeAt(0));
  return new Uint8Array([0xff, 0xe1, 0, 2 + letters.length + tiff.length, ...letters, ...tiff]);
}
