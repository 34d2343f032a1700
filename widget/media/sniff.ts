import { readOrientation } from './exif.ts';
import { latin1Between, readBytes } from './read-bytes.ts';

/** What the first bytes of a file say it is. */
export interface Sniffed {
  /** Media type. */
  readonly type: string;
  /** Pixels the right way up, as a visitor sees it; of raster images only. */
  readonly width?: number;
  readonly height?: number;
  /** It has, or may have, more than one frame. */
  readonly isAnimated?: true;
}

type Sides = Pick<Sniffed, 'width' | 'height'>;

/** Bytes that are read. A JPEG's dimensions lie behind its EXIF and colour profile, 64 KiB a segment. */
const HEAD = 512 * 1024;

/** Sizes of the header that follows a bitmap's file header, by version. */
const BITMAP_HEADERS = [12, 16, 40, 52, 56, 64, 108, 124];

/**
 * Magic bytes, in Latin-1 with `?` for any byte, and the media type. Where they are so few that a text may begin with
 * them, more is asked.
 */
const MAGIC: readonly (readonly [magic: string, type: string, is?: (head: DataView<ArrayBuffer>) => boolean])[] = [
  ['\x89PNG\r\n\x1a\n', 'image/png'],
  ['\xff\xd8\xff', 'image/jpeg'],
  ['GIF87a', 'image/gif'],
  ['GIF89a', 'image/gif'],
  ['RIFF????WEBPVP8', 'image/webp'],
  ['\0\0??ftypavi', 'image/avif'],
  ['\0\0??ftyphei', 'image/heic'],
  ['\0\0??ftyphev', 'image/heic'],
  // brands of any such picture: those it is compatible with tell more
  ['\0\0\0?ftypm?f1', 'image/avif', (head) => /avi/.test(brands(head))],
  ['\0\0\0?ftypm?f1', 'image/heic', (head) => /he[iv]/.test(brands(head))],
  ['\0\0\0?ftypm?f1', 'image/heif'],
  ['\0\0??ftypcrx', 'image/x-canon-cr3'],
  ['\0\0\0\x0cJXL \r\n\x87\n', 'image/jxl'],
  ['\0\0\0\x0cjP  \r\n\x87\n', 'image/jp2'],
  ['\0\0??ftypqt', 'video/quicktime'],
  ['\0\0??ftyp', 'video/mp4'],
  // QuickTime is older than `ftyp`
  ['\0???moov', 'video/quicktime'],
  ['\0\0\0\x08wide', 'video/quicktime'],
  ['????mdat', 'video/quicktime'],
  ['\0???free', 'video/quicktime'],
  ['\0???skip', 'video/quicktime'],
  ['\0???pnot', 'video/quicktime'],
  ['\x1a\x45\xdf\xa3', 'video/webm'],
  ['OggS\0', 'audio/ogg'],
  ['ID3\x02', 'audio/mpeg'],
  ['ID3\x03', 'audio/mpeg'],
  ['ID3\x04', 'audio/mpeg'],
  ['fLaC\0', 'audio/flac'],
  ['RIFF????WAVE', 'audio/wav'],
  ['BM', 'image/bmp', (head) => BITMAP_HEADERS.includes(uint32(head, 14))],
  ['II*\0', 'image/tiff'],
  ['II+\0', 'image/tiff'],
  ['MM\0*', 'image/tiff'],
  ['MM\0+', 'image/tiff'],
  ['%PDF-', 'application/pdf'],
  ['PK\x03\x04', 'application/zip'],
  ['PK\x05\x06', 'application/zip'],
  ['\x1f\x8b\x08', 'application/gzip'],
  ['7z\xbc\xaf\x27\x1c', 'application/x-7z-compressed'],
  ['Rar!\x1a\x07', 'application/vnd.rar'],
  ['\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', 'application/x-ole-storage'],
  // the stub of an old program says where the new one begins
  ['MZ', 'application/vnd.microsoft.portable-executable', (head) => isAt(head, uint32(head, 60), 'PE\0\0')],
  ['\x7fELF', 'application/x-executable'],
];

/**
 * @returns undefined when the bytes are none we know; text has no magic.
 * @throws {UploadError} `file-unreadable`
 */
export async function sniff(file: Blob): Promise<Sniffed | undefined> {
  const head = new DataView(await readBytes(file.slice(0, HEAD)));
  const found = MAGIC.find(([magic, , is]) => isAt(head, 0, magic) && (is?.(head) ?? true));
  if (!found) return undefined;
  const type = found[1];
  return { type, ...sides(head, type), ...(isAnimated(head, type) && { isAnimated: true }) };
}

function isAt(head: DataView, offset: number, magic: string): boolean {
  if (head.byteLength < offset + magic.length) return false;
  return Array.from(magic).every((letter, i) => letter === '?' || head.getUint8(offset + i) === letter.charCodeAt(0));
}

/** 0 behind the end. */
const uint32 = (head: DataView, at: number): number => (at + 4 <= head.byteLength ? head.getUint32(at, true) : 0);

/** ISO/IEC 14496-12, 4.3: what readers may take the file for, in the box it begins with. */
const brands = (head: DataView<ArrayBuffer>): string =>
  latin1Between(head, 8, Math.min(Math.max(head.getUint32(0), 8), 256, head.byteLength));

function isAnimated(head: DataView<ArrayBuffer>, type: string): boolean {
  switch (type) {
    case 'image/gif':
      return true; // only the end of the file tells
    case 'image/png':
      return pngChunks(head).some(([chunk]) => chunk === 'acTL');
    case 'image/webp':
      return isAt(head, 12, 'VP8X') && !!(uint32(head, 20) & 2);
    case 'image/avif':
      return brands(head).startsWith('avis');
    default:
      return false;
  }
}

function sides(head: DataView<ArrayBuffer>, type: string): Sides | undefined {
  try {
    switch (type) {
      case 'image/png':
        return png(head);
      case 'image/gif':
        return upright(head.getUint16(6, true), head.getUint16(8, true));
      case 'image/jpeg':
        return jpeg(head);
      case 'image/webp':
        return webp(head);
      case 'image/bmp':
        return upright(head.getInt32(18, true), Math.abs(head.getInt32(22, true))); // below 0, it is stored top down
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

/** By an EXIF orientation: from 5 on, it is stored on its side. */
function upright(width: number, height: number, orientation = 1): Sides | undefined {
  if (!width || !height) return undefined;
  return orientation < 5 ? { width, height } : { width: height, height: width };
}

/** PNG 3, 11.2.1 and 11.3.4.5: `IHDR` is the first chunk; `eXIf`, if there is one, may be any. */
function png(head: DataView<ArrayBuffer>): Sides | undefined {
  const [, exif] = pngChunks(head).find(([chunk]) => chunk === 'eXIf') ?? [];
  return upright(head.getUint32(16), head.getUint32(20), exif && readOrientation(head, exif));
}

/** PNG 3, 5.3: the types of all chunks that begin in the head, and where their data begin. */
function pngChunks(head: DataView<ArrayBuffer>): [type: string, at: number][] {
  const chunks: [string, number][] = [];
  for (let at = 8; at + 8 <= head.byteLength; at += 12 + head.getUint32(at))
    chunks.push([latin1Between(head, at + 4, at + 8), at + 8]);
  return chunks;
}

/** Start-of-frame segment, ITU-T T.81 B.2.2; C4, C8 and CC are no frames. */
function jpeg(head: DataView): Sides | undefined {
  let orientation: number | undefined;
  for (let at = 2; ;) {
    if (head.getUint8(at) !== 0xff) throw new RangeError();
    const marker = head.getUint8(at + 1);
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === 0xe1 && isAt(head, at + 4, 'Exif\0\0')) orientation ??= readOrientation(head, at + 10);
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return upright(head.getUint16(at + 7), head.getUint16(at + 5), orientation);
    }
    at += 2 + head.getUint16(at + 2);
  }
}

/** https://developers.google.com/speed/webp/docs/riff_container; browsers turn none by its EXIF. */
function webp(head: DataView): Sides | undefined {
  switch (head.getUint8(15)) {
    case 0x20: // lossy
      return upright(head.getUint16(26, true) & 0x3fff, head.getUint16(28, true) & 0x3fff);
    case 0x4c: {
      // lossless
      const bits = head.getUint32(21, true);
      return upright((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1);
    }
    case 0x58: // extended
      return upright(1 + (head.getUint32(24, true) & 0xffffff), 1 + (head.getUint32(26, true) >>> 8));
    default:
      return undefined;
  }
}

/**
 * ISO/IEC 23008-12, 6.5.3 and 6.5.10: the greatest of the image spatial extents, as the others are thumbnails and tiles;
 * lying on its side where `irot` turns it an odd number of quarters.
 */
function ispe(head: DataView): Sides | undefined {
  let best: readonly [number, number] = [0, 0];
  let quarters = 0;
  for (let at = 0; at + 16 <= head.byteLength; at++) {
    const type = head.getUint32(at);
    if (type === 0x69726f74) quarters = head.getUint8(at + 4); // "irot"
    if (type !== 0x69737065) continue; // "ispe"
    const size = [head.getUint32(at + 8), head.getUint32(at + 12)] as const;
    if (size[0] * size[1] > best[0] * best[1]) best = size;
  }
  return upright(...best, quarters % 2 ? 6 : 1);
}
