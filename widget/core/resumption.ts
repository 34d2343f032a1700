import { UploadError } from './errors.ts';
import type { UploadItem } from './item.ts';
import type { ItemStore } from './item-store.ts';
import { isReadable } from './readable.ts';
import { isSameFile, recordOf, type ResumeRecord, type ResumeStore } from './resume-record.ts';
import type { MultipartGrant } from './sign.ts';

/**
 * Uploads that outlive their page. Those of this page are remembered, and locked against other pages; those of earlier
 * pages are listed, and wait for their file.
 */
export class Resumption {
  readonly #items: ItemStore;
  readonly #store: () => ResumeStore | undefined;
  readonly #signal: AbortSignal;
  /** Records of the uploads that wait for their file, by id. */
  readonly #lost = new Map<string, ResumeRecord>();
  readonly #locks = new Map<string, { key: string; controller: AbortController }>();

  /**
   * @param store the store that is to be used now, if any
   * @param signal ends all locks
   */
  constructor(items: ItemStore, store: () => ResumeStore | undefined, signal: AbortSignal) {
    this.#items = items;
    this.#store = store;
    this.#signal = signal;
  }

  /**
   * Lists an upload of an earlier page, unless another page has locked it. It is `paused` and waits for its file.
   *
   * @param reopen takes up its grant; when it throws, the record is of no use and is deleted
   * @returns its id
   */
  async list(record: ResumeRecord, reopen: (id: string) => void): Promise<string | undefined> {
    const id = this.#items.nextId();
    if (!(await this.#lock(id, record.key))) return undefined;
    try {
      reopen(id);
    } catch {
      this.forget(id);
      return undefined;
    }
    this.#lost.set(id, record);
    const { name, size, type, path, metadata } = record;
    const error = new UploadError('file-missing', `"${name}" is unfinished: pick it again`, { phase: 'upload' });
    this.#items.add({ id, name, size, type, path, metadata }, { status: 'paused', loaded: 0, error });
    return id;
  }

  /**
   * Gives the file to the upload that waits for it, if the file can be read.
   *
   * @param id of the upload; default: any that waits for such a file
   * @returns the upload's id; undefined at once when none waits for the file
   */
  attach(file: File, id?: string): Promise<string | undefined> | undefined {
    const ids = id ? [id] : [...this.#lost].flatMap(([id, record]) => (isSameFile(file, record) ? id : []));
    return ids.length ? this.#attach(file, ids) : undefined;
  }

  /** Reads the upload's file again from disk; undefined where the browser has kept no handle to it. */
  readAgain(id: string): Promise<File | undefined> | undefined {
    return this.#lost.get(id)?.readAgain?.();
  }

  /**
   * Remembers and locks an upload that begins, where a later page could resume it.
   *
   * @throws {UploadError} `in-use` when another page has locked it
   */
  async remember(item: UploadItem, grant: MultipartGrant): Promise<void> {
    const store = this.#store();
    const { id } = item;
    const record = store && recordOf(item, grant);
    if (!record || this.#locks.get(id)?.key === record.key) return;
    this.forget(id);
    if (!(await this.#lock(id, record.key))) {
      throw new UploadError('in-use', 'another page sends this upload', { phase: 'sign' });
    }
    // the upload may have been canceled meanwhile
    if (this.#locks.get(id)?.key === record.key) void store.save(record);
  }

  /** Deletes the upload's record and its lock. */
  forget(id: string): void {
    const lock = this.#locks.get(id);
    this.#locks.delete(id);
    this.#lost.delete(id);
    lock?.controller.abort();
    if (lock) void this.#store()?.drop(lock.key);
  }

  /** Releases all locks, so that other pages may resume the uploads. Resuming one here locks it again. */
  unlockAll(): void {
    for (const { controller } of this.#locks.values()) controller.abort();
    this.#locks.clear();
  }

  async #attach(file: File, ids: readonly string[]): Promise<string | undefined> {
    for (const id of ids) {
      const canRead = await isReadable(file);
      const item = this.#items.get(id);
      if (!canRead || item?.status !== 'paused') continue;
      this.#lost.delete(id);
      this.#items.change(id, { status: 'paused', loaded: item.loaded, file });
      return id;
    }
    return undefined;
  }

  async #lock(id: string, key: string): Promise<boolean> {
    const controller = new AbortController();
    this.#locks.set(id, { controller, key });
    const signal = AbortSignal.any([controller.signal, this.#signal]);
    const isOurs = (await this.#store()?.lock(key, signal)) ?? true;
    if (!isOurs && this.#locks.get(id)?.controller === controller) this.#locks.delete(id);
    return isOurs;
  }
}
