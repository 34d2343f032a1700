import { bytesBetween, latin1Between } from './read-bytes.ts';

// Blocks and extensions: GIF89a, appendix A. https://www.w3.org/Graphics/GIF/spec-gif89a.txt
const IMAGE = 0x2c;
const EXTENSION = 0x21;
const TRAILER = 0x3b;
const COMMENT = 0xfe;
const APPLICATION = 0xff;
/** Application extensions that are kept: the number of loops of an animation, and the colour profile. */
const KEPT_APPLICATIONS = ['NETSCAPE2.0', 'ANIMEXTS1.0', 'ICCRGBG1012'];

/** The kept parts of a GIF. GIF89a, 17 to 27: a header, a colour table, and blocks up to the trailer. */
export function keptGifParts(data: DataView<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  let offset = 13 + colourTableBytes(data, 10);
  const parts = [bytesBetween(data, 0, offset)];
  for (;;) {
    switch (data.getUint8(offset)) {
      case TRAILER:
        return [...parts, bytesBetween(data, offset, offset + 1)];
      case IMAGE: {
        const end = endOfSubBlocks(data, offset + 11 + colourTableBytes(data, offset + 9));
        parts.push(bytesBetween(data, offset, end));
        offset = end;
        break;
      }
      case EXTENSION: {
        const end = endOfSubBlocks(data, offset + 2);
        if (isKeptExtension(data, offset)) parts.push(bytesBetween(data, offset, end));
        offset = end;
        break;
      }
      default:
        throw new RangeError('The file has a block that GIF does not have.');
    }
  }
}

function isKeptExtension(data: DataView<ArrayBuffer>, offset: number): boolean {
  const label = data.getUint8(offset + 1);
  if (label === APPLICATION) return KEPT_APPLICATIONS.includes(latin1Between(data, offset + 3, offset + 14));
  return label !== COMMENT;
}

/**
 * Bytes of a colour table.
 *
 * @param packedOffset offset of the packed fields, which contain the size of the table
 */
function colourTableBytes(data: DataView, packedOffset: number): number {
  const fields = data.getUint8(packedOffset);
  return fields & 0x80 ? 3 * 2 ** ((fields & 7) + 1) : 0;
}

/** The offset after the sub-blocks. Each begins with its length, and the last one is empty. */
function endOfSubBlocks(data: DataView, start: number): number {
  let offset = start;
  for (let length; (length = data.getUint8(offset)); offset += 1 + length);
  return offset + 1;
}
