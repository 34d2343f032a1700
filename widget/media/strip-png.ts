import { orientationTiff, readOrientation } from './exif.ts';
import { bytesBetween, latin1Between } from './read-bytes.ts';

/** PNG 3, 11: the chunks of the picture, its colours, its physical size and its frames. */
const KEPT_CHUNKS = [
  ...['IHDR', 'PLTE', 'IDAT', 'IEND', 'tRNS', 'cHRM', 'gAMA', 'iCCP', 'sBIT', 'sRGB', 'cICP', 'mDCV', 'cLLI'],
  ...['bKGD', 'hIST', 'pHYs', 'sPLT', 'acTL', 'fcTL', 'fdAT'],
];

/** The kept parts of a PNG. PNG 3, 5.3: chunks of length, type, data and CRC. https://www.w3.org/TR/png-3/ */
export function keptPngParts(data: DataView<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  const parts = [bytesBetween(data, 0, 8)];
  let orientation: number | undefined;
  for (let offset = 8, type = ''; type !== 'IEND';) {
    const end = offset + 12 + data.getUint32(offset);
    type = latin1Between(data, offset + 4, offset + 8);
    if (KEPT_CHUNKS.includes(type)) parts.push(bytesBetween(data, offset, end));
    else if (type === 'eXIf') orientation ??= readOrientation(data, offset + 8);
    offset = end;
  }
  if (orientation && orientation > 1) parts.splice(2, 0, exifChunk(orientation)); // after the signature and `IHDR`
  return parts;
}

/** An `eXIf` chunk with only the orientation. */
function exifChunk(orientation: number): Uint8Array<ArrayBuffer> {
  const tiff = orientationTiff(orientation);
  const chunk = new DataView(new ArrayBuffer(tiff.length + 12));
  const bytes = new Uint8Array(chunk.buffer);
  chunk.setUint32(0, tiff.length);
  chunk.setUint32(4, 0x65584966); // eXIf
  bytes.set(tiff, 8);
  chunk.setUint32(8 + tiff.length, crc32(bytes.subarray(4, -4)));
  return bytes;
}

/** The checksum of a chunk: PNG 3, 5.5 and annex D. */
function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc;
}
