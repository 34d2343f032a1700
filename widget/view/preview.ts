import type { MakeThumbnail, Thumbnail } from '../media/thumbnail.ts';

/** Maximum number of files decoded at the same time. A large photo takes about 50 MB of memory while it is decoded. */
const MAX_CONCURRENT_DECODES = 2;
/** While more previews than this wait, thumbnails are made in a worker. */
const MAX_PREVIEWS_WITHOUT_WORKER = 5;
/** Factor by which a slot must have grown in width until its preview is made again. */
const MIN_GROWTH = 1.25;
/** Device pixels per CSS pixel of a preview, so that it is sharp on most screens. */
const PIXEL_RATIO = 2;

/**
 * The previews of one list of files: makes them in order, two at a time, and draws each on a canvas. A canvas needs no
 * object URL, which would have to be revoked and could be opened as a page.
 */
export class Previews {
  readonly #makeThumbnail: MakeThumbnail;
  readonly #waiting: (() => Promise<void>)[] = [];
  #running = 0;
  /** Width in CSS pixels that a slot's preview was made for, or is being made for. */
  readonly #widths = new WeakMap<Element, number>();

  /** @param makeThumbnail makes the pictures of all files except videos */
  constructor(makeThumbnail: MakeThumbnail) {
    this.#makeThumbnail = makeThumbnail;
  }

  /**
   * Appends a preview of the file to a slot, unless the slot has left the document by then; replaces it when the slot has
   * grown since. A file that cannot be decoded keeps its icon.
   */
  show(file: File, slot: Element): void {
    const width = slot.clientWidth;
    if (!width || width < MIN_GROWTH * (this.#widths.get(slot) ?? 0)) return;
    this.#widths.set(slot, width);
    this.#waiting.push(async () => {
      if (!slot.isConnected || this.#widths.get(slot) !== width) return;
      const isOneOfMany = this.#waiting.length > MAX_PREVIEWS_WITHOUT_WORKER;
      const make: MakeThumbnail = (file, side) => this.#makeThumbnail(file, side, isOneOfMany);
      const elements = await preview(file, width * PIXEL_RATIO, make).catch(() => []);
      if (!elements.length) return;
      for (const old of slot.querySelectorAll('canvas, .duration')) old.remove();
      slot.append(...elements);
    });
    void this.#work();
  }

  async #work(): Promise<void> {
    if (this.#running >= MAX_CONCURRENT_DECODES) return;
    this.#running++;
    for (let next; (next = this.#waiting.shift());) await next();
    this.#running--;
  }
}

/** The elements that show a file: a canvas, and the duration of a video. */
async function preview(file: File, side: number, makeThumbnail: MakeThumbnail): Promise<Element[]> {
  // a video needs no thumbnail worker
  const { type, bitmap }: Thumbnail = isVideo(file.type) ? { type: file.type } : await makeThumbnail(file, side);
  if (isVideo(type)) {
    const { videoPicture } = await import('../media/video.ts');
    const { canvas, length } = await videoPicture(file, side);
    return Number.isFinite(length) ? [canvas, durationBadge(length)] : [canvas];
  }
  if (!bitmap) return [];
  const canvas = document.createElement('canvas');
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  canvas.getContext('bitmaprenderer')?.transferFromImageBitmap(bitmap);
  return [canvas];
}

const isVideo = (type = ''): boolean => type.startsWith('video/');

function durationBadge(seconds: number): Element {
  const span = document.createElement('span');
  span.className = 'duration';
  span.textContent = `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;
  return span;
}
