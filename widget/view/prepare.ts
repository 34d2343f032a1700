import { sniff } from './sniff.ts';
import { stripMetadata } from './strip.ts';

/** What a page wants done to pictures before they are sent. */
export interface Preparation {
  /** Pixels of the longer side, at most. */
  readonly resize?: number;
  /** Media type to encode as. */
  readonly imageType?: string;
  readonly stripMetadata: boolean;
}

/** What a canvas can read and write. An animation would lose its life, so GIF is left as it is. */
const ENCODABLE = ['image/jpeg', 'image/png', 'image/webp'];
/** Of JPEG and WebP: no one sees the rest. */
const QUALITY = 0.85;

/**
 * Pictures made smaller, of another type, or rid of what they tell of place and camera; turned as their EXIF says, which is
 * lost with it. A file that is no picture, or cannot be read as one, stays as it is. Decoding and encoding are the
 * browser's, off the main thread.
 */
export async function prepare(file: File, wanted: Preparation): Promise<File> {
  const found = await sniff(file);
  const { type = '', width = 0, height = 0 } = found ?? {};
  const target = ENCODABLE.includes(wanted.imageType ?? '') ? wanted.imageType! : type;
  const scale = wanted.resize ? Math.min(1, wanted.resize / Math.max(width, height)) : 1;
  const isChanged = scale < 1 || target !== type;
  if (isChanged && width && ENCODABLE.includes(target) && !(await isAnimated(file, type))) {
    const made = await encode(file, Math.max(1, Math.round(width * scale)), target).catch(() => null);
    if (made)
      return new File([made], rename(file.name, target, type), { type: target, lastModified: file.lastModified });
  }
  if (!wanted.stripMetadata) return file;
  const stripped = await stripMetadata(file, type).catch(() => null);
  return stripped ? new File([stripped], file.name, { type: file.type, lastModified: file.lastModified }) : file;
}

async function encode(file: File, resizeWidth: number, type: string): Promise<Blob> {
  // One dimension only, or a picture that its EXIF turns on its side would come out squeezed.
  const bitmap = await createImageBitmap(file, { resizeWidth, resizeQuality: 'high' });
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext('2d')!;
  if (type === 'image/jpeg') {
    context.fillStyle = '#fff'; // it has no transparency, and black is not what was behind
    context.fillRect(0, 0, bitmap.width, bitmap.height);
  }
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const blob = await canvas.convertToBlob({ type, quality: QUALITY });
  if (blob.type !== type) throw new TypeError(`this browser cannot write ${type}`);
  return blob;
}

/** A WebP or PNG with more than one frame. */
async function isAnimated(file: File, type: string): Promise<boolean> {
  const marker = { 'image/webp': 'ANIM', 'image/png': 'acTL' }[type];
  if (!marker) return type === 'image/gif';
  const head = new TextDecoder('latin1').decode(await file.slice(0, 4096).arrayBuffer());
  return head.includes(marker);
}

const rename = (name: string, target: string, type: string): string =>
  target === type ? name : `${name.replace(/\.\w{1,5}$/, '')}.${target.slice(6).replace('jpeg', 'jpg')}`;
