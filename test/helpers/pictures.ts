import { picture } from './page.ts';

/** What a camera writes beside the picture, and nobody else is to read. */
export const SECRET = '48.8584N 2.2945E';

/** Bytes of Latin-1 texts and numbers, one after the other. */
export const bytes = (...parts: (string | number | readonly number[] | Uint8Array)[]): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(
    parts.flatMap((part) =>
      typeof part === 'string'
        ? Array.from(part, (letter) => letter.charCodeAt(0))
        : typeof part === 'number'
          ? part
          : [...part],
    ),
  );

/** A number of two bytes, the greater first. */
export const word = (value: number): number[] => [value >> 8, value & 255];

/** A TIFF header with an orientation, as EXIF has it, and with a secret behind it. */
export const tiff = (orientation: number): Uint8Array =>
  bytes('MM\0*', [0, 0, 0, 8], [0, 1], [0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0], [0, 0, 0, 0], SECRET);

/** A JPEG's segment with its length. */
export const segment = (marker: number, ...content: Parameters<typeof bytes>): Uint8Array => {
  const body = bytes(...content);
  return bytes([0xff, marker], word(body.length + 2), body);
};

/**
 * A JPEG as a phone makes it: EXIF that says where it was taken, and which way up it is; by default to turn it a quarter.
 * Width and height are as stored.
 */
export async function photo(width = 40, height = 20, orientation = 6): Promise<File> {
  const plain = new Uint8Array(await (await picture('photo.jpg', width, height, 'image/jpeg')).arrayBuffer());
  const exif = segment(0xe1, 'Exif\0\0', tiff(orientation));
  return new File([bytes(plain.subarray(0, 2), exif, plain.subarray(2))], 'photo.jpg', { type: 'image/jpeg' });
}

/** Width and height as the browser shows them. */
export async function pixelSize(file: Blob): Promise<[number, number]> {
  const bitmap = await createImageBitmap(file);
  return [bitmap.width, bitmap.height];
}
