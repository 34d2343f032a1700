import { Connections } from './connections.ts';
import { isUploadError, UploadError } from './errors.ts';
import { detailOf, type Emit, errorDetail, isRetryable } from './events.ts';
import type { GrantCache } from './grant-cache.ts';
import { isActive, isChecking, loadedOf, type UploadItem, type UploadState, type UploadStatus } from './item.ts';
import type { ItemStore } from './item-store.ts';
import { loadOnce } from './lazy.ts';
import type { Network } from './network.ts';
import type { RetryQuota } from './retry.ts';
import type { ComputeChecksum } from './send-file.ts';
import type { UploadGrant } from './sign.ts';
import { upload } from './upload.ts';
import type { UploaderOptions } from './uploader-options.ts';

/** Files that are uploaded at a time, by default: with several parts of each, enough for a browser's six connections. */
const CONCURRENCY = 3;
/** Milliseconds without progress after which a request is aborted, by default. */
const TIMEOUT_MS = 30_000;

/** The parts of the queue that the scheduler uses. */
export interface SchedulerContext {
  readonly items: ItemStore;
  /** Ids of queued files, in order. */
  readonly queue: Set<string>;
  readonly grants: GrantCache;
  readonly quota: RetryQuota;
  readonly network: Network;
  readonly computeChecksum: ComputeChecksum;
  readonly emit: Emit;
  options(): UploaderOptions;
  /**
   * Called with a file's grant before anything is sent, and again when the file `isStored` and is being checked; when it throws,
   * the upload fails.
   */
  onGrant(item: UploadItem, grant: UploadGrant, signal: AbortSignal, isStored?: boolean): Promise<void>;
  /** Called when a file can no longer be resumed. */
  onEnd(id: string): void;
}

/** Runs the queued files, a few at a time, and reports how each goes. */
export class UploadScheduler {
  readonly #context: SchedulerContext;
  readonly #connections = new Connections();
  readonly #running = new Map<string, AbortController>();
  /** Ids of the files that have run since the queue last came to rest. */
  readonly #ranSinceRest = new Set<string>();
  /** The last file that the signer refused because the visitor has to sign in. */
  #refusedId?: string;

  constructor(context: SchedulerContext) {
    this.#context = context;
  }

  /** Whether the visitor has to sign in: the signer has refused a file for that, and no command has resumed it since. */
  get awaitsSignIn(): boolean {
    const item = this.#refusedId === undefined ? undefined : this.#context.items.get(this.#refusedId);
    return item?.status === 'paused' && item.error?.code === 'auth-required';
  }

  /** Queues a file, behind all others. */
  enqueue(item: UploadItem): void {
    const { items, queue } = this.#context;
    items.change(item.id, { status: 'queued', loaded: item.status === 'paused' ? item.loaded : 0 });
    queue.add(item.id);
    this.pump();
  }

  /** Pauses those of the files that are queued or running. */
  pause(items: readonly UploadItem[]): void {
    for (const item of items) {
      if (item.status !== 'queued' && !isActive(item)) continue;
      this.stop(item.id);
      this.#context.items.change(item.id, { status: 'paused', loaded: loadedOf(item) });
    }
    this.pump();
  }

  /** Takes a file out of the queue, or aborts its run. Its status stays. */
  stop(id: string): void {
    this.#context.queue.delete(id);
    const controller = this.#running.get(id);
    this.#running.delete(id);
    controller?.abort();
  }

  /** Deletes what the storage, the cache and later pages have of an unfinished upload. */
  release(id: string): void {
    this.#context.grants.release(id);
    this.#context.onEnd(id);
  }

  /** Starts queued files while slots are free, and announces when the queue has come to rest. */
  pump(): void {
    const { items, queue, emit, options } = this.#context;
    for (const id of queue) {
      const sending = [...this.#running.keys()].filter((id) => !this.#waitsForSigner(items.get(id)));
      if (sending.length >= (options().concurrency ?? CONCURRENCY)) return;
      queue.delete(id);
      const isWanted = emit('upload-start', detailOf(items.get(id)!), true);
      // a listener may have paused, canceled or removed the file, or queued it again
      const item = items.get(id);
      if (item?.status !== 'queued' || queue.has(id)) continue;
      if (isWanted) void this.#run(item);
      else items.change(id, { status: 'paused', loaded: loadedOf(item) });
    }
    if (!this.#running.size && !items.all.some(({ status }) => status === 'preparing')) this.#announceRest();
  }

  /** Whether all bytes of a running file are stored, and only the signer has work to do: it takes no slot. */
  #waitsForSigner(item: UploadItem | undefined): boolean {
    return isChecking(item) || (item?.status === 'finishing' && this.#context.grants.isMultipart(item.id));
  }

  #announceRest(): void {
    const ended = (status: UploadStatus): string[] =>
      [...this.#ranSinceRest].filter((id) => this.#context.items.get(id)?.status === status);
    const [done, failed] = [ended('done'), ended('failed')];
    this.#ranSinceRest.clear();
    if (done.length + failed.length) this.#context.emit('upload-complete', { done, failed });
  }

  async #run(item: UploadItem): Promise<void> {
    const { items, emit, options, onGrant, onEnd, ...context } = this.#context;
    const { send, allowedHosts, load = loadOnce, timeout = TIMEOUT_MS, connections = this.#connections } = options();
    const { id } = item;
    const controller = new AbortController();
    const { signal } = controller;
    this.#running.set(id, controller);
    this.#ranSinceRest.add(id);
    try {
      const result = await upload(item, {
        ...context,
        ...{ connections, send, allowedHosts, load, timeout, signal },
        onGrant: (grant, isStored) => onGrant(item, grant, signal, isStored),
        report: (state) => {
          // a run that was stopped may report once more
          if (!signal.aborted) this.#report(id, state);
        },
        onRetry: ({ error, ...wait }) => emit('upload-retry', { ...detailOf(item), ...errorDetail(error), ...wait }),
      });
      if (signal.aborted) return;
      context.grants.delete(id);
      onEnd(id);
      items.change(id, { status: 'done', result });
      emit('upload-success', { ...detailOf(item), ...result });
    } catch (cause) {
      if (!signal.aborted) this.#fail(item, cause);
    } finally {
      if (this.#running.get(id) === controller) {
        this.#running.delete(id);
        this.pump();
      }
    }
  }

  #report(id: string, state: UploadState): void {
    const { items, emit } = this.#context;
    const last = items.get(id)!;
    const before = loadedOf(last);
    const item = items.change(id, state)!;
    const loaded = loadedOf(item);
    if (this.#waitsForSigner(item) && !this.#waitsForSigner(last)) this.pump();
    if (item.status === 'uploading' && loaded > before) {
      emit('upload-progress', { ...detailOf(item), loaded, total: item.size });
    }
  }

  #fail(item: UploadItem, cause: unknown): void {
    const { items, emit } = this.#context;
    const error = isUploadError(cause) ? cause : new UploadError('unknown', String(cause), { phase: 'upload', cause });
    const { id } = item;
    const loaded = loadedOf(items.get(id)!);
    if (error.code === 'auth-required') {
      this.#context.grants.endVisit();
      // all files pause, so that the visitor is asked once and not for each file
      items.change(id, { status: 'paused', loaded, error });
      this.#refusedId = id;
      this.#running.delete(id);
      this.pause(items.all);
      emit('auth-required', { status: error.status });
      return;
    }
    if (!isRetryable(error)) this.release(id);
    items.change(id, { status: 'failed', loaded, error });
    emit('upload-error', { ...detailOf(item), ...errorDetail(error) });
  }
}
