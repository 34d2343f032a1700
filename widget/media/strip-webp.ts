import { orientationTiff, readOrientation } from './exif.ts';
import { bytesBetween, latin1Between } from './read-bytes.ts';

/** Chunks that are kept: the picture, its transparency, its frames and its colour profile. */
const KEPT_CHUNKS = ['VP8 ', 'VP8L', 'VP8X', 'ALPH', 'ANIM', 'ANMF', 'ICCP'];
// Bits of the first byte of `VP8X`, each for a chunk that the file has.
const EXIF_FLAG = 8;
const XMP_FLAG = 4;

/**
 * The kept parts of a WebP: chunks of type, length and data, padded to an even length.
 * https://developers.google.com/speed/webp/docs/riff_container
 */
export function keptWebpParts(data: DataView<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let flags: Uint8Array | undefined;
  let orientation: number | undefined;
  const riffEnd = 8 + data.getUint32(4, true);
  for (let offset = 12, end; offset + 8 <= riffEnd; offset = end) {
    const length = data.getUint32(offset + 4, true);
    end = offset + 8 + length + (length % 2);
    const type = latin1Between(data, offset, offset + 4);
    if (type === 'EXIF') {
      // some programs write `Exif\0\0` before the TIFF header
      orientation ??= readOrientation(data, offset + 8) ?? readOrientation(data, offset + 14);
    }
    if (!KEPT_CHUNKS.includes(type)) continue;
    const part = bytesBetween(data, offset, Math.min(end, data.byteLength));
    parts.push(part);
    if (type === 'VP8X') flags = part.subarray(8, 9);
  }
  if (flags) flags[0]! &= ~(EXIF_FLAG | XMP_FLAG);
  if (flags && orientation && orientation > 1) {
    flags[0]! |= EXIF_FLAG;
    parts.push(exifChunk(orientation));
  }
  return [riffHeader(parts), ...parts];
}

/** An `EXIF` chunk with only the orientation. */
function exifChunk(orientation: number): Uint8Array<ArrayBuffer> {
  const tiff = orientationTiff(orientation);
  return new Uint8Array([0x45, 0x58, 0x49, 0x46, tiff.length, 0, 0, 0, ...tiff]);
}

function riffHeader(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const header = new DataView(new ArrayBuffer(12));
  const size = chunks.reduce((size, { length }) => size + length, 4);
  header.setUint32(0, 0x52494646); // RIFF
  header.setUint32(4, size, true);
  header.setUint32(8, 0x57454250); // WEBP
  return new Uint8Array(header.buffer);
}
