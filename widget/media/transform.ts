import { UploadError } from '../core/errors.ts';
import { mediaType } from '../core/media-type.ts';
import { decode } from './decode.ts';
import { type Sniffed, sniff } from './sniff.ts';
import { isStrippable, stripMetadata } from './strip.ts';

/** The changes to pictures before they are sent. */
export interface PictureOptions {
  /** Maximum pixels of the longer side. Default: no limit. */
  readonly resize?: number;
  /** Media type to encode as: `image/jpeg`, `image/png` or `image/webp`. Default: the picture's own. */
  readonly imageType?: string;
  /** Whether to remove metadata, such as the place, the camera and the author. */
  readonly stripMetadata: boolean;
}

/** The types that a canvas can encode, with the file names of each type. */
const ENCODABLE: Readonly<Record<string, RegExp>> = {
  'image/jpeg': /\.(jpe?g|jpe|jfif)$/i,
  'image/png': /\.png$/i,
  'image/webp': /\.webp$/i,
};
/** Extensions of pictures, which the extension of the new type replaces. */
const PICTURE_EXTENSION = /\.(jpe?g|jpe|jfif|a?png|webp|gif|bmp|dib|tiff?|avif|hei[cf]s?|jxl|jp2)$/i;
/** Quality of encoded JPEG and WebP, from 0 to 1. A visitor does not see the difference to a higher quality. */
const ENCODING_QUALITY = 0.85;

/**
 * Scales a picture down, encodes it as another type, or strips its metadata. A picture that is encoded is turned by its
 * EXIF orientation, and loses its metadata. A picture that cannot be scaled or encoded stays as it is; so do animations and
 * other files.
 *
 * @returns the same file if nothing was changed
 * @throws {UploadError} `file-unreadable`; with `stripMetadata`, if a picture can neither be stripped nor encoded: `file-type`,
 *   or `file-content` if other files of its type can
 */
export async function transform(file: File, options: PictureOptions): Promise<File> {
  const sniffed = (await sniff(file)) ?? { type: '' };
  const { resize = Infinity, imageType = '' } = options;
  const { type, width = 0, height = 0 } = sniffed;
  const target = imageType in ENCODABLE && type.startsWith('image/') ? imageType : type;
  if (target in ENCODABLE && (target !== type || Math.max(width, height) > resize)) {
    const encoded = await encode(file, sniffed, target, resize).catch(() => undefined);
    if (encoded) return encoded;
  }
  return options.stripMetadata && mayHaveMetadata(file, type) ? strip(file, sniffed) : file;
}

/** Whether the file is a picture that can have metadata. A bitmap has no room for it, and SVG is a document. */
const mayHaveMetadata = (file: File, sniffedType: string): boolean =>
  sniffedType !== 'image/bmp' && [sniffedType, mediaType(file)].some((type) => /^image\/(?!svg)/.test(type));

async function strip(file: File, sniffed: Sniffed): Promise<File> {
  const { type } = sniffed;
  const { name, lastModified } = file;
  const canStrip = isStrippable(type);
  try {
    if (canStrip) return new File([await stripMetadata(file, type)], name, { type: file.type, lastModified });
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
  }
  return encode(file, sniffed, type in ENCODABLE ? type : 'image/jpeg').catch((cause: unknown) => {
    const message = `The metadata of "${name}" cannot be removed in this browser.`;
    throw new UploadError(canStrip ? 'file-content' : 'file-type', message, { phase: 'validate', cause });
  });
}

/** @throws {Error} if the browser cannot read the picture or write the type, or the picture is an animation */
async function encode(file: File, sniffed: Sniffed, type: string, maxSide = Infinity): Promise<File> {
  if (sniffed.isAnimated) throw new TypeError('An animation has more than one frame.');
  const bitmap = await decode(file, sniffed, maxSide, 'high');
  const { width, height } = bitmap;
  // WebKit does not turn a PNG by its EXIF orientation, so the other side may be the longer one
  const scale = Math.min(1, maxSide / Math.max(width, height));
  const canvas = new OffscreenCanvas(Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)));
  const context = canvas.getContext('2d')!;
  if (type === 'image/jpeg') {
    context.fillStyle = '#fff'; // JPEG has no transparency: transparent pixels would be black
    context.fillRect(0, 0, canvas.width, canvas.height);
  }
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const blob = await canvas.convertToBlob({ type, quality: ENCODING_QUALITY });
  if (blob.type !== type) throw new TypeError(`This browser cannot write ${type}.`);
  const keepsName = type === sniffed.type || ENCODABLE[type]!.test(file.name);
  return new File([blob], keepsName ? file.name : withExtension(file.name, type), {
    type,
    lastModified: file.lastModified,
  });
}

const withExtension = (name: string, type: string): string =>
  `${name.replace(PICTURE_EXTENSION, '')}.${type.slice('image/'.length).replace('jpeg', 'jpg')}`;
