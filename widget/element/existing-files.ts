import type { Sign } from '../core/sign.ts';
import type { AdoptedFile, Uploader } from '../core/uploader.ts';

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
  /** Within the folder it was picked with. */
  path?: string;
  /** Address of a picture of it. */
  picture?: string;
  location?: string;
  etag?: string;
  receipt?: string;
  /** The signer's word by which it may be deleted. With it, a visitor who removes the file deletes it. Default: it stays. */
  ticket?: string;
}

interface Shown {
  ticket: string | undefined;
  /** By the page, which has its reasons: nobody has asked to delete it. */
  isWithdrawn: boolean;
}

/**
 * What a page says is stored already, and what its visitor has made of that. A page may say it again at any time, as a
 * framework does with each rendering: only what has changed of it counts.
 */
export class ExistingFiles {
  readonly #tag: HTMLElement;
  readonly #queue: Uploader;
  readonly #sign: () => Promise<Sign | undefined>;
  #given: ReadonlyMap<string, ExistingFile> = new Map();
  /** What the browser has kept of an earlier visit, until the page has said what there was then. */
  #kept: ReadonlySet<string> | undefined;
  readonly #shown = new Map<string, Shown>();
  /** Keys of what is deleted, or will be. */
  readonly #deleted = new Set<string>();

  /** @param sign who may delete; asked for once a file is removed */
  constructor(tag: HTMLElement, queue: Uploader, sign: () => Promise<Sign | undefined>) {
    this.#tag = tag;
    this.#queue = queue;
    this.#sign = sign;
  }

  /** Shows what the page says that it has not said before, and takes away what it says no more; default what its HTML says. */
  give(files: Iterable<ExistingFile> = existingIn(this.#tag)): void {
    const before = this.#given;
    this.#given = new Map([...files].map((file) => [file.key, file]));
    for (const key of before.keys()) if (!this.#given.has(key)) this.#withdraw(key);
    for (const [key, { ticket }] of this.#given) Object.assign(this.#shown.get(key) ?? {}, { ticket });
    const isNew = (key: string): boolean => !before.has(key) && (this.#kept?.has(key) ?? true);
    this.#adopt([...this.#given.values()].filter(({ key }) => isNew(key)));
    this.#kept = undefined;
  }

  /** Shows what the browser has kept of an earlier visit, and of what the page says no more than that. */
  restore(files: readonly ExistingFile[]): void {
    const kept = new Set(files.map(({ key }) => key));
    if (!this.#given.size) this.#kept = kept;
    for (const key of this.#given.keys()) if (!kept.has(key)) this.#withdraw(key);
    this.#adopt(files.map((file) => ({ ...file, ticket: this.#given.get(file.key)?.ticket })));
  }

  /** Shows all that the page says, but for what is deleted. */
  reset(): void {
    this.#adopt([...this.#given.values()].filter(({ key }) => !this.#deleted.has(key)));
  }

  #adopt(files: readonly ExistingFile[]): void {
    const known = new Set(this.#queue.items.map(keyOf));
    this.#queue.adopt(files.filter(({ key }) => !known.has(key)).map((file) => this.#entry(file)));
  }

  #entry(file: ExistingFile): AdoptedFile {
    const { key, name = key.split('/').at(-1)!, size = 0, type = '', path, picture, ticket } = file;
    const { location = '', etag, receipt } = file;
    const shown: Shown = { ticket, isWithdrawn: false };
    this.#shown.set(key, shown);
    const remove = (signal: AbortSignal): Promise<void> => this.#delete(key, shown, signal);
    return { name, size, type, path, picture, result: { key, location, etag, receipt }, deleteFile: remove };
  }

  async #delete(key: string, { ticket, isWithdrawn }: Shown, signal: AbortSignal): Promise<void> {
    if (!ticket || isWithdrawn) return;
    this.#deleted.add(key);
    try {
      await (await this.#sign())?.deleteFile?.(ticket, signal);
    } catch (cause) {
      this.#deleted.delete(key);
      throw cause;
    }
  }

  #withdraw(key: string): void {
    const item = this.#queue.items.find((each) => keyOf(each) === key);
    if (!item) return;
    Object.assign(this.#shown.get(key) ?? {}, { isWithdrawn: true });
    this.#queue.removeFile(item.id);
  }
}

const keyOf = (item: Uploader['items'][number]): string | undefined =>
  item.status === 'done' ? item.result.key : undefined;

/**
 * Files that the page's HTML tells of: elements with a `data-key`, and `data-size`, `data-type`, `data-receipt` and
 * `data-ticket`; their text is the name, and an `<img>` in them the picture.
 */
const existingIn = (tag: HTMLElement): ExistingFile[] =>
  [...tag.querySelectorAll<HTMLElement>('[data-key]')].map((element) => {
    const { key = '', size, type, receipt, ticket } = element.dataset;
    const picture = element.querySelector('img')?.src;
    return {
      key,
      name: element.textContent.trim() || undefined,
      size: Number(size ?? 0),
      type,
      receipt,
      ticket,
      picture,
    };
  });
