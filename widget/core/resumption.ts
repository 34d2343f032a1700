import { UploadError } from './errors.ts';
import { fingerprint } from './fingerprint.ts';
import type { UploadItem } from './item.ts';
import type { ItemStore } from './item-store.ts';
import { isReadable } from './readable.ts';
import { maybeSameFile, recordOf, type ResumeRecord, type ResumeStore } from './resume-record.ts';
import type { MultipartGrant } from './sign.ts';

/**
 * Uploads that outlive their page. Those of this page are remembered, and locked against other pages; those of earlier
 * pages are listed, and wait for their file.
 */
export class Resumption {
  readonly #items: ItemStore;
  readonly #store: () => ResumeStore | undefined;
  readonly #signal: AbortSignal;
  readonly #remove: (id: string) => void;
  /** Records of the uploads that wait for their file, by id. */
  readonly #lost = new Map<string, ResumeRecord>();
  readonly #locks = new Map<string, { key: string; controller: AbortController }>();
  /** Keys of all uploads that this page has or had. Their records may be read before they are deleted. */
  readonly #known = new Set<string>();

  /**
   * @param store the store that is to be used now, if any
   * @param signal ends all locks
   * @param remove removes an upload from the queue
   */
  constructor(
    items: ItemStore,
    store: () => ResumeStore | undefined,
    signal: AbortSignal,
    remove: (id: string) => void,
  ) {
    this.#items = items;
    this.#store = store;
    this.#signal = signal;
    this.#remove = remove;
  }

  /**
   * Lists an upload of an earlier page, unless another page has locked it, or it is or was in this list. It is `paused` and
   * waits for its file.
   *
   * @param reopen takes up its grant; when it throws, the record is of no use and is deleted
   * @returns its id
   */
  async list(record: ResumeRecord, reopen: (id: string) => void): Promise<string | undefined> {
    if (this.#known.has(record.key)) return undefined;
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
   * Gives the file to the upload that waits for it, if the file can be read. Without one, removes the uploads that wait for
   * this file as it was before it was changed.
   *
   * @param path of the file within the picked folder
   * @returns the upload's id; undefined at once when none waits for a file of this name and size
   */
  attach(file: File, path: string | undefined): Promise<string | undefined> | undefined {
    const records = [...this.#lost].filter(([, record]) => maybeSameFile(file, record));
    return records.length ? this.#find(file, path, records) : undefined;
  }

  /**
   * Gives an upload its file, if the file can be read.
   *
   * @returns the upload's id, if it waited for its file
   */
  async attachTo(id: string, file: File): Promise<string | undefined> {
    const canRead = await isReadable(file);
    const item = this.#items.get(id);
    if (!canRead || item?.status !== 'paused') return undefined;
    this.#lost.delete(id);
    this.#items.change(id, { status: 'paused', loaded: item.loaded, file });
    return id;
  }

  /** Reads the upload's file again from disk; undefined where the browser has kept no handle to it. */
  readAgain(id: string): Promise<File | undefined> | undefined {
    const record = this.#lost.get(id);
    return record?.readAgain?.().then(async (file) => (file && (await isSameFile(file, record)) ? file : undefined));
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
    const print = await fingerprintOf(item.file);
    // the upload may have been canceled meanwhile
    if (this.#locks.get(id)?.key === record.key) void store.save({ ...record, fingerprint: print });
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

  async #find(
    file: File,
    path: string | undefined,
    records: readonly (readonly [string, ResumeRecord])[],
  ): Promise<string | undefined> {
    const outdated: string[] = [];
    for (const [id, record] of records) {
      const isSame = await isSameFile(file, record);
      if (isSame && (await this.attachTo(id, file))) return id;
      if (isSame === false && record.path === path) outdated.push(id);
    }
    for (const id of outdated) this.#remove(id);
    return undefined;
  }

  async #lock(id: string, key: string): Promise<boolean> {
    const controller = new AbortController();
    this.#locks.set(id, { controller, key });
    const signal = AbortSignal.any([controller.signal, this.#signal]);
    const isOurs = (await this.#store()?.lock(key, signal)) ?? true;
    if (isOurs) this.#known.add(key);
    else if (this.#locks.get(id)?.controller === controller) this.#locks.delete(id);
    return isOurs;
  }
}

/**
 * Whether a file of the record's name and size is the record's file: it has the same time, or the same bytes where they are
 * compared. Undefined where that is unknown.
 */
async function isSameFile(file: File, record: ResumeRecord): Promise<boolean | undefined> {
  if (!maybeSameFile(file, record)) return false;
  if (file.lastModified === record.lastModified) return true;
  const print = record.fingerprint && (await fingerprintOf(file));
  return print ? print === record.fingerprint : undefined;
}

/** Undefined when the file cannot be read. */
const fingerprintOf = (file: File | undefined): Promise<string | undefined> =>
  file ? fingerprint(file).catch(() => undefined) : Promise.resolve(undefined);
