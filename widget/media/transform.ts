import { UploadError } from '../core/errors.ts';
import { mediaType } from '../core/media-type.ts';
import { decode } from './decode.ts';
import { type Sniffed, sniff } from './sniff.ts';
import { isStrippable, stripMetadata } from './strip.ts';

/** What a page wants done to pictures before they are sent. */
export interface PictureOptions {
  /** Pixels of the longer side, at most. */
  readonly resize?: number | undefined;
  /** Media type to encode as. */
  readonly imageType?: string | undefined;
  readonly stripMetadata: boolean;
}

/** What a canvas can write, and how its files are called. */
const NAMES: Readonly<Record<string, RegExp>> = {
  'image/jpeg': /\.(jpe?g|jpe|jfif)$/i,
  'image/png': /\.png$/i,
  'image/webp': /\.webp$/i,
};
const EXTENSION = /\.(jpe?g|jpe|jfif|a?png|webp|gif|bmp|dib|tiff?|avif|hei[cf]s?|jxl|jp2)$/i;
/** Of JPEG and WebP: no one sees the rest. */
const QUALITY = 0.85;

/**
 * Pictures made smaller, of another type, or rid of what they tell of place and camera; turned as their EXIF says, which is
 * lost with it. What is to be made smaller and cannot be read stays as it is; so does an animation, and a file that is no
 * picture.
 *
 * @throws {UploadError} `file-unreadable`; or, of a picture that can neither be stripped nor encoded anew, `file-type` or,
 *   where others of its type can, `file-content`: it would tell what it is not to tell
 */
export async function transform(file: File, wanted: PictureOptions): Promise<File> {
  const found = (await sniff(file)) ?? { type: '' };
  const { resize = Infinity, imageType = '' } = wanted;
  const { type, width = 0, height = 0 } = found;
  const target = imageType in NAMES && type.startsWith('image/') ? imageType : type;
  if (target in NAMES && (target !== type || Math.max(width, height) > resize)) {
    const made = await encode(file, found, target, resize).catch(() => undefined);
    if (made) return made;
  }
  return wanted.stripMetadata && canTell(file, type) ? strip(file, found) : file;
}

/** Whether it is a picture that may tell of place and camera. A bitmap has no room for it, and SVG is a document. */
const canTell = (file: File, found: string): boolean =>
  found !== 'image/bmp' && [found, mediaType(file)].some((type) => /^image\/(?!svg)/.test(type));

async function strip(file: File, found: Sniffed): Promise<File> {
  const { type } = found;
  const { name, lastModified } = file;
  const isKnown = isStrippable(type);
  try {
    if (isKnown) return new File([await stripMetadata(file, type)], name, { type: file.type, lastModified });
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
  }
  return encode(file, found, type in NAMES ? type : 'image/jpeg').catch((cause: unknown) => {
    const message = `the metadata of "${name}" cannot be taken out in this browser`;
    throw new UploadError(isKnown ? 'file-content' : 'file-type', message, { phase: 'validate', cause });
  });
}

/** @throws {Error} when the browser cannot read it, or cannot write that type, or it would lose its life */
async function encode(file: File, found: Sniffed, type: string, side = Infinity): Promise<File> {
  if (found.isAnimated) throw new TypeError('an animation has more than one frame');
  const bitmap = await decode(file, found, side, 'high');
  const { width, height } = bitmap;
  // WebKit turns no PNG as its EXIF says, so that the other side may be the longer one
  const scale = Math.min(1, side / Math.max(width, height));
  const canvas = new OffscreenCanvas(Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)));
  const context = canvas.getContext('2d')!;
  if (type === 'image/jpeg') {
    context.fillStyle = '#fff'; // it has no transparency, and black is not what was behind
    context.fillRect(0, 0, canvas.width, canvas.height);
  }
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const blob = await canvas.convertToBlob({ type, quality: QUALITY });
  if (blob.type !== type) throw new TypeError(`this browser cannot write ${type}`);
  const name = type === found.type || NAMES[type]!.test(file.name) ? file.name : rename(file.name, type);
  return new File([blob], name, { type, lastModified: file.lastModified });
}

const rename = (name: string, type: string): string =>
  `${name.replace(EXTENSION, '')}.${type.slice(6).replace('jpeg', 'jpg')}`;
