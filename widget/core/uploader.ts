import { callWithRetries } from './retrying-call.ts';
import { isUploadError, UploadError } from './errors.ts';
import { detailOf, errorDetail, isRetryable, type UploaderEvents } from './events.ts';
import { type Granted, GrantCache } from './grant-cache.ts';
import type { Transport } from './http.ts';
import {
  type FileInfo,
  isPending,
  loadedOf,
  canSetMetadata,
  transition,
  type UploadItem,
  type UploadResult,
  type UploadState,
} from './item.ts';
import { type Load, loadOnce } from './lazy.ts';
import { mediaType } from './media-type.ts';
import { type Network, steadyNetwork } from './network.ts';
import { Preparation, type PreparationOptions } from './preparation.ts';
import { NOTHING, presentIn } from './present.ts';
import type { ChecksumAlgorithm } from './protocol.ts';
import { isReadable } from './readable.ts';
import type { ResumeStore } from './resume-record.ts';
import { RetryQuota } from './retry.ts';
import type { ComputeChecksum } from './send-file.ts';
import type { Sign } from './sign.ts';
import { RequestLimiter } from './request-limiter.ts';
import { Resumption } from './resumption.ts';
import { upload } from './upload.ts';
import { type Limits, type Present, validate } from './limits.ts';

export interface UploaderOptions extends PreparationOptions {
  sign: Sign;
  send: Transport;
  network?: Network | undefined;
  /** Files at a time. Default 3. */
  concurrency?: number | undefined;
  /** Milliseconds without progress after which a request is taken for dead. Default 30,000. */
  timeout?: number | undefined;
  /** Whether files start as they are added. Default true. */
  auto?: boolean | undefined;
  limits?: Limits | undefined;
  /** Hosts that files may go to; default any. */
  allowedHosts?: readonly string[] | undefined;
  /** Sent along with each file or part, and verified by the storage. Default none, unless the signer asks. */
  checksum?: ChecksumAlgorithm | undefined;
  /** Remembers unfinished uploads for later pages. Default none. */
  resume?: ResumeStore | undefined;
  /** Computes checksums; the default does so in slices between other work. */
  digest?: ComputeChecksum | undefined;
  /** Loads what few uploads need, such as the way in parts. Default: at once, or not at all. */
  load?: Load | undefined;
}

/** A file that is stored already. */
export interface AdoptedFile extends Omit<FileInfo, 'id' | 'file'>, Pick<Granted, 'deleteFile'> {
  readonly result: UploadResult;
}

/** Milliseconds of adding at a stretch: less than a frame. */
const SLICE = 8;

/**
 * The queue: files in, events out. It knows no page and no words.
 *
 * Every method without an id means all files it can apply to. Events are `CustomEvent`s of {@link UploaderEvents}.
 */
export class Uploader extends EventTarget {
  /** May be replaced at any time; a file under way keeps what it began with. */
  options: UploaderOptions;
  readonly #items = new Map<string, UploadItem>();
  /** Ids of queued files, in order. */
  readonly #queue = new Set<string>();
  readonly #running = new Map<string, AbortController>();
  readonly #life = new AbortController();
  readonly #quota = new RetryQuota();
  readonly #sockets = new RequestLimiter();
  readonly #network: Network;
  readonly #grants: GrantCache;
  readonly #unfinished: Resumption;
  readonly #preparation = new Preparation();
  /** Metadata of a file that is about to be added. */
  readonly #early = new Map<string, FileInfo['metadata']>();
  /** How a stored file is deleted, by its id, where the signer allows it. */
  readonly #deletions = new Map<string, NonNullable<Granted['deleteFile']>>();
  /** Ids of files that have run since the queue last came to rest. */
  readonly #begun = new Set<string>();
  #snapshot: readonly UploadItem[] | undefined;
  #isUpdating = false;
  #lastId = 0;

  constructor(options: UploaderOptions) {
    super();
    this.options = options;
    this.#network = options.network ?? steadyNetwork();
    this.#unfinished = new Resumption(() => this.options.resume, this.#life.signal);
    this.#grants = new GrantCache({
      sign: () => this.options.sign,
      allowedHosts: () => this.options.allowedHosts,
      upcoming: () => this.#upcoming(),
      isWanted: (id) => {
        const item = this.#items.get(id);
        return !!item && (isPending(item) || item.status === 'paused');
      },
      checksum: () => this.options.checksum,
      digest: this.#digest,
      retry: { quota: this.#quota, network: this.#network, signal: this.#life.signal },
    });
  }

  /** All files in the order they came; the same frozen array until something changes. */
  get items(): readonly UploadItem[] {
    return (this.#snapshot ??= Object.freeze([...this.#items.values()]));
  }

  item(id: string): UploadItem | undefined {
    return this.#items.get(id);
  }

  /** Takes into the list what is stored already, as by an earlier visit, with how it is deleted when it is removed. */
  adopt(files: Iterable<AdoptedFile>): void {
    for (const { deleteFile, ...file } of files) {
      const id = String(++this.#lastId);
      this.#items.set(id, Object.freeze({ ...file, id, status: 'done' as const }));
      if (deleteFile) this.#deletions.set(id, deleteFile);
    }
    this.#changed();
  }

  /**
   * Adds files, those that may not be added as `rejected`. Thousands are added a slice at a time, the first one at once,
   * so that the page stays alive. What has to be looked into or made ready first is in the list meanwhile, `preparing`.
   *
   * @param paths the relative path of each file, for folders
   * @returns the files as they are once all of them are ready or refused, without those that were removed meanwhile
   */
  async add(files: Iterable<File>, paths?: (file: File) => string | undefined): Promise<readonly UploadItem[]> {
    const ids: string[] = [];
    let present = presentIn(this.#items.values(), this.#limits);
    let hasReplaced = false;
    let until = performance.now() + SLICE;
    for (const file of files) {
      if (this.#life.signal.aborted) break;
      if (performance.now() > until) {
        await new Promise((resolve) => setTimeout(resolve));
        present = presentIn(this.#items.values(), this.#limits);
        until = performance.now() + SLICE;
      }
      const lost = this.#unfinished.matches(file);
      const found = lost.length ? await this.#find(file, lost) : undefined;
      if (found) {
        ids.push(found);
        continue;
      }
      const isReplacing = this.#limits.multiple === false && !hasReplaced;
      const item = this.#admit(file, paths?.(file), isReplacing ? NOTHING : present, isReplacing);
      if (!item) continue;
      ids.push(item.id);
      if (item.status === 'rejected') continue;
      hasReplaced = true;
      present.add(item);
    }
    for (const id of ids) if (this.#preparation.isExpected(id)) await this.#prepare(id);
    this.#pump();
    return ids.flatMap((id) => this.#items.get(id) ?? []);
  }

  /** @returns undefined where the page would not have the file */
  #admit(file: File, path: string | undefined, present: Present, isReplacing: boolean): UploadItem | undefined {
    const { check, prepare } = this.options;
    const id = String(++this.#lastId);
    const info: FileInfo = {
      ...{ id, file, name: file.name, size: file.size, type: mediaType(file) },
      path: path || file.webkitRelativePath || undefined,
    };
    const isWanted = this.#emit('file-add', { ...detailOf(info), file }, true);
    const metadata = this.#early.get(id);
    this.#early.delete(id);
    if (!isWanted) return undefined;
    const error = validate(info, prepare ? withoutSizes(this.#limits) : this.#limits, present);
    const state: UploadState = error
      ? { status: 'rejected', error }
      : { status: check || prepare ? 'preparing' : 'ready' };
    const item: UploadItem = Object.freeze({ ...info, ...(metadata && { metadata }), ...state });
    this.#items.set(id, item);
    this.#changed();
    if (error) this.#emit('file-reject', { ...detailOf(info), ...errorDetail(error) });
    else if (item.status === 'preparing') this.#preparation.expect(id, isReplacing);
    else this.#ready(id, isReplacing);
    return item;
  }

  /** It may be queued. */
  #ready(id: string, isReplacing: boolean): void {
    if (isReplacing) {
      for (const { id: before } of this.items) {
        if (before === id) break;
        this.#take(before);
      }
    }
    if (this.options.auto !== false) this.start(id);
  }

  /** Has a file looked into, and made into what is to be sent. */
  async #prepare(id: string): Promise<void> {
    const item = this.#items.get(id);
    if (item?.status !== 'preparing') return;
    const made = await this.#preparation.make(item, this.options);
    // it may be gone, and something may have been said of it
    const now = this.#items.get(id);
    if (!made || now?.status !== 'preparing') return;
    const isReplacing = this.#preparation.finish(id);
    const ready: UploadItem = isUploadError(made) ? now : Object.freeze({ ...now, ...made });
    const error = isUploadError(made) ? made : this.options.prepare && this.#sizeError(ready);
    if (error) {
      this.#set(id, { status: 'rejected', error });
      this.#emit('file-reject', { ...detailOf(now), ...errorDetail(error) });
      this.#pump();
      return;
    }
    this.#items.set(id, ready);
    this.#set(id, { status: 'ready' });
    this.#ready(id, isReplacing);
  }

  /** Why what was made of a file is too large, or too small. */
  #sizeError(item: UploadItem): UploadError | undefined {
    const { maxFileSize, minFileSize, maxTotalSize } = this.#limits;
    const others = maxTotalSize === undefined ? [] : this.items.filter(({ id }) => id !== item.id);
    const { bytes } = presentIn(others, {});
    return validate(item, { maxFileSize, minFileSize, maxTotalSize }, { ...NOTHING, bytes });
  }

  get #limits(): Limits {
    return this.options.limits ?? {};
  }

  /**
   * Shows what earlier pages have left unfinished, and goes on with it where the file is still there; else it waits,
   * paused, for the same file to be added again.
   */
  async restore(): Promise<void> {
    const { resume, sign } = this.options;
    if (!sign.reopen) return;
    for (const record of (await resume?.load()) ?? []) {
      const id = String(++this.#lastId);
      const { name, size, type, path, metadata, file } = record;
      if (!(await this.#unfinished.take(id, record))) continue;
      try {
        this.#grants.adopt(sign.reopen(id, record));
      } catch {
        this.#unfinished.forget(id); // nobody can make anything of it
        continue;
      }
      const error = new UploadError('file-missing', `"${name}" is unfinished: pick it again`, { phase: 'upload' });
      const info = { id, name, size, type, path, ...(metadata && { metadata }) };
      this.#items.set(id, Object.freeze({ ...info, status: 'paused', loaded: 0, error }));
      this.#changed();
      if (file) await this.#find(file, [id]);
    }
    this.#pump();
  }

  /**
   * Asks the visitor's leave to read the file of a lost upload anew; needs a click. Undefined where the browser has not
   * kept the way to it: then only adding the file again helps.
   */
  readAgain(id: string): Promise<void> | undefined {
    return this.#unfinished
      .readAgain(id)?.()
      .then(async (file) => {
        if (file) await this.#find(file, this.#unfinished.matches(file));
      });
  }

  /** Pauses all, and leaves what is unfinished to other pages until it goes on here. */
  suspend(): void {
    this.pause();
    this.#unfinished.yield();
  }

  /**
   * Says something of one file to its signer, over what is said of all, and beside what was said of it before; an empty
   * text takes it back. From a listener of `file-add` it is in time even for a file that starts at once.
   *
   * @throws {Error} when the file's upload has begun: what is signed stays as it is
   */
  setMetadata(id: string, metadata: Readonly<Record<string, string>>): void {
    const item = this.#items.get(id);
    // of a file that is being added
    if (!item && id !== String(this.#lastId)) return;
    if (item && !canSetMetadata(item)) {
      throw new Error(`The metadata of "${item.name}" cannot change any more: its upload has begun.`);
    }
    const before = item ? item.metadata : this.#early.get(id);
    const texts = Object.entries({ ...before, ...metadata }).filter(([, text]) => text);
    const now = texts.length ? Object.freeze(Object.fromEntries(texts)) : undefined;
    if (JSON.stringify(now) === JSON.stringify(before)) return;
    if (!item) {
      this.#early.set(id, now);
      return;
    }
    this.#give(id);
    const { metadata: _before, ...rest } = item;
    this.#items.set(id, Object.freeze({ ...rest, ...(now && { metadata: now }) }));
    this.#changed();
  }

  /** Starts what waits for it (`auto: false`). */
  start(id?: string): void {
    this.#each(id, ['ready'], (item) => this.#enqueue(item));
  }

  /** Stops for now; what is stored of a file in parts stays. */
  pause(id?: string): void {
    this.#each(id, ['queued', 'signing', 'uploading', 'finishing', 'waiting'], (item) => {
      this.#stop(item.id);
      this.#set(item.id, { status: 'paused', loaded: loadedOf(item) });
    });
    this.#pump();
  }

  /** Goes on with what is paused. */
  resume(id?: string): void {
    // one whose file a reload has lost goes on once it is added again
    this.#each(id, ['paused'], (item) => this.#unfinished.isLost(item.id) || this.#enqueue(item));
  }

  /** Tries a failed or canceled file again; without an id all failed ones that this can help. */
  retry(id?: string): void {
    this.#each(id, id ? ['failed', 'canceled'] : ['failed'], (item) => {
      if (this.#preparation.isExpected(item.id)) {
        this.#set(item.id, { status: 'preparing' });
        void this.#prepare(item.id);
      } else if (id || item.status !== 'failed' || isRetryable(item.error)) this.#enqueue(item);
    });
  }

  /** Gives up what is not stored yet; the files stay in the list. */
  cancel(id?: string): void {
    this.#each(id, CANCELABLE, (item) => this.#cancel(item));
    this.#pump();
  }

  #cancel(item: UploadItem): void {
    this.#stop(item.id);
    this.#give(item.id);
    this.#set(item.id, { status: 'canceled' });
    this.#emit('upload-abort', detailOf(item));
  }

  /** Takes a file from the list, canceled first if need be; a stored one is deleted, where the signer allows it. */
  removeFile(id: string): void {
    const item = this.#items.get(id);
    const remove = this.#deletions.get(id);
    this.#take(id);
    this.#pump();
    if (item?.status === 'done' && remove) void this.#delete(item, item.result.key, remove);
  }

  /** Takes all files from the list. What is stored stays: a page may have made use of it. */
  clear(): void {
    // none may start in the place of one that goes
    this.#queue.clear();
    for (const { id } of this.items) this.#take(id);
    this.#pump();
  }

  #take(id: string): void {
    const item = this.#items.get(id);
    if (!item) return;
    if (CANCELABLE.includes(item.status)) this.#cancel(item);
    this.#give(id);
    this.#preparation.finish(id);
    this.#begun.delete(id);
    this.#deletions.delete(id);
    this.#items.delete(id);
    this.#changed();
    this.#emit('file-remove', { ...detailOf(item), key: item.status === 'done' ? item.result.key : undefined });
  }

  async #delete(file: FileInfo, key: string, remove: NonNullable<Granted['deleteFile']>): Promise<void> {
    const { signal } = this.#life;
    try {
      await callWithRetries(remove, { quota: this.#quota, network: this.#network, signal });
    } catch (cause) {
      if (!signal.aborted) this.#emit('delete-error', { ...detailOf(file), ...errorDetail(cause as UploadError), key });
    }
  }

  /** Ends all requests and frees everything. What is stored in parts can be gone on with by the next page. */
  destroy(): void {
    for (const id of this.#items.keys()) this.#stop(id);
    this.#life.abort();
    this.#items.clear();
    this.#queue.clear();
  }

  /**
   * Gives a file back to the unfinished upload that it belongs to, if there is one and it can be read.
   *
   * @returns the upload's id
   */
  async #find(file: File, lost: readonly string[]): Promise<string | undefined> {
    for (const id of lost) {
      const canRead = await isReadable(file);
      const item = this.#items.get(id);
      if (!canRead || item?.status !== 'paused') continue;
      this.#unfinished.found(id);
      const { error: _found, ...rest } = item;
      this.#items.set(id, Object.freeze({ ...rest, file }));
      this.#changed();
      if (this.options.auto !== false) this.resume(id);
      return id;
    }
    return undefined;
  }

  *#upcoming(): Iterable<FileInfo> {
    for (const id of this.#queue) yield this.#items.get(id)!;
  }

  #enqueue(item: UploadItem): void {
    this.#set(item.id, { status: 'queued', loaded: item.status === 'paused' ? item.loaded : 0 });
    this.#queue.add(item.id);
    this.#pump();
  }

  /** Fills the free slots, and says so when there is nothing left to do. */
  #pump(): void {
    for (const id of this.#queue) {
      if (this.#running.size >= (this.options.concurrency ?? 3)) return;
      this.#queue.delete(id);
      const isWanted = this.#emit('upload-start', detailOf(this.#items.get(id)!), true);
      // whoever was told may have paused, canceled or removed it
      const item = this.#items.get(id);
      if (item?.status !== 'queued' || this.#queue.has(id)) continue;
      if (isWanted) void this.#run(item);
      else this.#set(id, { status: 'paused', loaded: loadedOf(item) });
    }
    if (!this.#running.size && !this.items.some(({ status }) => status === 'preparing')) this.#rest();
  }

  #rest(): void {
    const ended = (status: 'done' | 'failed'): string[] =>
      [...this.#begun].filter((id) => this.#items.get(id)?.status === status);
    const [done, failed] = [ended('done'), ended('failed')];
    this.#begun.clear();
    if (done.length + failed.length) this.#emit('upload-complete', { done, failed });
  }

  async #run(item: UploadItem): Promise<void> {
    const { id, file } = item;
    const controller = new AbortController();
    const { signal } = controller;
    this.#running.set(id, controller);
    this.#begun.add(id);
    try {
      if (!file) throw new UploadError('file-missing', 'pick the file again', { phase: 'upload' });
      const result = await upload(item, file, {
        grants: this.#grants,
        send: this.options.send,
        network: this.#network,
        limiter: this.#sockets,
        quota: this.#quota,
        allowedHosts: this.options.allowedHosts,
        digest: this.#digest,
        load: this.#load,
        timeout: this.options.timeout ?? 30_000,
        signal,
        onGrant: async (grant) => {
          if (grant.deleteFile) this.#deletions.set(id, grant.deleteFile);
          if (grant.method === 'MULTIPART' && this.options.sign.reopen) await this.#unfinished.remember(item, grant);
        },
        report: (state) => {
          // a late word of a run that was stopped is nobody's
          if (!signal.aborted) this.#set(id, state);
        },
        onRetry: ({ error, ...wait }) =>
          this.#emit('upload-retry', { ...detailOf(item), ...errorDetail(error), ...wait }),
      });
      if (signal.aborted) return;
      this.#grants.delete(id);
      this.#unfinished.forget(id);
      this.#set(id, { status: 'done', result });
      this.#emit('upload-success', { ...detailOf(item), ...result });
    } catch (cause) {
      if (!signal.aborted) this.#fail(item, cause);
    } finally {
      if (this.#running.get(id) === controller) {
        this.#running.delete(id);
        this.#pump();
      }
    }
  }

  #fail(item: UploadItem, cause: unknown): void {
    const error = isUploadError(cause) ? cause : new UploadError('unknown', String(cause), { phase: 'upload', cause });
    const loaded = loadedOf(this.#items.get(item.id)!);
    if (error.code === 'auth-required') {
      // one question for the whole queue, not one for each file in it
      this.#set(item.id, { status: 'paused', loaded, error });
      this.#running.delete(item.id);
      this.pause();
      this.#emit('auth-required', { status: error.status });
      return;
    }
    // what can only be had from another file is not gone on with
    if (!isRetryable(error)) this.#give(item.id);
    this.#set(item.id, { status: 'failed', loaded, error });
    this.#emit('upload-error', { ...detailOf(item), ...errorDetail(error) });
  }

  /** Nobody wants it any more: not this page, not a later one, not the storage. */
  #give(id: string): void {
    this.#grants.release(id);
    this.#unfinished.forget(id);
  }

  #stop(id: string): void {
    this.#preparation.stop(id);
    this.#queue.delete(id);
    const controller = this.#running.get(id);
    this.#running.delete(id);
    controller?.abort();
  }

  #set(id: string, state: UploadState): void {
    const before = this.#items.get(id);
    if (!before) return;
    const item = transition(before, state);
    this.#items.set(id, item);
    this.#changed();
    if (item.status === 'uploading' && item.loaded > loadedOf(before)) {
      this.#emit('upload-progress', { ...detailOf(item), loaded: item.loaded, total: item.size });
    }
  }

  readonly #load: Load = (chunk) => (this.options.load ?? loadOnce)(chunk);

  readonly #digest: ComputeChecksum = async (...job) =>
    (this.options.digest ?? (await this.#load(() => import('./checksum.ts'))).checksum)(...job);

  #each(id: string | undefined, statuses: readonly UploadState['status'][], act: (item: UploadItem) => unknown): void {
    const items = id === undefined ? this.items : [this.#items.get(id)];
    for (const item of items) if (item && statuses.includes(item.status)) act(item);
  }

  #changed(): void {
    this.#snapshot = undefined;
    if (this.#isUpdating) return;
    this.#isUpdating = true;
    queueMicrotask(() => {
      this.#isUpdating = false;
      this.dispatchEvent(new Event('update'));
    });
  }

  /** @returns whether no listener has canceled it */
  #emit<K extends keyof UploaderEvents>(type: K, detail: UploaderEvents[K], cancelable = false): boolean {
    return this.dispatchEvent(new CustomEvent(type, { detail, cancelable }));
  }
}

const CANCELABLE: readonly UploadState['status'][] = [
  ...(['preparing', 'ready', 'queued', 'signing', 'uploading', 'finishing', 'waiting', 'paused'] as const),
];

/** What is held of a file that will be made into another: all but its size. */
const withoutSizes = (limits: Limits): Limits => ({
  ...limits,
  maxFileSize: undefined,
  minFileSize: undefined,
  maxTotalSize: undefined,
});
