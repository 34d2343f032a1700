/**
 * A picture without EXIF, XMP, comments and the like, not a pixel touched. What turns a JPEG the right way up
 * stays, and so does its colour profile.
 *
 * @returns null for a type that is not known here.
 */
export async function stripMetadata(file: Blob, type: string): Promise<ArrayBuffer | null> {
  const strip = { 'image/jpeg': stripJpeg, 'image/png': stripPng, 'image/webp': stripWebp }[type];
  if (!strip) return null;
  const parts = strip((from, to) => file.slice(from, to), new DataView(await file.arrayBuffer()));
  // in one piece: Firefox decodes no picture whose first part is too short to tell its type
  return new Blob(parts).arrayBuffer();
}

type Bytes = (from: number, to?: number) => BlobPart;

/** ITU-T T.81: segments up to the start of scan. APP1 is EXIF and XMP, APP13 IPTC, FE a comment; APP0, 2, 14 are colour. */
function stripJpeg(bytes: Bytes, data: DataView): BlobPart[] {
  const parts: BlobPart[] = [bytes(0, 2)];
  let orientation = 1;
  let at = 2;
  for (;;) {
    const marker = data.getUint16(at);
    if (marker >> 8 !== 0xff) throw new RangeError('no JPEG segment');
    if (marker === 0xffda) break;
    const end = at + 2 + data.getUint16(at + 2);
    const isColour = [0xffe0, 0xffe2, 0xffee].includes(marker);
    const isMetadata = (marker >= 0xffe0 && marker <= 0xffef && !isColour) || marker === 0xfffe;
    if (marker === 0xffe1) orientation = orientationOf(data, at, end) ?? orientation;
    if (!isMetadata) parts.push(bytes(at, end));
    at = end;
  }
  if (orientation > 1) parts.splice(1, 0, exifOf(orientation));
  return [...parts, bytes(at)];
}

/** EXIF 2.3, 4.6.2: tag 0x0112 of the first directory. */
function orientationOf(data: DataView, at: number, end: number): number | undefined {
  const tiff = at + 10;
  if (data.getUint32(at + 4) !== 0x45786966) return undefined; // "Exif"
  const isLittle = data.getUint16(tiff) === 0x4949;
  const directory = tiff + data.getUint32(tiff + 4, isLittle);
  const count = data.getUint16(directory, isLittle);
  for (let i = 0, entry = directory + 2; i < count && entry + 12 <= end; i++, entry += 12) {
    if (data.getUint16(entry, isLittle) === 0x0112) return data.getUint16(entry + 8, isLittle);
  }
  return undefined;
}

/** An APP1 segment with nothing but the orientation. */
const exifOf = (orientation: number): Uint8Array<ArrayBuffer> =>
  new Uint8Array(
    [
      [0xff, 0xe1, 0, 34, 0x45, 0x78, 0x69, 0x66, 0, 0], // APP1, its length, "Exif"
      [0x4d, 0x4d, 0, 42, 0, 0, 0, 8], // big-endian TIFF, first directory at 8
      [0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0], // one entry: orientation, a short
      [0, 0, 0, 0], // no next directory
    ].flat(),
  );

/** PNG 1.2, 4: chunks of length, type, data, sum. */
function stripPng(bytes: Bytes, data: DataView): BlobPart[] {
  const parts: BlobPart[] = [bytes(0, 8)];
  for (let at = 8, end; at + 12 <= data.byteLength; at = end) {
    end = at + 12 + data.getUint32(at);
    if (!['eXIf', 'tEXt', 'zTXt', 'iTXt', 'tIME'].includes(latin(data, at + 4))) parts.push(bytes(at, end));
  }
  return parts;
}

/** WebP container: chunks of type, length, data, padded to even; the flags of VP8X say which there are. */
function stripWebp(bytes: Bytes, data: DataView): BlobPart[] {
  const parts: BlobPart[] = [];
  let size = 4;
  for (let at = 12, end; at + 8 <= data.byteLength; at = end) {
    const length = data.getUint32(at + 4, true);
    end = at + 8 + length + (length % 2);
    const type = latin(data, at);
    if (type === 'EXIF' || type === 'XMP ') continue;
    size += end - at;
    if (type === 'VP8X') {
      // without the bits of EXIF (8) and XMP (4)
      parts.push(bytes(at, at + 8), new Uint8Array([data.getUint8(at + 8) & ~12]), bytes(at + 9, end));
    } else parts.push(bytes(at, end));
  }
  const head = new DataView(new ArrayBuffer(12));
  head.setUint32(0, 0x52494646); // RIFF
  head.setUint32(4, size, true);
  head.setUint32(8, 0x57454250); // WEBP
  return [head, ...parts];
}

const latin = (data: DataView, at: number): string =>
  String.fromCharCode(...[0, 1, 2, 3].map((i) => data.getUint8(at + i)));
