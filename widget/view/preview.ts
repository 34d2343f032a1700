import type { MakeThumbnail, Thumbnail } from '../media/thumbnail.ts';

/** Decoded at once: each may take 50 MB while it lasts. */
const AT_ONCE = 2;
/** Pictures that wait at a time without being many. */
const FEW = 5;
/** A slot has to be so much wider than its picture was made for before another one is made. */
const GROWTH = 1.25;

const waiting: (() => Promise<void>)[] = [];
let running = 0;
/** CSS pixels that a slot's picture is made for, or will be. */
const sides = new WeakMap<Element, number>();

/**
 * Puts a small picture of the file into its slot, when its turn comes and the slot is still there; and another one where
 * the slot has grown since. A canvas needs no object URL, so there is none to leak, and none that could be opened as a
 * page. What cannot be decoded keeps its icon.
 *
 * @param slot of the row; the picture is appended.
 */
export function preview(file: File, slot: Element, thumbnail: MakeThumbnail): void {
  const side = slot.clientWidth;
  if (!side || side < GROWTH * (sides.get(slot) ?? 0)) return;
  sides.set(slot, side);
  waiting.push(async () => {
    if (!slot.isConnected || sides.get(slot) !== side) return;
    const isOneOfMany = waiting.length > FEW;
    const make: MakeThumbnail = (file, side) => thumbnail(file, side, isOneOfMany);
    const pictures = await picture(file, side * 2, make).catch(() => []); // sharp on a screen of two to one
    if (!pictures.length) return;
    for (const old of slot.querySelectorAll('canvas, .duration')) old.remove();
    slot.append(...pictures);
  });
  void work();
}

async function work(): Promise<void> {
  if (running >= AT_ONCE) return;
  running++;
  for (let next; (next = waiting.shift());) await next();
  running--;
}

async function picture(file: File, side: number, thumbnail: MakeThumbnail): Promise<Element[]> {
  // no worker is started for what it cannot do
  const { type, bitmap }: Thumbnail = isFilm(file.type) ? { type: file.type } : await thumbnail(file, side);
  if (isFilm(type)) {
    const { videoPicture } = await import('../media/video.ts');
    const { canvas, length } = await videoPicture(file, side);
    return Number.isFinite(length) ? [canvas, badge(length)] : [canvas];
  }
  if (!bitmap) return [];
  const canvas = document.createElement('canvas');
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  canvas.getContext('bitmaprenderer')?.transferFromImageBitmap(bitmap);
  return [canvas];
}

const isFilm = (type = ''): boolean => type.startsWith('video/');

function badge(seconds: number): Element {
  const span = document.createElement('span');
  span.className = 'duration';
  span.textContent = `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;
  return span;
}
