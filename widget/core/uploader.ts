import { ask } from './ask.ts';
import { isUploadError, UploadError } from './errors.ts';
import { type Granted, Grants } from './grants.ts';
import type { Transport } from './http.ts';
import {
  type FileInfo,
  isPending,
  loadedOf,
  takesMetadata,
  transition,
  type UploadItem,
  type UploadResult,
  type UploadState,
} from './item.ts';
import { mediaType } from './media-type.ts';
import { type Network, steadyNetwork } from './network.ts';
import type { ChecksumAlgorithm } from './protocol.ts';
import { isReadable } from './readable.ts';
import { isSameFile, recordOf, type ResumeStore } from './resume.ts';
import { RetryQuota } from './retry.ts';
import type { Digest } from './send-file.ts';
import type { Sign } from './sign.ts';
import { Sockets } from './sockets.ts';
import { upload } from './upload.ts';
import { type Limits, type Present, validate } from './validate.ts';

export interface UploaderOptions {
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
  digest?: Digest | undefined;
  /** Looks into a file before it is added; resolves to why it may not be, or to undefined. */
  check?: ((file: FileInfo, signal: AbortSignal) => Promise<UploadError | undefined>) | undefined;
}

/** What every event's detail has. */
export type FileDetail = Pick<FileInfo, 'id' | 'name' | 'size' | 'type' | 'path'>;

export interface ErrorDetail {
  code: UploadError['code'];
  /** Of the storage, such as `AccessDenied`. */
  s3Code: string | undefined;
  status: number | undefined;
  requestId: string | undefined;
  phase: UploadError['phase'];
  /** Whether trying again by hand can help. */
  retryable: boolean;
  limit: number | undefined;
  /** For developers, in English. */
  message: string;
}

/** The events of an {@link Uploader}, by name, and their details. */
export interface UploaderEvents {
  /** Cancelable: about to be added. */
  'file-add': FileDetail & { file: File };
  'file-reject': FileDetail & ErrorDetail;
  'file-remove': FileDetail & { key: string | undefined };
  /** Cancelable: about to be signed; canceled, it is paused. */
  'upload-start': FileDetail;
  'upload-progress': FileDetail & { loaded: number; total: number };
  /** `delay` in milliseconds. */
  'upload-retry': FileDetail & ErrorDetail & { attempt: number; delay: number };
  'upload-success': FileDetail & UploadResult;
  'upload-error': FileDetail & ErrorDetail;
  'upload-abort': FileDetail;
  /** The queue has come to rest: the ids of what was stored and what was not, since it last did. */
  'upload-complete': { done: readonly string[]; failed: readonly string[] };
  /** A file that was removed is stored still: it could not be deleted, though the signer allows it. */
  'delete-error': FileDetail & ErrorDetail & { key: string };
  /** The signer wants the visitor to sign in; everything is paused until `resume()`. */
  'auth-required': { status: number | undefined };
  /** Something about the items has changed; at most one in a turn. */
  update: undefined;
}

const digest: Digest = async (...job) => (await import('./checksum.ts')).checksum(...job);

/** Milliseconds of adding at a stretch: less than a frame. */
const SLICE = 8;

/** Errors that stay however often one tries: the file itself must be another one. */
const FINAL: readonly UploadError['code'][] = ['file-too-large', 'file-too-small', 'file-type', 'file-changed'];

export const isRetryable = ({ code, phase }: UploadError): boolean => phase !== 'validate' && !FINAL.includes(code);

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
  readonly #sockets = new Sockets();
  readonly #network: Network;
  readonly #grants: Grants;
  /** Unfinished uploads of earlier pages whose file is not here (yet). */
  readonly #lost = new Map<string, Pick<File, 'name' | 'size' | 'lastModified'>>();
  /** Uploads that other pages must leave alone. */
  readonly #held = new Map<string, { key: string; controller: AbortController }>();
  /** Metadata of a file that is about to be added. */
  readonly #early = new Map<string, FileInfo['metadata']>();
  /** How a stored file is deleted, by its id, where the signer allows it. */
  readonly #deletions = new Map<string, NonNullable<Granted['remove']>>();
  #snapshot: readonly UploadItem[] | undefined;
  #isUpdating = false;
  #lastId = 0;
  #settled: { done: string[]; failed: string[] } = { done: [], failed: [] };

  constructor(options: UploaderOptions) {
    super();
    this.options = options;
    this.#network = options.network ?? steadyNetwork();
    this.#grants = new Grants({
      sign: () => this.options.sign,
      allowedHosts: () => this.options.allowedHosts,
      upcoming: () => this.#upcoming(),
      isWanted: (id) => {
        const item = this.#items.get(id);
        return !!item && (isPending(item) || item.status === 'paused');
      },
      checksum: () => this.options.checksum,
      digest: (...job) => (this.options.digest ?? digest)(...job),
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

  /** Takes into the list what is stored already, as by an earlier visit. */
  adopt(files: Iterable<Omit<FileInfo, 'id' | 'file'> & { readonly result: UploadResult }>): void {
    for (const file of files) {
      const id = String(++this.#lastId);
      this.#items.set(id, Object.freeze({ ...file, id, status: 'done' as const }));
    }
    this.#changed();
  }

  /**
   * Adds files, those that may not be added as `rejected`. Thousands are added a slice at a time, the first one at once,
   * so that the page stays alive.
   *
   * @param paths the relative path of each file, for folders
   */
  async add(files: Iterable<File>, paths?: (file: File) => string | undefined): Promise<readonly UploadItem[]> {
    const added: UploadItem[] = [];
    let present = this.#present();
    let until = performance.now() + SLICE;
    for (const file of files) {
      if (this.#life.signal.aborted) break;
      if (performance.now() > until) {
        await new Promise((resolve) => setTimeout(resolve));
        present = this.#present();
        until = performance.now() + SLICE;
      }
      const found = this.#lost.size ? await this.#find(file) : undefined;
      if (found) {
        added.push(found);
        continue;
      }
      const path = paths?.(file) || file.webkitRelativePath || undefined;
      const id = String(++this.#lastId);
      const info: FileInfo = { id, file, name: file.name, size: file.size, type: mediaType(file), path };
      if (!this.#emit('file-add', { ...detailOf(info), file }, true)) {
        this.#early.delete(id);
        continue;
      }
      const isReplacing = this.options.limits?.multiple === false && !added.some((item) => item.status !== 'rejected');
      const limits = this.options.limits ?? {};
      const nothing = { count: 0, bytes: 0, has: () => false };
      let error = validate(info, limits, isReplacing ? nothing : present);
      if (!error && this.options.check) {
        error = await this.options.check(info, this.#life.signal).catch(checkError);
        present = this.#present();
        error ??= validate(info, limits, isReplacing ? nothing : present);
      }
      if (!error && isReplacing) this.clear();
      added.push(this.#insert(info, error));
      if (!error) present.add(info);
    }
    this.#pump();
    return added;
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
      const { name, size, type, path, metadata, file, lastModified } = record;
      if (!(await this.#hold(id, record.key))) continue;
      this.#grants.adopt(sign.reopen(id, record));
      const error = new UploadError('file-missing', `"${name}" is unfinished: pick it again`, { phase: 'upload' });
      this.#lost.set(id, { name, size, lastModified });
      this.#items.set(
        id,
        Object.freeze({
          id,
          name,
          size,
          type,
          path,
          ...(metadata && { metadata }),
          status: 'paused',
          loaded: 0,
          error,
        }),
      );
      this.#changed();
      if (file) await this.#find(file);
    }
    this.#pump();
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
    if (item && !takesMetadata(item)) {
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
    this.#each(id, ['paused'], (item) => this.#lost.has(item.id) || this.#enqueue(item));
  }

  /** Tries again what has failed or was canceled. */
  retry(id?: string): void {
    this.#each(id, id ? ['failed', 'canceled'] : ['failed'], (item) => this.#enqueue(item));
  }

  /** Gives up what is not stored yet; the files stay in the list. */
  cancel(id?: string): void {
    const statuses = ['ready', 'queued', 'signing', 'uploading', 'finishing', 'waiting', 'paused'] as const;
    this.#each(id, statuses, (item) => {
      this.#stop(item.id);
      this.#give(item.id);
      this.#set(item.id, { status: 'canceled' });
      this.#emit('upload-abort', detailOf(item));
    });
    this.#pump();
  }

  /** Takes a file from the list, canceled first if need be; a stored one is deleted, where the signer allows it. */
  remove(id: string): void {
    const item = this.#items.get(id);
    const remove = this.#deletions.get(id);
    this.#take(id);
    if (item?.status === 'done' && remove) void this.#delete(item, item.result.key, remove);
  }

  /** Takes all files from the list. What is stored stays: a page may have made use of it. */
  clear(): void {
    for (const { id } of this.items) this.#take(id);
  }

  #take(id: string): void {
    const item = this.#items.get(id);
    if (!item) return;
    this.cancel(id);
    this.#give(id);
    this.#deletions.delete(id);
    this.#items.delete(id);
    this.#changed();
    this.#emit('file-remove', { ...detailOf(item), key: item.status === 'done' ? item.result.key : undefined });
    this.#pump();
  }

  async #delete(file: FileInfo, key: string, remove: NonNullable<Granted['remove']>): Promise<void> {
    const { signal } = this.#life;
    try {
      await ask(remove, { quota: this.#quota, network: this.#network, signal });
    } catch (cause) {
      if (!signal.aborted) this.#emit('delete-error', { ...detailOf(file), ...errorDetail(cause as UploadError), key });
    }
  }

  /** Ends all requests and frees everything. What is stored in parts can be gone on with by the next page. */
  destroy(): void {
    for (const id of this.#running.keys()) this.#stop(id);
    this.#life.abort();
    this.#items.clear();
    this.#queue.clear();
  }

  #present(): Present & { add(info: FileInfo): void } {
    const isStrict = this.options.limits?.duplicates === 'skip';
    const known = new Set<string>();
    const present = {
      count: 0,
      bytes: 0,
      has: (info: FileInfo) => known.has(fingerprint(info)),
      add(info: FileInfo) {
        present.count += 1;
        present.bytes += info.size;
        if (isStrict) known.add(fingerprint(info));
      },
    };
    for (const item of this.#items.values()) if (counts(item)) present.add(item);
    return present;
  }

  /** Gives a file back to the unfinished upload that it belongs to, if there is one and it can be read. */
  async #find(file: File): Promise<UploadItem | undefined> {
    for (const [id, lost] of this.#lost) {
      if (!isSameFile(file, lost)) continue;
      const canRead = await isReadable(file);
      const item = this.#items.get(id);
      if (!canRead || item?.status !== 'paused') return undefined;
      this.#lost.delete(id);
      const { error: _found, ...rest } = item;
      this.#items.set(id, Object.freeze({ ...rest, file }));
      this.#changed();
      if (this.options.auto !== false) this.resume(id);
      return this.#items.get(id);
    }
    return undefined;
  }

  /** Keeps other pages' hands off an upload for as long as the file is in this list. */
  async #hold(id: string, key: string): Promise<boolean> {
    if (this.#held.has(id)) return true;
    const controller = new AbortController();
    this.#held.set(id, { controller, key });
    const signal = AbortSignal.any([controller.signal, this.#life.signal]);
    const isOurs = (await this.options.resume?.hold(key, signal)) ?? true;
    if (!isOurs) this.#held.delete(id);
    return isOurs;
  }

  /** Nothing is left to go on with. */
  #forget(id: string): void {
    const held = this.#held.get(id);
    this.#held.delete(id);
    this.#lost.delete(id);
    held?.controller.abort();
    if (held) void this.options.resume?.drop(held.key);
  }

  async #remember(item: UploadItem, grant: Granted): Promise<void> {
    const { resume } = this.options;
    const record = grant.method === 'MULTIPART' && this.options.sign.reopen && recordOf(item, grant);
    if (!resume || !record || this.#held.get(item.id)?.key === record.key) return;
    this.#forget(item.id);
    if (!(await this.#hold(item.id, record.key))) {
      throw new UploadError('in-use', 'another page goes on with this upload', { phase: 'sign' });
    }
    void resume.save(record);
  }

  #insert(info: FileInfo, error: UploadError | undefined): UploadItem {
    const state: UploadState = error ? { status: 'rejected', error } : { status: 'ready' };
    const metadata = this.#early.get(info.id);
    this.#early.delete(info.id);
    const item: UploadItem = Object.freeze({ ...info, ...(metadata && { metadata }), ...state });
    this.#items.set(info.id, item);
    this.#changed();
    if (error) this.#emit('file-reject', { ...detailOf(info), ...errorDetail(error) });
    else if (this.options.auto !== false) this.#enqueue(item);
    return item;
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
      const item = this.#items.get(id)!;
      if (this.#emit('upload-start', detailOf(item), true)) void this.#run(item);
      else this.#set(id, { status: 'paused', loaded: loadedOf(item) });
    }
    const settled = this.#settled;
    if (this.#running.size || settled.done.length + settled.failed.length === 0) return;
    this.#settled = { done: [], failed: [] };
    this.#emit('upload-complete', settled);
  }

  async #run(item: UploadItem): Promise<void> {
    const { id, file } = item;
    const controller = new AbortController();
    const { signal } = controller;
    this.#running.set(id, controller);
    try {
      if (!file) throw new UploadError('file-missing', 'pick the file again', { phase: 'upload' });
      const result = await upload(item, file, {
        grants: this.#grants,
        send: this.options.send,
        network: this.#network,
        sockets: this.#sockets,
        quota: this.#quota,
        allowedHosts: this.options.allowedHosts,
        digest: this.options.digest ?? digest,
        timeout: this.options.timeout ?? 30_000,
        signal,
        onGrant: (grant) => {
          if (grant.remove) this.#deletions.set(id, grant.remove);
          return this.#remember(item, grant);
        },
        report: (state) => {
          // a late word of a run that was stopped is nobody's
          if (!signal.aborted) this.#set(id, state);
        },
        onRetry: ({ error, ...wait }) =>
          this.#emit('upload-retry', { ...detailOf(item), ...errorDetail(error), ...wait }),
      });
      if (signal.aborted) return;
      this.#grants.drop(id);
      this.#forget(id);
      this.#set(id, { status: 'done', result });
      this.#settled.done.push(id);
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
    this.#set(item.id, { status: 'failed', loaded, error });
    this.#settled.failed.push(item.id);
    this.#emit('upload-error', { ...detailOf(item), ...errorDetail(error) });
  }

  /** Nobody wants it any more: not this page, not a later one, not the storage. */
  #give(id: string): void {
    this.#grants.release(id);
    this.#forget(id);
  }

  #stop(id: string): void {
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

/** Whether a file counts for limits and values: it is to be stored, or is. */
export const counts = ({ status }: UploadItem): boolean => status !== 'rejected' && status !== 'canceled';

const fingerprint = ({ name, size, path, file }: FileInfo): string => [name, size, path, file?.lastModified].join('/');

const detailOf = ({ id, name, size, type, path }: FileInfo): FileDetail => ({ id, name, size, type, path });

const errorDetail = (error: UploadError): ErrorDetail => {
  const { code, s3Code, status, requestId, phase, limit, message } = error;
  return { code, s3Code, status, requestId, phase, limit, message, retryable: isRetryable(error) };
};

const checkError = (cause: unknown): UploadError =>
  new UploadError('invalid', String(cause instanceof Error ? cause.message : cause), { phase: 'validate', cause });
