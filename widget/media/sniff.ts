import { readOrientation } from './exif.ts';
import { latin1Between, readBytes } from './read-bytes.ts';

/** The type and dimensions of a file, as its first bytes contain them. */
export interface Sniffed {
  /** Media type. */
  readonly type: string;
  /** Width of a raster image in pixels, after it is turned by its EXIF orientation; undefined if it is not known. */
  readonly width?: number;
  /** Height in pixels, as `width`. */
  readonly height?: number;
  /** True if the picture has more than one frame, or may have. */
  readonly isAnimated?: true;
}

type Dimensions = Pick<Sniffed, 'width' | 'height'>;

/**
 * Bytes that are read from the start of a file. In a JPEG, segments of up to 64 KiB with EXIF and a colour profile come
 * before the dimensions.
 */
const HEAD_BYTES = 512 * 2 ** 10;

/** Bytes of the header that follows a bitmap's file header, by version. */
const BITMAP_HEADER_BYTES = [12, 16, 40, 52, 56, 64, 108, 124];

/**
 * Magic bytes as Latin-1, with `?` for any byte, and the media type. If a text may begin with them, a further condition
 * follows.
 */
const MAGIC: readonly (readonly [magic: string, type: string, matches?: (head: DataView<ArrayBuffer>) => boolean])[] = [
  ['\x89PNG\r\n\x1a\n', 'image/png'],
  ['\xff\xd8\xff', 'image/jpeg'],
  ['GIF87a', 'image/gif'],
  ['GIF89a', 'image/gif'],
  ['RIFF????WEBPVP8', 'image/webp'],
  ['\0\0??ftypavi', 'image/avif'],
  ['\0\0??ftyphei', 'image/heic'],
  ['\0\0??ftyphev', 'image/heic'],
  // a picture of any kind has one of these brands, often the major one: its other brands decide
  ['\0\0??ftyp', 'image/avif', (head) => isHeif(head) && /avi[fs]/.test(brands(head))],
  ['\0\0??ftyp', 'image/heic', (head) => isHeif(head) && /he[iv]/.test(brands(head))],
  ['\0\0??ftyp', 'image/heif', (head) => isHeif(head)],
  ['\0\0??ftypcrx', 'image/x-canon-cr3'],
  ['\0\0\0\x0cJXL \r\n\x87\n', 'image/jxl'],
  ['\0\0\0\x0cjP  \r\n\x87\n', 'image/jp2'],
  ['\0\0??ftypqt', 'video/quicktime'],
  ['\0\0??ftyp', 'video/mp4'],
  // boxes that may come before `ftyp`, and segments of a stream: ISO/IEC 14496-12 and 23009-1
  ...['styp', 'sidx', 'moof', 'emsg', 'prft', 'pdin', 'uuid'].map((box) => [`\0???${box}`, 'video/mp4'] as const),
  // QuickTime is older than `ftyp`
  ...['moov', 'wide', 'free', 'skip', 'pnot', 'junk'].map((box) => [`\0???${box}`, 'video/quicktime'] as const),
  ['????mdat', 'video/quicktime', (head) => !isText(head)],
  ['\x1a\x45\xdf\xa3', 'video/webm'],
  ['OggS\0', 'audio/ogg'],
  ['ID3\x02', 'audio/mpeg'],
  ['ID3\x03', 'audio/mpeg'],
  ['ID3\x04', 'audio/mpeg'],
  ['fLaC\0', 'audio/flac'],
  ['RIFF????WAVE', 'audio/wav'],
  ['BM', 'image/bmp', (head) => BITMAP_HEADER_BYTES.includes(uint32(head, 14))],
  ['II*\0', 'image/tiff'],
  ['II+\0', 'image/tiff'],
  ['MM\0*', 'image/tiff'],
  ['MM\0+', 'image/tiff'],
  ['%PDF-', 'application/pdf'],
  ['PK\x03\x04', 'application/zip'],
  // without files
  ['PK\x05\x06', 'application/zip'],
  // the first of several disks, or of what was meant to be several
  ['PK\x07\x08PK\x03\x04', 'application/zip'],
  ['PK00PK\x03\x04', 'application/zip'],
  ['\x1f\x8b\x08', 'application/gzip'],
  ['7z\xbc\xaf\x27\x1c', 'application/x-7z-compressed'],
  ['Rar!\x1a\x07', 'application/vnd.rar'],
  ['\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', 'application/x-ole-storage'],
  // the DOS stub contains the offset of the PE header
  ['MZ', 'application/vnd.microsoft.portable-executable', (head) => hasMagic(head, uint32(head, 60), 'PE\0\0')],
  ['\x7fELF', 'application/x-executable'],
];

/**
 * Reads the type and dimensions of a file from its first bytes.
 *
 * @returns undefined if the type is not known; a text, for example, has no magic bytes
 * @throws {UploadError} `file-unreadable`
 */
export async function sniff(file: Blob): Promise<Sniffed | undefined> {
  const head = new DataView(await readBytes(file.slice(0, HEAD_BYTES)));
  const found = MAGIC.find(([magic, , matches]) => hasMagic(head, 0, magic) && (matches?.(head) ?? true));
  if (!found) return undefined;
  const type = found[1];
  return { type, ...dimensions(head, type), ...(isAnimated(head, type) && { isAnimated: true }) };
}

function hasMagic(head: DataView, offset: number, magic: string): boolean {
  if (head.byteLength < offset + magic.length) return false;
  return Array.from(magic).every(
    (character, i) => character === '?' || head.getUint8(offset + i) === character.charCodeAt(0),
  );
}

/** A little-endian number; 0 after the end. */
const uint32 = (head: DataView, offset: number): number =>
  offset + 4 <= head.byteLength ? head.getUint32(offset, true) : 0;

/** ISO/IEC 14496-12, 4.3: the brands in the first box, which name the specifications that the file conforms to. */
const brands = (head: DataView<ArrayBuffer>): string =>
  latin1Between(head, 8, Math.min(Math.max(head.getUint32(0), 8), 256, head.byteLength));

/** ISO/IEC 23008-12, 10: the brands of pictures of any codec. */
const isHeif = (head: DataView<ArrayBuffer>): boolean => /m[is]f1|miaf/.test(brands(head));

/** Whether the file begins with characters: without control characters except those for lines and tabs. */
const isText = ({ buffer }: DataView<ArrayBuffer>): boolean =>
  new Uint8Array(buffer).subarray(0, 256).every((byte) => byte >= 0x20 || [0x09, 0x0a, 0x0d].includes(byte));

/**
 * Whether a file is a PDF with something before its header, such as a line break, a byte order mark or the headers of a mail.
 * Viewers look for the header in the first 1,024 bytes: ISO 32000-1, implementation note 13 of Adobe's PDF Reference 1.7.
 *
 * @throws {UploadError} `file-unreadable`
 */
export async function isPdfAfterOtherBytes(file: Blob): Promise<boolean> {
  const head = new DataView(await readBytes(file.slice(0, 1024 + '%PDF-1'.length)));
  const text = latin1Between(head, 0, head.byteLength);
  // markup that only mentions it is a page
  return /%PDF-\d/.test(text) && !/^(\xef\xbb\xbf)?\s*</.test(text);
}

function isAnimated(head: DataView<ArrayBuffer>, type: string): boolean {
  switch (type) {
    case 'image/gif':
      return true; // the number of frames is known only at the end of the file
    case 'image/png':
      return pngChunks(head).some(([chunk]) => chunk === 'acTL');
    case 'image/webp':
      return hasMagic(head, 12, 'VP8X') && !!(uint32(head, 20) & 2);
    case 'image/avif':
      return brands(head).startsWith('avis');
    default:
      return false;
  }
}

function dimensions(head: DataView<ArrayBuffer>, type: string): Dimensions | undefined {
  try {
    switch (type) {
      case 'image/png':
        return pngDimensions(head);
      case 'image/gif':
        return upright(head.getUint16(6, true), head.getUint16(8, true));
      case 'image/jpeg':
        return jpegDimensions(head);
      case 'image/webp':
        return webpDimensions(head);
      case 'image/bmp':
        return uint32(head, 14) === 12 // the header of OS/2
          ? upright(head.getUint16(18, true), head.getUint16(20, true))
          : upright(head.getInt32(18, true), Math.abs(head.getInt32(22, true))); // negative: stored top-down
      case 'image/avif':
      case 'image/heic':
      case 'image/heif':
        return heifDimensions(head);
      default:
        return undefined;
    }
  } catch {
    return undefined; // the head ends before the dimensions: a RangeError of the DataView
  }
}

/** @param orientation EXIF orientation; from 5 on, the picture is stored on its side */
function upright(width: number, height: number, orientation = 1): Dimensions | undefined {
  if (!width || !height) return undefined;
  return orientation < 5 ? { width, height } : { width: height, height: width };
}

/** PNG 3, 11.2.1 and 11.3.4.5: `IHDR` is the first chunk; `eXIf` may be anywhere. */
function pngDimensions(head: DataView<ArrayBuffer>): Dimensions | undefined {
  const [, exif] = pngChunks(head).find(([chunk]) => chunk === 'eXIf') ?? [];
  return upright(head.getUint32(16), head.getUint32(20), exif && readOrientation(head, exif));
}

/** PNG 3, 5.3: the types of all chunks that begin in the head, and the offsets of their data. */
function pngChunks(head: DataView<ArrayBuffer>): [type: string, offset: number][] {
  const chunks: [string, number][] = [];
  for (let offset = 8; offset + 8 <= head.byteLength; offset += 12 + head.getUint32(offset)) {
    chunks.push([latin1Between(head, offset + 4, offset + 8), offset + 8]);
  }
  return chunks;
}

/** ITU-T T.81, B.2.2: the start-of-frame segment. The markers C4, C8 and CC do not start a frame. */
function jpegDimensions(head: DataView): Dimensions | undefined {
  let orientation: number | undefined;
  for (let offset = 2; ;) {
    if (head.getUint8(offset) !== 0xff) return undefined;
    const marker = head.getUint8(offset + 1);
    if (marker === 0xff) {
      offset++; // a fill byte
      continue;
    }
    if (marker === 0xe1 && hasMagic(head, offset + 4, 'Exif\0\0')) orientation ??= readOrientation(head, offset + 10);
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return upright(head.getUint16(offset + 7), head.getUint16(offset + 5), orientation);
    }
    offset += 2 + head.getUint16(offset + 2);
  }
}

/** https://developers.google.com/speed/webp/docs/riff_container. Browsers ignore the orientation of a WebP. */
function webpDimensions(head: DataView): Dimensions | undefined {
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
 * ISO/IEC 23008-12, 6.5.3 and 6.5.10: the largest of the image spatial extents (`ispe`); thumbnails and tiles have smaller
 * ones. `irot` turns the picture by a number of quarters.
 */
function heifDimensions(head: DataView): Dimensions | undefined {
  let largest: readonly [width: number, height: number] = [0, 0];
  let quarters = 0;
  for (let offset = 0; offset + 16 <= head.byteLength; offset++) {
    const type = head.getUint32(offset);
    if (type === 0x69726f74) quarters = head.getUint8(offset + 4); // "irot"
    if (type !== 0x69737065) continue; // "ispe"
    const size = [head.getUint32(offset + 8), head.getUint32(offset + 12)] as const;
    if (size[0] * size[1] > largest[0] * largest[1]) largest = size;
  }
  return upright(...largest, quarters % 2 ? 6 : 1);
}
