import { latin1Between, bytesBetween } from './read-bytes.ts';

const IMAGE = 0x2c;
const EXTENSION = 0x21;
const END = 0x3b;
const COMMENT = 0xfe;
const APPLICATION = 0xff;
/** Application extensions that say how often an animation runs, and its colour profile. */
const SHOWN = ['NETSCAPE2.0', 'ANIMEXTS1.0', 'ICCRGBG1012'];

/** GIF89a, 17 to 27: a header, a table of colours, and blocks up to the trailer. */
export function keptGifParts(data: DataView<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  let at = 13 + tableSize(data, 10);
  const parts = [bytesBetween(data, 0, at)];
  for (;;) {
    switch (data.getUint8(at)) {
      case END:
        return [...parts, bytesBetween(data, at, at + 1)];
      case IMAGE: {
        const end = endOfBlocks(data, at + 11 + tableSize(data, at + 9));
        parts.push(bytesBetween(data, at, end));
        at = end;
        break;
      }
      case EXTENSION: {
        const end = endOfBlocks(data, at + 2);
        if (isShown(data, at)) parts.push(bytesBetween(data, at, end));
        at = end;
        break;
      }
      default:
        throw new RangeError('no GIF block');
    }
  }
}

function isShown(data: DataView<ArrayBuffer>, extension: number): boolean {
  const label = data.getUint8(extension + 1);
  if (label === APPLICATION) return SHOWN.includes(latin1Between(data, extension + 3, extension + 14));
  return label !== COMMENT;
}

/** Bytes of the table of colours that the packed fields tell of. */
function tableSize(data: DataView, packed: number): number {
  const fields = data.getUint8(packed);
  return fields & 0x80 ? 3 * 2 ** ((fields & 7) + 1) : 0;
}

/** Behind the sub-blocks, each of which begins with its length; the last one is empty. */
function endOfBlocks(data: DataView, from: number): number {
  let at = from;
  for (let length; (length = data.getUint8(at)); at += 1 + length);
  return at + 1;
}
