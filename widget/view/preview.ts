import { sniff } from './sniff.ts';

/** Device pixels of a thumbnail's shorter side: 48 CSS pixels, sharp on a screen of two to one. */
const SIDE = 96;
/** Decoded at once: each may take 50 MB while it lasts. */
const AT_ONCE = 2;
/** Pixels; a picture of more is a bomb or a poster, and gets an icon. */
const MOST_PIXELS = 100e6;

const waiting: (() => Promise<void>)[] = [];
let running = 0;

/**
 * Puts a small picture of the file into its slot, when its turn comes and the slot is still there. A canvas needs no
 * object URL, so there is none to leak, and none that could be opened as a page. What cannot be decoded keeps its icon.
 *
 * @param slot of the row; the canvas is appended.
 */
export function preview(file: File, slot: Element): void {
  waiting.push(async () => {
    if (!slot.isConnected) return;
    const bitmap = await thumbnail(file).catch(() => null);
    if (!bitmap) return;
    const canvas = document.createElement('canvas');
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
    canvas.getContext('bitmaprenderer')?.transferFromImageBitmap(bitmap);
    slot.append(canvas);
  });
  void work();
}

async function work(): Promise<void> {
  if (running >= AT_ONCE) return;
  running++;
  for (let next; (next = waiting.shift());) await next();
  running--;
}

async function thumbnail(file: File): Promise<ImageBitmap | null> {
  const { width, height } = (await sniff(file)) ?? {};
  if (!width || !height || width * height > MOST_PIXELS) return null;
  // One dimension only, or a picture that its EXIF turns on its side would come out squeezed.
  const ratio = width / height;
  const resizeWidth = Math.ceil(SIDE * (ratio > 1 ? Math.min(ratio, 3) : Math.min(1, ratio * 3)));
  return createImageBitmap(file, { resizeWidth: Math.min(width, resizeWidth), resizeQuality: 'medium' });
}
