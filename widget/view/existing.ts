import type { Uploader } from '../core/uploader.ts';

/** A file that is stored already, as a page tells it of one from an earlier visit. */
export interface ExistingFile {
  /** The object's key; what is submitted for it. */
  key: string;
  /** Default: the last segment of the key. */
  name?: string;
  /** Bytes. */
  size?: number;
  /** Media type. */
  type?: string;
  /** Address of a picture of it. */
  picture?: string;
  location?: string;
  etag?: string;
  receipt?: string;
}

/** Shows files that are stored already, but for those that are shown. */
export function adopt(uploader: Uploader, files: Iterable<ExistingFile>): void {
  const known = new Set(uploader.items.map((item) => (item.status === 'done' ? item.result.key : '')));
  const stored = [...files].filter(({ key }) => !known.has(key));
  uploader.adopt(
    stored.map(({ key, name = key
        .split('/')
        .at(-1)!, size = 0, type = '', picture, location = '', etag, receipt }) => ({
      ...{ name, size, type, picture },
      result: { key, location, etag, receipt },
    })),
  );
}

/**
 * Files that the page's HTML tells of: elements with a `data-key`, `data-size`, `data-type` and `data-receipt`, their text
 * the name, and an `<img>` in them the picture.
 */
export const existingIn = (tag: HTMLElement): ExistingFile[] =>
  [...tag.querySelectorAll<HTMLElement>('[data-key]')].map((element) => {
    const { key = '', size, type, receipt } = element.dataset;
    const picture = element.querySelector('img')?.src;
    return { key, name: element.textContent.trim() || undefined, size: Number(size ?? 0), type, receipt, picture };
  });
