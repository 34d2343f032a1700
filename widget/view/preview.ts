import type { MakeThumbnail, Thumbnail } from '../media/thumbnail.ts';
import { previewCss } from './preview.css.ts';

/** Maximum number of files decoded at the same time. A large photo takes about 50 MB of memory while it is decoded. */
const MAX_CONCURRENT_DECODES = 2;
/** While more previews than this wait, thumbnails are made in a worker. */
const MAX_PREVIEWS_WITHOUT_WORKER = 5;
/** Factor by which a slot must have grown in width until its preview is made again. */
const MIN_GROWTH = 1.25;
/** Device pixels per CSS pixel of a preview, so that it is sharp on most screens. */
const PIXEL_RATIO = 2;
/** Ratio of the longer side to the shorter one up to which a picture fills its slot. A longer one is shown as a whole. */
const MAX_COVER_RATIO = 2.5;

/** The dependencies of {@link Previews}. */
export interface PreviewsOptions {
  /** The shadow root of the slots, which gets the styles of pictures. */
  readonly root: ShadowRoot;
  /** Makes the pictures of all files except videos. */
  readonly thumbnail: MakeThumbnail;
  /** Called for each file without a picture: it cannot be decoded, or its URL cannot be loaded. */
  readonly onMissing: () => void;
}

/**
 * The previews of one list of files: makes them in order, two at a time, and draws each on a canvas. A canvas needs no
 * object URL, which would have to be revoked and could be opened as a page.
 */
export class Previews {
  readonly #options: PreviewsOptions;
  readonly #waiting: (() => Promise<void>)[] = [];
  #running = 0;
  /** Width in CSS pixels that a slot's preview was made for, or is being made for. */
  readonly #widths = new WeakMap<Element, number>();
  /** URLs of pictures that could not be loaded. */
  readonly #broken = new Set<string>();

  constructor(options: PreviewsOptions) {
    this.#options = options;
    options.root.adoptedStyleSheets.push(previewCss.styleSheet!);
  }

  /** Appends the picture at a URL to a slot. If it cannot be loaded, the slot keeps its icon. */
  showPicture(src: string, slot: Element): void {
    if (this.#broken.has(src) || slot.querySelector('img')) return;
    const image = new Image();
    image.addEventListener('load', () => setFit(image, image.naturalWidth, image.naturalHeight));
    image.addEventListener('error', () => {
      image.remove();
      this.#broken.add(src);
      this.#options.onMissing();
    });
    slot.append(Object.assign(image, { alt: '', loading: 'lazy', src }));
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
      const make: MakeThumbnail = (file, side) => this.#options.thumbnail(file, side, isOneOfMany);
      const elements = await preview(file, width * PIXEL_RATIO, make).catch(() => []);
      if (!elements.length) {
        this.#options.onMissing();
        return;
      }
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
  const { type, bitmap, isTransparent }: Thumbnail = isVideo(file.type)
    ? { type: file.type }
    : await makeThumbnail(file, side);
  if (isVideo(type)) {
    const { videoPicture } = await import('../media/video.ts');
    const { canvas, length } = await videoPicture(file, side);
    setFit(canvas, canvas.width, canvas.height);
    return Number.isFinite(length) ? [canvas, durationBadge(length)] : [canvas];
  }
  if (!bitmap) return [];
  const canvas = document.createElement('canvas');
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  setFit(canvas, bitmap.width, bitmap.height, isTransparent);
  canvas.getContext('bitmaprenderer')?.transferFromImageBitmap(bitmap);
  return [canvas];
}

/** Marks an element as a picture, which fills its slot unless it is transparent or long. */
function setFit({ classList }: Element, width: number, height: number, isTransparent = false): void {
  const isLong = Math.max(width, height) > MAX_COVER_RATIO * Math.min(width, height);
  classList.add('picture');
  classList.toggle('contain', isTransparent || isLong);
}

const isVideo = (type = ''): boolean => type.startsWith('video/');

function durationBadge(seconds: number): Element {
  const span = document.createElement('span');
  span.className = 'duration';
  span.textContent = `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;
  return span;
}
