import { readOrientation, orientationTiff } from './exif.ts';
import { latin1Between, bytesBetween } from './read-bytes.ts';

/** PNG 3, 11: the chunks that a picture, its colours, its size on paper and its frames are made of. */
const SHOWN = [
  ...['IHDR', 'PLTE', 'IDAT', 'IEND', 'tRNS', 'cHRM', 'gAMA', 'iCCP', 'sBIT', 'sRGB', 'cICP', 'mDCV', 'cLLI'],
  ...['bKGD', 'hIST', 'pHYs', 'sPLT', 'acTL', 'fcTL', 'fdAT'],
];

/** PNG 3, 5.3: chunks of length, type, data and sum. */
export function keptPngParts(data: DataView<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  const parts = [bytesBetween(data, 0, 8)];
  let orientation: number | undefined;
  for (let at = 8, type = ''; type !== 'IEND';) {
    const end = at + 12 + data.getUint32(at);
    type = latin1Between(data, at + 4, at + 8);
    if (SHOWN.includes(type)) parts.push(bytesBetween(data, at, end));
    else if (type === 'eXIf') orientation ??= readOrientation(data, at + 8);
    at = end;
  }
  if (orientation && orientation > 1) parts.splice(2, 0, exifOf(orientation)); // behind `IHDR`
  return parts;
}

/** A chunk with nothing but the orientation. */
function exifOf(orientation: number): Uint8Array<ArrayBuffer> {
  const tiff = orientationTiff(orientation);
  const chunk = new DataView(new ArrayBuffer(tiff.length + 12));
  const bytes = new Uint8Array(chunk.buffer);
  chunk.setUint32(0, tiff.length);
  chunk.setUint32(4, 0x65584966); // eXIf
  bytes.set(tiff, 8);
  chunk.setUint32(8 + tiff.length, crc32(bytes.subarray(4, -4)));
  return bytes;
}

/** PNG 3, 5.5 and annex D. */
function crc32(bytes: Uint8Array): number {
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum;
}
