import { isUploadError, UploadError } from './errors.ts';
import { fingerprint } from './fingerprint.ts';
import type { UploadItem } from './item.ts';
import type { ItemStore } from './item-store.ts';
import { isReadable } from './readable.ts';
import { maybeSameFile, recordOf, type ResumeRecord, type ResumeStore } from './resume-record.ts';
import { callWithRetries, type CallOptions } from './retrying-call.ts';
import type { MultipartGrant, UploadGrant } from './sign.ts';

/**
 * Options of the check of a ticket when a file is picked for an upload of an earlier page. One short attempt, because the
 * visitor waits. Without a response, the upload continues, and fails if its ticket is refused.
 */
const CHECK_BEFORE_FILE = { attempts: 1, timeout: 5_000 };
/** Attempts to abort an upload that the visitor has begun again; after them it is left to the bucket's lifecycle rule. */
const ABORT_ATTEMPTS = 3;

/** The parts of the queue that its resumption uses. */
export interface ResumptionQueue {
  readonly items: ItemStore;
  /** The store that is to be used now, if any. */
  store(): ResumeStore | undefined;
  /** For requests to the signer. Its signal also ends all locks. */
  readonly retry: CallOptions;
  /** Takes over the grant of an earlier page. */
  adopt(grant: MultipartGrant): void;
  /** Removes an upload from the queue, and deletes its parts and its record. */
  remove(id: string): void;
  /** Removes an upload of another visitor from the queue. Its parts stay. */
  hide(id: string): void;
}

interface LostUpload {
  readonly record: ResumeRecord;
  readonly grant: MultipartGrant;
}

/**
 * Uploads that outlive their page. Those of this page are remembered, and locked against other pages; those of earlier
 * pages are listed, and wait for their file.
 *
 * A browser may have several visitors, one after the other. An upload of an earlier page is listed only after the signer has
 * accepted its ticket from the present visitor. A record whose ticket is refused is kept until it expires, because its own
 * visitor may come back.
 */
export class Resumption {
  readonly #queue: ResumptionQueue;
  /** The uploads that wait for their file, by id. */
  readonly #lost = new Map<string, LostUpload>();
  readonly #locks = new Map<string, { key: string; controller: AbortController }>();
  /** Keys of all uploads that this page has or had. Their records may be read before they are deleted. */
  readonly #known = new Set<string>();
  /** Keys of the records whose ticket was refused. They are not tried again until {@link retryRefused}. */
  readonly #refused = new Set<string>();

  constructor(queue: ResumptionQueue) {
    this.#queue = queue;
  }

  /**
   * Lists an upload of an earlier page, unless another page has locked it, it is or was in this list, or the signer does not
   * accept its ticket. It is `paused` and waits for its file, unless the file is stored and only its check is not finished.
   * Waits for the signer, also while the network is offline.
   *
   * @param reopen makes its grant; when it throws, the record is of no use and is deleted
   * @returns its id
   */
  async list(record: ResumeRecord, reopen: (id: string) => MultipartGrant): Promise<string | undefined> {
    const { key, name, size, type, path, metadata } = record;
    if (this.#known.has(key) || this.#refused.has(key)) return undefined;
    const { items, adopt } = this.#queue;
    const id = items.nextId();
    const signal = await this.#lock(id, key);
    if (!signal) return undefined;
    let grant: MultipartGrant;
    try {
      grant = reopen(id);
    } catch {
      this.forget(id);
      return undefined;
    }
    const { isStored } = record;
    const isAccepted = await this.#isAccepted(grant, { signal }, isStored);
    // forgotten or suspended meanwhile
    if (signal.aborted) return undefined;
    if (!isAccepted) this.#refused.add(key);
    // without locks, the record may have been listed twice at the same time
    if (!isAccepted || this.#known.has(key)) {
      this.#unlock(id);
      return undefined;
    }
    this.#known.add(key);
    if (!isStored && this.#isReplaced(record)) {
      this.forget(id);
      this.#abort(grant);
      return undefined;
    }
    adopt(grant);
    if (isStored) {
      items.add({ id, name, size, type, path, metadata }, { status: 'paused', loaded: size });
      return id;
    }
    this.#lost.set(id, { record, grant });
    const error = new UploadError('file-missing', `"${name}" is unfinished: pick it again`, { phase: 'upload' });
    items.add({ id, name, size, type, path, metadata }, { status: 'paused', loaded: 0, error });
    return id;
  }

  /** Whether this page has or had the upload: another page may have locked it since. */
  knows({ key }: UploadGrant): boolean {
    return this.#known.has(key);
  }

  /** Allows {@link list} to try refused records again. @returns whether there are any */
  retryRefused(): boolean {
    const hasRefused = this.#refused.size > 0;
    this.#refused.clear();
    return hasRefused;
  }

  /**
   * Gives the file to the upload that waits for it, if the file can be read. Without one, removes the uploads that wait for
   * this file as it was before it was changed.
   *
   * @param path of the file within the picked folder
   * @returns the upload's id; undefined at once when none waits for a file of this name and size
   */
  attach(file: File, path: string | undefined): Promise<string | undefined> | undefined {
    const uploads = [...this.#lost].filter(([, { record }]) => maybeSameFile(file, record));
    return uploads.length ? this.#find(file, path, uploads) : undefined;
  }

  /**
   * Gives an upload its file, if the file can be read.
   *
   * @returns the upload's id, if it waited for its file
   */
  async attachTo(id: string, file: File): Promise<string | undefined> {
    const { items } = this.#queue;
    const canRead = await isReadable(file);
    const item = items.get(id);
    if (!canRead || item?.status !== 'paused') return undefined;
    this.#lost.delete(id);
    items.change(id, { status: 'paused', loaded: item.loaded, file });
    return id;
  }

  /** Reads the upload's file again from disk; undefined where the browser has kept no handle to it. */
  readAgain(id: string): Promise<File | undefined> | undefined {
    const record = this.#lost.get(id)?.record;
    return record?.readAgain?.().then(async (file) => (file && (await isSameFile(file, record)) ? file : undefined));
  }

  /**
   * Remembers and locks an upload that begins, where a later page could resume it.
   *
   * @param isStored whether the file is stored, and only its check is not finished
   * @throws {UploadError} `in-use` when another page has locked it
   */
  async remember(item: UploadItem, grant: UploadGrant, isStored = false): Promise<void> {
    const store = this.#queue.store();
    const { id } = item;
    const record = store && recordOf(item, grant, isStored);
    const isLocked = this.#locks.get(id)?.key === record?.key;
    if (!record || (isLocked && !isStored)) return;
    if (!isLocked) {
      this.forget(id);
      if (!(await this.#lock(id, record.key))) {
        throw new UploadError('in-use', 'another page sends this upload', { phase: 'sign' });
      }
    }
    this.#known.add(record.key);
    const print = isStored ? undefined : await fingerprintOf(item.file);
    // the upload may have been canceled meanwhile
    if (this.#locks.get(id)?.key === record.key) void store.save({ ...record, fingerprint: print });
  }

  /** Deletes the upload's record and its lock. */
  forget(id: string): void {
    const key = this.#unlock(id);
    if (key) void this.#queue.store()?.drop(key);
  }

  /** Releases all locks, so that other pages may resume the uploads. Resuming one here locks it again. */
  unlockAll(): void {
    for (const { controller } of this.#locks.values()) controller.abort();
    this.#locks.clear();
  }

  async #find(
    file: File,
    path: string | undefined,
    uploads: readonly (readonly [string, LostUpload])[],
  ): Promise<string | undefined> {
    const { online } = this.#queue.retry.network;
    const outdated: string[] = [];
    for (const [id, { record, grant }] of uploads) {
      const isSame = await isSameFile(file, record);
      // another visitor may have signed in since the upload was listed
      const isAccepted = online ? await this.#isAccepted(grant, CHECK_BEFORE_FILE) : undefined;
      if (isAccepted === false) this.#hide(id, record);
      else if (isSame && (await this.attachTo(id, file))) return id;
      else if (isSame === false && record.path === path) outdated.push(id);
    }
    for (const id of outdated) this.#queue.remove(id);
    return undefined;
  }

  /**
   * Whether the signer accepts the upload's ticket from the present visitor, also when the upload no longer exists.
   *
   * @param isStored whether the file is stored, so that only its check is asked for
   * @returns undefined when the signer did not respond, in all attempts
   */
  async #isAccepted(
    { listParts, confirm }: MultipartGrant,
    options: Partial<CallOptions>,
    isStored = false,
  ): Promise<boolean | undefined> {
    try {
      const call: (signal: AbortSignal) => Promise<unknown> = (isStored && confirm) || listParts;
      await callWithRetries(call, { ...this.#queue.retry, ...options });
      return true;
    } catch (error) {
      if (!isUploadError(error) || error.code === 'signer-unreachable') return undefined;
      // what the check has found is reported when the upload goes on
      return error.phase === 'finalize' || (error.code === 'upload-lost' && error.status === 404);
    }
  }

  /** Whether the visitor has added the file again, while its record waited for the signer. */
  #isReplaced(record: ResumeRecord): boolean {
    return this.#queue.items.all.some(
      ({ file, path, status }) =>
        file &&
        maybeSameFile(file, record) &&
        file.lastModified === record.lastModified &&
        path === record.path &&
        status !== 'rejected' &&
        status !== 'canceled',
    );
  }

  #abort({ abort }: MultipartGrant): void {
    callWithRetries(abort, { ...this.#queue.retry, attempts: ABORT_ATTEMPTS }).catch(() => {
      // the bucket's lifecycle rule deletes the parts
    });
  }

  /** Removes an upload of another visitor from the list. Its record stays. */
  #hide(id: string, { key }: ResumeRecord): void {
    this.#unlock(id);
    this.#known.delete(key);
    this.#refused.add(key);
    this.#queue.hide(id);
  }

  /** @returns a signal that is aborted when the lock ends; undefined when another page has the lock */
  async #lock(id: string, key: string): Promise<AbortSignal | undefined> {
    const controller = new AbortController();
    this.#locks.set(id, { controller, key });
    const signal = AbortSignal.any([controller.signal, this.#queue.retry.signal]);
    const isOurs = (await this.#queue.store()?.lock(key, signal)) ?? true;
    if (isOurs) return signal;
    if (this.#locks.get(id)?.controller === controller) this.#locks.delete(id);
    return undefined;
  }

  /** @returns the key of the upload, if it was locked */
  #unlock(id: string): string | undefined {
    const lock = this.#locks.get(id);
    this.#locks.delete(id);
    this.#lost.delete(id);
    lock?.controller.abort();
    return lock?.key;
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
