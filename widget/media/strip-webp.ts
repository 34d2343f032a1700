import { readOrientation, orientationTiff } from './exif.ts';
import { latin1Between, bytesBetween } from './read-bytes.ts';

const SHOWN = ['VP8 ', 'VP8L', 'VP8X', 'ALPH', 'ANIM', 'ANMF', 'ICCP'];
/** Bits of the flags that say which chunks there are. */
const EXIF = 8;
const XMP = 4;

/** https://developers.google.com/speed/webp/docs/riff_container: chunks of type, length and data, padded to even. */
export function keptWebpParts(data: DataView<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let flags: Uint8Array | undefined;
  let orientation: number | undefined;
  const riffEnd = 8 + data.getUint32(4, true);
  for (let at = 12, end; at + 8 <= riffEnd; at = end) {
    const length = data.getUint32(at + 4, true);
    end = at + 8 + length + (length % 2);
    const type = latin1Between(data, at, at + 4);
    if (type === 'EXIF') orientation ??= readOrientation(data, at + 8) ?? readOrientation(data, at + 14); // some write "Exif" first
    if (!SHOWN.includes(type)) continue;
    const part = bytesBetween(data, at, Math.min(end, data.byteLength));
    parts.push(part);
    if (type === 'VP8X') flags = part.subarray(8, 9);
  }
  if (flags) flags[0]! &= ~(EXIF | XMP);
  if (flags && orientation && orientation > 1) {
    flags[0]! |= EXIF;
    parts.push(exifOf(orientation));
  }
  return [riffOf(parts), ...parts];
}

/** A chunk with nothing but the orientation. */
function exifOf(orientation: number): Uint8Array<ArrayBuffer> {
  const tiff = orientationTiff(orientation);
  return new Uint8Array([0x45, 0x58, 0x49, 0x46, tiff.length, 0, 0, 0, ...tiff]);
}

function riffOf(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const head = new DataView(new ArrayBuffer(12));
  head.setUint32(0, 0x52494646); // RIFF
  head.setUint32(
    4,
    chunks.reduce((size, { length }) => size + length, 4),
    true,
  );
  head.setUint32(8, 0x57454250); // WEBP
  return new Uint8Array(head.buffer);
}
