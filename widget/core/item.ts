import type { UploadError } from './errors.ts';
import type { StoredFile } from './protocol.ts';

/** What is stored, once it is stored. */
export interface UploadResult {
  /** The object's key, raw. */
  readonly key: string;
  /** The object's address without a signature, each segment of the key percent-encoded. */
  readonly location: string;
  /** Without quotes; absent where the storage hides it. */
  readonly etag?: string;
  /** The signer's sealed word for it, for the application behind the page. */
  readonly receipt?: string;
}

/** Without the members that are nobody's business outside. */
export const resultOf = ({ key, location, etag, receipt }: StoredFile): UploadResult => ({
  key,
  location,
  ...(etag && { etag }),
  ...(receipt && { receipt }),
});

/**
 * The state of one file: one status at a time, with just what belongs to it. `loaded` is in bytes of the file and never
 * goes back but by a fresh start, from `queued`.
 */
export type UploadState =
  /** Refused before anything was sent. */
  | { readonly status: 'rejected'; readonly error: UploadError }
  /** Is looked into, or made ready to be sent. */
  | { readonly status: 'preparing' }
  /** Waits for `upload()` (`no-auto`). */
  | { readonly status: 'ready' }
  /** Waits for a slot. */
  | { readonly status: 'queued'; readonly loaded: number }
  | { readonly status: 'signing'; readonly loaded: number }
  | { readonly status: 'uploading'; readonly loaded: number }
  /** All bytes are sent; the storage has not said yes yet. */
  | { readonly status: 'finishing'; readonly loaded: number }
  /** Goes on by itself: after a while, or once the network is back. */
  | {
      readonly status: 'waiting';
      readonly loaded: number;
      readonly reason: 'retry' | 'offline';
      /** How many tries have failed. */
      readonly attempt: number;
      readonly error: UploadError;
    }
  | { readonly status: 'paused'; readonly loaded: number; readonly error?: UploadError }
  | { readonly status: 'done'; readonly result: UploadResult }
  | { readonly status: 'failed'; readonly loaded: number; readonly error: UploadError }
  | { readonly status: 'canceled' };

export type UploadStatus = UploadState['status'];

/** What a file is, apart from how far it has come. Nothing is ever written onto the user's `File`. */
export interface FileInfo {
  readonly id: string;
  /** Absent for a file that is already stored, or that a reload has lost. */
  readonly file?: File;
  /** What was picked, where another file is sent in its place. */
  readonly picked?: File;
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Media type; `application/octet-stream` where nothing better is known. */
  readonly type: string;
  /** Path relative to the picked folder, `/` between segments. */
  readonly path?: string;
  /** What the page says of this one file, over what it says of all; for the signer. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Address of a picture, of a file that was stored before. */
  readonly picture?: string;
}

/** One file of the queue: frozen, and replaced, never changed. */
export type UploadItem = FileInfo & UploadState;

const NEXT: Record<UploadStatus, readonly UploadStatus[]> = {
  rejected: [],
  preparing: ['rejected', 'ready', 'canceled'],
  ready: ['queued', 'canceled'],
  queued: ['signing', 'paused', 'canceled', 'failed'],
  signing: ['uploading', 'waiting', 'paused', 'failed', 'canceled'],
  uploading: ['uploading', 'finishing', 'waiting', 'paused', 'failed', 'canceled', 'signing'],
  finishing: ['finishing', 'done', 'waiting', 'paused', 'failed', 'canceled', 'signing', 'uploading'],
  waiting: ['signing', 'uploading', 'finishing', 'waiting', 'paused', 'failed', 'canceled'],
  paused: ['queued', 'failed', 'canceled'],
  failed: ['queued', 'canceled'],
  canceled: ['preparing', 'queued'],
  done: [],
};

/**
 * The only way from one state to another.
 *
 * @throws {Error} when the state does not follow from the present one: a bug of the caller.
 */
export function transition(item: UploadItem, state: UploadState): UploadItem {
  if (!NEXT[item.status].includes(state.status)) {
    throw new Error(`Unexpected transition from ${item.status} to ${state.status}`);
  }
  const { id, file, picked, name, size, type, path, metadata } = item;
  const info = { id, file, ...(picked && { picked }), name, size, type, path, ...(metadata && { metadata }) };
  const next = { ...info, ...state };
  if ('loaded' in next && next.status !== 'queued') next.loaded = Math.max(next.loaded, loadedOf(item));
  return Object.freeze(next);
}

/** Bytes of the file that are on their way or stored. */
export function loadedOf(item: UploadItem): number {
  if (item.status === 'done') return item.size;
  return 'loaded' in item ? item.loaded : 0;
}

/** Whether its metadata may still change: nothing is signed of it, or what was is of no use. */
export const canSetMetadata = (item: UploadItem): boolean =>
  item.status === 'preparing' ||
  item.status === 'ready' ||
  item.status === 'canceled' ||
  (item.status === 'failed' && item.error.phase === 'sign');

/** Whether a slot is taken by it: it is being signed, sent, or tried again. */
export const isActive = ({ status }: UploadItem): boolean =>
  status === 'signing' || status === 'uploading' || status === 'finishing' || status === 'waiting';

/** Whether it is to be stored and is not yet: the queue has not come to rest while one is. */
export const isPending = (item: UploadItem): boolean =>
  item.status === 'preparing' || item.status === 'queued' || isActive(item);
