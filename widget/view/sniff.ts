/** What the first bytes of a file say it is. */
export interface Sniffed {
  /** Media type. */
  readonly type: string;
  /** Pixels as stored, before any rotation; of raster images only. */
  readonly width?: number;
  readonly height?: number;
}

/** Bytes that are read. A JPEG's dimensions lie behind its EXIF and colour profile, 64 KiB a segment. */
const HEAD = 512 * 1024;

/** Magic bytes: offset, text in Latin-1, media type. */
const MAGIC: readonly (readonly [number, string, string])[] = [
  [0, '\x89PNG\r\n\x1a\n', 'image/png'],
  [0, '\xff\xd8\xff', 'image/jpeg'],
  [0, 'GIF87a', 'image/gif'],
  [0, 'GIF89a', 'image/gif'],
  [8, 'WEBPVP8', 'image/webp'],
  [4, 'ftypavif', 'image/avif'],
  [4, 'ftypavis', 'image/avif'],
  [4, 'ftyphei', 'image/heic'],
  [4, 'ftyphev', 'image/heic'],
  [4, 'ftypmif1', 'image/heif'],
  [4, 'ftypqt', 'video/quicktime'],
  [4, 'ftyp', 'video/mp4'],
  [0, '\x1a\x45\xdf\xa3', 'video/webm'],
  [0, 'OggS', 'audio/ogg'],
  [0, 'ID3', 'audio/mpeg'],
  [0, 'fLaC', 'audio/flac'],
  [8, 'WAVE', 'audio/wav'],
  [0, 'BM', 'image/bmp'],
  [0, 'II*\0', 'image/tiff'],
  [0, 'MM\0*', 'image/tiff'],
  [0, '%PDF-', 'application/pdf'],
  [0, 'PK\x03\x04', 'application/zip'],
  [0, 'PK\x05\x06', 'application/zip'],
  [0, '\x1f\x8b', 'application/gzip'],
  [0, '7z\xbc\xaf\x27\x1c', 'application/x-7z-compressed'],
  [0, 'Rar!\x1a\x07', 'application/vnd.rar'],
  [0, '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', 'application/x-ole-storage'],
  [0, 'MZ', 'application/vnd.microsoft.portable-executable'],
  [0, '\x7fELF', 'application/x-executable'],
];

/** @returns undefined when the bytes are none we know; text has no magic. */
export async function sniff(file: Blob): Promise<Sniffed | undefined> {
  const head = new DataView(await file.slice(0, HEAD).arrayBuffer());
  const found = MAGIC.find(([offset, magic]) => isAt(head, offset, magic));
  if (!found) return undefined;
  const type = found[2];
  const [width, height] = dimensions(head, type) ?? [];
  return width && height ? { type, width, height } : { type };
}

function isAt(head: DataView, offset: number, text: string): boolean {
  if (head.byteLength < offset + text.length) return false;
  for (let i = 0; i < text.length; i++) if (head.getUint8(offset + i) !== text.charCodeAt(i)) return false;
  return true;
}

function dimensions(head: DataView, type: string): [number, number] | undefined {
  try {
    switch (type) {
      case 'image/png':
        return [head.getUint32(16), head.getUint32(20)];
      case 'image/gif':
        return [head.getUint16(6, true), head.getUint16(8, true)];
      case 'image/jpeg':
        return jpeg(head);
      case 'image/webp':
        return webp(head);
      case 'image/avif':
      case 'image/heic':
      case 'image/heif':
        return ispe(head);
      default:
        return undefined;
    }
  } catch {
    return undefined; // the head ends before it says: a RangeError of the DataView
  }
}

/** Start-of-frame segment, ITU-T T.81 B.2.2; C4, C8 and CC are no frames. */
function jpeg(head: DataView): [number, number] {
  for (let at = 2; ;) {
    if (head.getUint8(at) !== 0xff) throw new RangeError();
    const marker = head.getUint8(at + 1);
    if (marker === 0xff) at++;
    else if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return [head.getUint16(at + 7), head.getUint16(at + 5)];
    } else at += 2 + head.getUint16(at + 2);
  }
}

/** https://developers.google.com/speed/webp/docs/riff_container */
function webp(head: DataView): [number, number] | undefined {
  switch (head.getUint8(15)) {
    case 0x20: // lossy
      return [head.getUint16(26, true) & 0x3fff, head.getUint16(28, true) & 0x3fff];
    case 0x4c: {
      // lossless
      const bits = head.getUint32(21, true);
      return [(bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1];
    }
    case 0x58: // extended
      return [1 + (head.getUint32(24, true) & 0xffffff), 1 + (head.getUint32(26, true) >>> 8)];
    default:
      return undefined;
  }
}

/** The greatest of the image spatial extents, ISO/IEC 23008-12 6.5.3: the others are thumbnails and tiles. */
function ispe(head: DataView): [number, number] | undefined {
  let best: [number, number] | undefined;
  for (let at = 0; at + 16 <= head.byteLength; at++) {
    if (head.getUint32(at) !== 0x69737065) continue;
    const size: [number, number] = [head.getUint32(at + 8), head.getUint32(at + 12)];
    if (!best || size[0] * size[1] > best[0] * best[1]) best = size;
  }
  return best;
}
