import { Admission } from './admission.ts';
import type { AdoptedFile } from './adopted-file.ts';
import type { UploadError } from './errors.ts';
import { detailOf, type Emit, isRetryable } from './events.ts';
import { GrantCache } from './grant-cache.ts';
import { canSetMetadata, isActive, isChecking, isUnfinished, type UploadItem } from './item.ts';
import { ItemStore } from './item-store.ts';
import { loadOnce } from './lazy.ts';
import { mergeMetadata } from './metadata.ts';
import { steadyNetwork } from './network.ts';
import { type DeleteFile, Removals, type RemoveOptions, type StoredItem } from './removals.ts';
import type { Resumption } from './resumption.ts';
import { RetryQuota } from './retry.ts';
import { callWithRetries, type CallOptions } from './retrying-call.ts';
import type { ComputeChecksum } from './send-file.ts';
import type { UploadGrant } from './sign.ts';
import { UploadScheduler } from './upload-scheduler.ts';
import type { UploaderEventTarget } from './uploader-event-target.ts';
import type { UploaderOptions } from './uploader-options.ts';

/**
 * The upload queue, without a user interface: files in, events out. It runs in browsers and in Node.
 *
 * Commands without an id apply to all files whose status allows them; a command that a file's status does not allow is
 * ignored.
 *
 * @fires {CustomEvent<FileDetail & { file: File }>} file-add - A file is about to be added. Cancelable: `preventDefault()` keeps it out of the list.
 * @fires {CustomEvent<FileDetail & ErrorDetail>} file-reject - A file was added as `rejected`.
 * @fires {CustomEvent<FileDetail & { key: string | undefined }>} file-remove - A file was removed from the list.
 * @fires {CustomEvent<FileDetail & { key: string }>} file-restore - A removed file is back in the list.
 * @fires {CustomEvent<FileDetail>} upload-start - A file is about to be signed. Cancelable: `preventDefault()` pauses it.
 * @fires {CustomEvent<FileDetail & { loaded: number, total: number }>} upload-progress - Bytes were sent.
 * @fires {CustomEvent<FileDetail & ErrorDetail & { attempt: number, delay: number }>} upload-retry - An attempt failed and
 *   is repeated after `delay` milliseconds.
 * @fires {CustomEvent<FileDetail & UploadResult>} upload-success - A file is stored.
 * @fires {CustomEvent<FileDetail & ErrorDetail>} upload-error - A file could not be stored.
 * @fires {CustomEvent<FileDetail>} upload-abort - A file was canceled.
 * @fires {CustomEvent<{ done: readonly string[], failed: readonly string[] }>} upload-complete - No file is being prepared or uploaded any more.
 * @fires {CustomEvent<FileDetail & ErrorDetail & { key: string }>} delete-error - A removed file could not be deleted from
 *   the storage.
 * @fires {CustomEvent<{ status: number | undefined }>} auth-required - The signer wants the visitor to sign in.
 * @fires {Event} update - Items have changed; at most one event a turn.
 */
export class Uploader extends EventTarget {
  declare readonly addEventListener: UploaderEventTarget['addEventListener'];
  declare readonly removeEventListener: UploaderEventTarget['removeEventListener'];
  #options: Readonly<UploaderOptions>;
  readonly #items = new ItemStore(this);
  /** Ids of queued files, in order. */
  readonly #queue = new Set<string>();
  /** Delete stored files, by id, where the signer allows it. */
  readonly #deletions = new Map<string, DeleteFile>();
  readonly #removals: Removals;
  /** Aborted by `forget()`: records that were read before are listed no more. */
  #restoration = new AbortController();
  /** Aborted by `destroy()`. */
  readonly #destruction = new AbortController();
  readonly #quota = new RetryQuota();
  /** For calls to the signer that belong to no run. */
  readonly #callOptions: CallOptions;
  readonly #grants: GrantCache;
  /** Loaded for the first upload that may be resumed. */
  #resumption: Resumption | undefined;
  readonly #scheduler: UploadScheduler;
  readonly #admission: Admission;

  constructor(options: UploaderOptions) {
    super();
    this.#options = Object.freeze({ ...options });
    const { signal } = this.#destruction;
    const quota = this.#quota;
    const network = options.network ?? steadyNetwork();
    const shared = {
      items: this.#items,
      queue: this.#queue,
      computeChecksum: this.#computeChecksum,
      emit: (...event: Parameters<Emit>) => this.emit(...event),
      options: () => this.#options,
    };
    this.#callOptions = { quota, network, signal };
    this.#removals = new Removals({ ...shared, deletions: this.#deletions, callOptions: this.#callOptions });
    this.#grants = new GrantCache({ ...shared, retry: this.#callOptions });
    this.#scheduler = new UploadScheduler({
      ...shared,
      ...{ quota, network, grants: this.#grants },
      onGrant: async (item, grant, signal, isStored) => {
        const { deleteFile } = grant;
        if (deleteFile) this.#deletions.set(item.id, deleteFile);
        const { resume, sign } = this.#options;
        if ((grant.method !== 'MULTIPART' && !isStored) || !resume || !sign.reopen) return;
        const remembered = this.#remember(item, grant, signal, isStored);
        // no other page can have an upload that has just begun
        if (isStored || this.#resumption?.knows(grant)) await remembered;
        // an upload that is not remembered goes on
        else remembered.catch(() => {});
      },
      onEnd: (id) => this.#resumption?.forget(id),
    });
    this.#admission = new Admission({
      ...shared,
      signal,
      remove: (id) => this.#remove(id),
      onReady: (id) => this.#startByItself(id),
      attach: (file, path) => this.#goOn(this.#resumption?.attach(file, path)),
    });
  }

  /** The options as they are now, frozen; see {@link configure}. */
  get options(): Readonly<UploaderOptions> {
    return this.#options;
  }

  /** All files in the order in which they were added: the same frozen array until something changes. */
  get items(): readonly UploadItem[] {
    return this.#items.all;
  }

  /** The stored files that were removed and can come back, in the order in which they were removed. */
  get removed(): readonly StoredItem[] {
    return this.#removals.items;
  }

  /** The file with this id, or undefined when there is none or it was removed. */
  item(id: string): UploadItem | undefined {
    return this.#items.get(id);
  }

  /** Changes options, for what begins from now on. An option that is set to undefined has its default again. */
  configure(changes: Partial<UploaderOptions>): void {
    this.#options = Object.freeze({ ...this.#options, ...changes });
  }

  /** Lists files that are stored already. `removeFile()` deletes those that have a `deleteFile`. */
  adopt(files: Iterable<AdoptedFile>): void {
    for (const { deleteFile, result, ...file } of files) {
      const { id } = this.#items.add({ ...file, id: this.#items.nextId() }, { status: 'done', result });
      if (deleteFile) this.#deletions.set(id, deleteFile);
    }
  }

  /**
   * Adds files; those that are refused are listed as `rejected`. The first file is listed at once; thousands are added in
   * slices, so that the page stays responsive. Files that are checked or transformed first are `preparing` meanwhile.
   *
   * A file that belongs to a paused upload of an earlier page is given to that upload. If the file has changed since, it
   * replaces that upload.
   *
   * @param paths the path of each file relative to its picked folder. Default: the file's `webkitRelativePath`.
   * @returns the files once all of them are ready or refused, without those that were removed meanwhile
   */
  async add(files: Iterable<File>, paths?: (file: File) => string | undefined): Promise<readonly UploadItem[]> {
    const ids = await this.#admission.add(files, paths);
    this.#scheduler.pump();
    return ids.map((id) => this.#items.get(id)).filter((item) => item !== undefined);
  }

  /**
   * Lists a file that cannot be added as `rejected`, such as one of a dropped folder that cannot be read.
   *
   * @param path its path relative to the picked folder, or its name
   */
  reject(path: string, error: UploadError): UploadItem {
    return this.#admission.reject(path, error);
  }

  /**
   * Lists unfinished uploads of earlier pages. Those whose file was kept go on; the others are paused, until the same file
   * is added or `readAgain()` finds it. Without the option `resume`, or where the signer reopens no uploads, there are
   * none.
   *
   * An upload is listed once the signer has accepted its ticket from the present visitor: those of other visitors of this
   * browser stay unseen, and are kept until they expire. Resolves when the signer has responded for each.
   */
  async restore(): Promise<void> {
    const { resume, sign } = this.#options;
    const { reopen } = sign;
    if (!resume || !reopen) return;
    const { signal } = this.#restoration;
    const records = await resume.load();
    if (!records.length) return;
    const resumption = await this.#openResumption();
    for (const record of records) {
      if (signal.aborted) return;
      const id = await resumption.list(record, (id) => reopen(id, record));
      if (id && record.isStored) {
        this.#grants.setUnanswered(id, true);
        this.resume(id);
      } else if (id && record.file) await this.#goOn(resumption.attachTo(id, record.file));
    }
    this.#scheduler.pump();
  }

  /**
   * Reads the file of a restored upload from disk again, which asks the visitor for permission: call it from a click.
   *
   * @returns undefined where the browser has kept no handle to the file: then only adding the file again helps
   */
  readAgain(id: string): Promise<void> | undefined {
    return this.#resumption?.readAgain(id)?.then(async (file) => {
      if (file) await this.#goOn(this.#resumption?.attachTo(id, file));
    });
  }

  /** Pauses all files, and lets other pages resume their uploads until they are resumed here. */
  suspend(): void {
    this.pause();
    this.#resumption?.unlockAll();
  }

  /**
   * Changes a file's metadata for the signer. It overrides the metadata for all files; an empty string deletes a member.
   * May be called from a listener of `file-add`, and so in time for a file that starts as it is added.
   *
   * @throws {Error} when the file's upload has begun: its signature contains the metadata
   */
  setMetadata(id: string, metadata: Readonly<Record<string, string>>): void {
    const item = this.#items.get(id);
    if (!item) {
      this.#admission.setMetadata(id, metadata);
      return;
    }
    const merged = mergeMetadata(item.metadata, metadata);
    if (canSetMetadata(item) && JSON.stringify(merged) === JSON.stringify(item.metadata)) return;
    this.#items.change(id, { metadata: merged });
    this.#scheduler.release(id);
  }

  /** Starts files that are `ready`, as far as the option `gate` lets them. */
  start(id?: string): void {
    this.#start(this.#select(id).filter(({ status }) => status === 'ready'));
  }

  /** Pauses files that are queued or being uploaded. The parts of a multipart upload that are stored stay stored. */
  pause(id?: string): void {
    this.#scheduler.pause(this.#select(id));
  }

  /**
   * Resumes paused files, but for those whose file a reload has lost. Without an id, also restores uploads of earlier pages
   * that the signer has refused before: the visitor may have signed in.
   */
  resume(id?: string): void {
    for (const item of this.#select(id)) {
      if (item.status === 'paused' && item.error?.code !== 'file-missing') this.#scheduler.enqueue(item);
    }
    if (id === undefined && this.#resumption?.retryRefused()) void this.restore();
  }

  /**
   * Starts a failed or canceled file again, as far as the option `gate` lets it; without an id, all failed files that this
   * can help. A file that waits for its next attempt ends the waits of all files: most wait for the same server.
   */
  retry(id?: string): void {
    const canRetry = (item: UploadItem): boolean =>
      item.status === 'failed' ? !!id || isRetryable(item.error) : !!id && item.status === 'canceled';
    const items = this.#select(id);
    if (items.some(({ status }) => status === 'waiting')) this.#quota.endWaits();
    this.#start(items.filter(canRetry));
  }

  /**
   * Cancels files that are not stored yet. They stay in the list. Their parts are deleted, and where the signer allows it also a
   * file that it is still checking.
   */
  cancel(id?: string): void {
    for (const item of this.#select(id)) if (isUnfinished(item)) this.#cancel(item);
    this.#scheduler.pump();
  }

  /**
   * Removes a file from the list, and cancels it first if it is unfinished. A stored one is deleted where the signer
   * allows it: at once, or by `deleteRemoved()` if it can come back. When that fails, `delete-error` is dispatched.
   */
  removeFile(id: string, { canRestore = this.#options.keepRemoved }: RemoveOptions = {}): void {
    const item = this.#items.get(id);
    if (item?.status === 'done') this.#removals.add(item);
    this.#remove(id);
    this.#scheduler.pump();
    if (!canRestore) void this.deleteRemoved(id);
  }

  /**
   * Brings a file of {@link removed} back to its place in the list, with the same id. It counts again, also beyond the limits.
   * Ignored for any other file.
   */
  restoreFile(id: string): void {
    this.#removals.restore(id);
  }

  /**
   * Deletes a file of {@link removed} where the signer allows it; without an id, all of them. They cannot come back any more.
   *
   * @returns resolves once the signer has responded for each; when it failed, `delete-error` was dispatched
   */
  async deleteRemoved(id?: string): Promise<void> {
    await this.#removals.delete(id);
  }

  /**
   * Removes all files from the list. Stored ones are not deleted: the page may have used them. Those that were removed before
   * cannot come back any more: they are deleted, or with `keepRemoved` stay stored.
   */
  clear(): void {
    if (this.#options.keepRemoved) this.#removals.drop();
    else void this.deleteRemoved();
    // else the next file would start in place of a canceled one
    this.#queue.clear();
    for (const { id } of this.items) this.#remove(id);
    this.#scheduler.pump();
  }

  /**
   * Forgets the visitor. Call it when a visitor signs out, before their session ends: then the signer also deletes the parts
   * of their unfinished uploads. Cancels all uploads, removes all files from the list, and deletes the records of unfinished
   * uploads: those of this queue, and those that the option `resume` keeps for other queues with the same signer, also of
   * other visitors. Stored files stay stored; removed ones are treated as by {@link clear}.
   *
   * @returns resolves once the records are deleted
   */
  async forget(): Promise<void> {
    this.#restoration.abort();
    this.#restoration = new AbortController();
    this.clear();
    this.#resumption?.unlockAll();
    await this.#options.resume?.clear();
  }

  /**
   * Aborts all requests and frees everything. A later page may resume unfinished multipart uploads. Removed files that can
   * still come back stay stored.
   */
  destroy(): void {
    for (const { id } of this.items) this.#stop(id);
    this.#destruction.abort();
    this.#items.clear();
    this.#removals.drop();
    this.#queue.clear();
  }

  #select(id: string | undefined): readonly UploadItem[] {
    if (id === undefined) return this.items;
    const item = this.#items.get(id);
    return item ? [item] : [];
  }

  /** Starts those of the files that the gate returns. */
  #start(files: readonly UploadItem[]): void {
    const { gate } = this.#options;
    const allowed = new Set((gate && files.length ? gate(files) : files).map(({ id }) => id));
    for (const { id, status } of files) {
      const item = this.#items.get(id);
      // unless the gate has removed or started it
      if (item?.status !== status || !allowed.has(id)) continue;
      if (this.#admission.isUnprepared(id)) {
        this.#items.change(id, { status: 'preparing' });
        void this.#admission.prepare(id).then(() => this.#scheduler.pump());
      } else this.#scheduler.enqueue(item);
    }
  }

  /** Resumes the upload that has got its file, unless files wait for `start()`. @returns its id */
  #goOn(attached: Promise<string | undefined> | undefined): Promise<string | undefined> | undefined {
    return attached?.then((id) => {
      if (id && this.#options.auto !== false && !this.#scheduler.awaitsSignIn) this.resume(id);
      return id;
    });
  }

  /** Starts a file without a command, unless files wait for `start()` or for a sign-in: the visitor is asked once. */
  #startByItself(id: string): void {
    if (this.#options.auto === false) return;
    if (this.#scheduler.awaitsSignIn) this.#items.change(id, { status: 'paused', loaded: 0 });
    else this.start(id);
  }

  /** Remembers an upload for later pages, unless it has ended until the code for that is loaded. */
  async #remember(item: UploadItem, grant: UploadGrant, signal: AbortSignal, isStored?: boolean): Promise<void> {
    const resumption = await this.#openResumption();
    signal.throwIfAborted();
    const current = this.#items.get(item.id);
    if (current && isActive(current)) await resumption.remember(item, grant, isStored);
  }

  async #openResumption(): Promise<Resumption> {
    const { load = loadOnce } = this.#options;
    const { signal } = this.#destruction;
    const { Resumption } = await load(() => import('./resumption.ts'), signal);
    return (this.#resumption ??= new Resumption({
      items: this.#items,
      store: () => this.#options.resume,
      retry: this.#callOptions,
      adopt: (grant) => this.#grants.adopt(grant),
      remove: (id) => this.#remove(id),
      hide: (id) => {
        this.#grants.delete(id);
        this.#remove(id);
      },
    }));
  }

  #cancel(item: UploadItem): void {
    const deleteFile = isChecking(item) && this.#deletions.get(item.id);
    if (deleteFile) {
      void callWithRetries(deleteFile, this.#callOptions).catch(() => {
        // the check of the signer decides what becomes of the file
      });
    }
    this.#stop(item.id);
    this.#scheduler.release(item.id);
    this.#items.change(item.id, { status: 'canceled' });
    this.emit('upload-abort', detailOf(item));
  }

  /** Aborts the run, or the preparation, of a file. */
  #stop(id: string): void {
    this.#admission.stop(id);
    this.#scheduler.stop(id);
  }

  #remove(id: string): void {
    const item = this.#items.get(id);
    if (!item) return;
    if (isUnfinished(item)) this.#cancel(item);
    this.#admission.forget(id);
    this.#scheduler.release(id);
    this.#deletions.delete(id);
    if (this.#removals.has(id)) this.#items.takeOut(id);
    else this.#items.delete(id);
    this.emit('file-remove', { ...detailOf(item), key: item.status === 'done' ? item.result.key : undefined });
  }

  readonly #computeChecksum: ComputeChecksum = async (data, algorithm, signal) => {
    const { computeChecksum, load = loadOnce } = this.#options;
    const compute = computeChecksum ?? (await load(() => import('./checksum.ts'), signal)).checksum;
    return compute(data, algorithm, signal);
  };

  /**
   * Dispatches an event. The element's queue dispatches its events from the element.
   *
   * @returns false when a listener canceled it
   */
  protected emit(...[type, detail, cancelable = false]: Parameters<Emit>): boolean {
    return this.dispatchEvent(new CustomEvent(type, { detail, cancelable }));
  }
}
