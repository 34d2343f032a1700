import type { Sign } from '../core/sign.ts';
import type { AdoptedFile } from '../core/adopted-file.ts';
import type { Uploader } from '../core/uploader.ts';

/** A file that is stored already, as from an earlier visit. */
export interface ExistingFile {
  /** The object's key; what the form submits for the file. */
  key: string;
  /** Default the last segment of the key. */
  name?: string;
  /** Bytes. Default 0, which shows no size. */
  size?: number;
  /** Media type. Default none. */
  type?: string;
  /** Path within the folder that the file was picked with. */
  path?: string;
  /** URL of a picture of the file. */
  picture?: string;
  /** URL of the object, without a signature. */
  location?: string;
  /** ETag of the object, without quotes. */
  etag?: string;
  /** The signer's receipt of the upload, for `value-format="receipt"`. */
  receipt?: string;
  /** The signer's ticket that allows to delete the file. With it, a visitor who removes the file deletes it. */
  ticket?: string;
}

interface ShownFile {
  ticket: string | undefined;
  /** Whether the page itself takes the file away; then it is not deleted. */
  isWithdrawn: boolean;
}

/**
 * The files that are stored already, according to the page. The page may set them at any time, as a framework does with
 * each render: only the difference to the last list counts.
 */
export class ExistingFiles {
  readonly #host: HTMLElement;
  readonly #queue: Uploader;
  readonly #signer: () => Promise<Sign | undefined>;
  #given: ReadonlyMap<string, ExistingFile> = new Map();
  /** Keys that the browser restored from an earlier visit, until the page has set its own list. */
  #restored: ReadonlySet<string> | undefined;
  readonly #shown = new Map<string, ShownFile>();
  /** Keys of files that are deleted, or will be. */
  readonly #deleted = new Set<string>();

  /** @param signer deletes files; called once one is removed */
  constructor(host: HTMLElement, queue: Uploader, signer: () => Promise<Sign | undefined>) {
    this.#host = host;
    this.#queue = queue;
    this.#signer = signer;
  }

  /** Shows files that are new since the last call, and takes away those that are missing. Default the ones in the HTML. */
  show(files: Iterable<ExistingFile> = existingIn(this.#host)): void {
    const before = this.#given;
    this.#given = new Map([...files].map((file) => [file.key, file]));
    for (const key of before.keys()) if (!this.#given.has(key)) this.#withdraw(key);
    for (const [key, { ticket }] of this.#given) Object.assign(this.#shown.get(key) ?? {}, { ticket });
    const isNew = (key: string): boolean => !before.has(key) && (this.#restored?.has(key) ?? true);
    this.#adopt([...this.#given.values()].filter(({ key }) => isNew(key)));
    this.#restored = undefined;
  }

  /** Shows the files that the browser restored, and of the page's own only those that are among them. */
  restore(files: readonly ExistingFile[] = []): void {
    const restored = new Set(files.map(({ key }) => key));
    if (!this.#given.size) this.#restored = restored;
    for (const key of this.#given.keys()) if (!restored.has(key)) this.#withdraw(key);
    this.#adopt(files.map((file) => ({ ...file, ticket: this.#given.get(file.key)?.ticket })));
  }

  /** Clears the list, and shows all of the page's files again, except deleted ones. */
  reset(): void {
    // a removed file that is not deleted yet is shown again, too
    for (const key of this.#given.keys()) if (!this.#deleted.has(key)) this.#keepStored(key);
    this.#queue.clear();
    this.#adopt([...this.#given.values()].filter(({ key }) => !this.#deleted.has(key)));
  }

  #adopt(files: readonly ExistingFile[]): void {
    const removed = new Map(this.#queue.removed.map((item) => [keyOf(item), item.id]));
    for (const { key } of files) {
      const id = removed.get(key);
      // the page lists it again before it is deleted
      if (id) this.#queue.restoreFile(id);
    }
    const known = new Set(this.#queue.items.map(keyOf));
    this.#queue.adopt(files.filter(({ key }) => !known.has(key)).map((file) => this.#adoptedFile(file)));
  }

  #adoptedFile(file: ExistingFile): AdoptedFile {
    const { key, name = key.split('/').at(-1)!, size = 0, type = '', path, picture, ticket } = file;
    const { location: url = '', etag, receipt } = file;
    // no `javascript:` in events and form values; a relative URL is the page's own
    const location = /^(https?:|[^:]*$)/i.test(url) ? url : '';
    const shown: ShownFile = { ticket, isWithdrawn: false };
    this.#shown.set(key, shown);
    const deleteFile = (signal: AbortSignal): Promise<void> => this.#delete(key, shown, signal);
    return { name, size, type, path, picture, result: { key, location, etag, receipt }, deleteFile };
  }

  async #delete(key: string, { ticket, isWithdrawn }: ShownFile, signal: AbortSignal): Promise<void> {
    if (!ticket || isWithdrawn) return;
    this.#deleted.add(key);
    try {
      await (await this.#signer())?.deleteFile?.(ticket, signal);
    } catch (cause) {
      this.#deleted.delete(key);
      throw cause;
    }
  }

  #withdraw(key: string): void {
    const item = this.#queue.items.find((each) => keyOf(each) === key);
    if (!item) return;
    this.#keepStored(key);
    this.#queue.removeFile(item.id, { canRestore: false });
  }

  /** From now on, removing the file from the list does not delete the object. */
  #keepStored(key: string): void {
    Object.assign(this.#shown.get(key) ?? {}, { isWithdrawn: true });
  }
}

const keyOf = (item: Uploader['items'][number]): string | undefined =>
  item.status === 'done' ? item.result.key : undefined;

/**
 * The files that the HTML in the element names: elements with `data-key`, and optionally `data-size`, `data-type`,
 * `data-receipt` and `data-ticket`. Their text is the name, and an `<img>` in them is the picture.
 */
const existingIn = (host: HTMLElement): ExistingFile[] =>
  [...host.querySelectorAll<HTMLElement>('[data-key]')].map((element) => {
    const { key = '', size, type, receipt, ticket } = element.dataset;
    const name = element.textContent.trim() || undefined;
    const picture = element.querySelector('img')?.src;
    return { key, name, size: Number(size ?? 0), type, receipt, ticket, picture };
  });
