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

/** A JPEG as a phone makes it, of a plain one: EXIF says where it was taken, and which way up it is. */
export const withExif = (plain: Uint8Array, orientation: number): File => {
  const exif = segment(0xe1, 'Exif\0\0', tiff(orientation));
  return new File([bytes(plain.subarray(0, 2), exif, plain.subarray(2))], 'photo.jpg', { type: 'image/jpeg' });
};

/** One of that many pixels as stored; by default it is to be turned a quarter. */
export const photo = async (width = 40, height = 20, orientation = 6): Promise<File> =>
  withExif(new Uint8Array(await (await picture('photo.jpg', width, height, 'image/jpeg')).arrayBuffer()), orientation);

/** The parts of a PNG of that many pixels: up to its header's end, and the rest. */
export async function pngHalves(width = 40, height = 20): Promise<[Uint8Array, Uint8Array]> {
  const whole = new Uint8Array(await (await picture('a.png', width, height)).arrayBuffer());
  return [whole.subarray(0, 33), whole.subarray(33)];
}

/** A PNG's chunk, with its sum. */
export function chunk(type: string, ...content: Parameters<typeof bytes>): Uint8Array {
  const body = bytes(type, ...content);
  let sum = ~0;
  for (const byte of body) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return bytes([0, 0], word(body.length - 4), body, word(~sum >>> 16), word(~sum & 0xffff));
}

/** A RIFF's chunk, padded to an even length. */
export const riff = (type: string, ...content: Parameters<typeof bytes>): Uint8Array => {
  const body = bytes(...content);
  return bytes(type, [body.length & 255, body.length >> 8, 0, 0], body, body.length % 2 ? [0] : []);
};

/** One pixel, as WebP without loss has it. */
const PIXEL = riff('VP8L', [0x2f, 0, 0, 0, 0x10, 7, 0x10, 0x11, 0x11, 0x88, 0x88, 0xfe, 7]);

/** A WebP of one pixel, with chunks behind it. @param flags that say which */
export const webp = (flags: number, ...chunks: Uint8Array[]): Uint8Array<ArrayBuffer> =>
  bytes(riff('RIFF', 'WEBP', riff('VP8X', [flags, 0, 0, 0, 0, 0, 0, 0, 0, 0]), PIXEL, ...chunks));

/** A GIF of one pixel in two frames that run for ever, with blocks before them. */
export const gif = (...blocks: Uint8Array[]): Uint8Array<ArrayBuffer> => {
  const frame = bytes('\x21\xf9\x04\0', [10, 0, 0, 0], ',', [0, 0, 0, 0, 1, 0, 1, 0, 0], [2, 2, 0x44, 1, 0]);
  const forever = bytes('\x21\xff\x0bNETSCAPE2.0', [3, 1, 0, 0, 0]);
  return bytes('GIF89a', [1, 0, 1, 0, 0x80, 0, 0], [255, 0, 0, 0, 0, 255], forever, ...blocks, frame, frame, ';');
};

/** The pixels as the browser shows them, four bytes each. */
export async function pixels(file: Blob): Promise<string> {
  const bitmap = await createImageBitmap(file);
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')!;
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, bitmap.width, bitmap.height).data.join();
}

/** Width and height as the browser shows them. */
export async function pixelSize(file: Blob): Promise<[number, number]> {
  const bitmap = await createImageBitmap(file);
  return [bitmap.width, bitmap.height];
}
