import type { UploadError } from './errors.ts';

/** A stored file. */
export interface UploadResult {
  /** The object's key, raw: not percent-encoded. */
  readonly key: string;
  /** The object's URL without a signature; each segment of the key is percent-encoded. */
  readonly location: string;
  /** The object's ETag without quotes. Absent where the bucket's CORS rule hides it. */
  readonly etag?: string;
  /** The signer's receipt, which the application's server verifies. Absent where the signer issues none. */
  readonly receipt?: string;
}

/**
 * The state of one file: exactly one status, with the members that belong to it. `loaded` is in bytes of the file, sent
 * or stored; it only grows, until the file starts again from `queued`.
 */
export type UploadState =
  /** Refused before anything was sent. */
  | { readonly status: 'rejected'; readonly error: UploadError }
  /** Being checked, or transformed, before it may be queued. */
  | { readonly status: 'preparing' }
  /** Waits for `start()`: the queue has the option `auto: false`, or its `gate` kept the file back. */
  | { readonly status: 'ready' }
  /** Waits for its turn. */
  | { readonly status: 'queued'; readonly loaded: number }
  /** Waits for a signature. */
  | { readonly status: 'signing'; readonly loaded: number }
  | { readonly status: 'uploading'; readonly loaded: number }
  /** All bytes are sent; the storage has not responded yet. */
  | {
      readonly status: 'finishing';
      readonly loaded: number;
      /** Whether the file is stored, and the signer is checking it, such as for viruses. Default false. */
      readonly checking?: true;
    }
  /** Continues by itself: after a delay, or once the network is online. */
  | {
      readonly status: 'waiting';
      readonly loaded: number;
      readonly reason: 'retry' | 'offline';
      /** Number of attempts that have failed. */
      readonly attempt: number;
      /** Milliseconds between the failed attempt and the next one; 0 while offline. */
      readonly delay: number;
      readonly error: UploadError;
    }
  /** Waits for `resume()`; with an error where that is why. */
  | { readonly status: 'paused'; readonly loaded: number; readonly error?: UploadError }
  | { readonly status: 'done'; readonly result: UploadResult }
  | { readonly status: 'failed'; readonly loaded: number; readonly error: UploadError }
  | { readonly status: 'canceled' };

/** The name of a state, without its members. */
export type UploadStatus = UploadState['status'];

/** A file, apart from its state. The queue writes nothing onto the visitor's `File`. */
export interface FileInfo {
  /** Unique in its queue. */
  readonly id: string;
  /** The file that is sent. Absent for a file that is stored already, and for one that a reload has lost. */
  readonly file?: File;
  /** The file that was picked, where another one is sent in its place. */
  readonly picked?: File;
  /** Name of the file that is sent, with its extension and without a path. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Media type, without parameters; `application/octet-stream` where nothing better is known. */
  readonly type: string;
  /** Path relative to the picked folder, with `/` between segments. Absent outside of folders. */
  readonly path?: string;
  /** Strings for the signer about this file, which override those for all files. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** URL of a picture of a file that was stored before. */
  readonly picture?: string;
}

/** One file of the queue. Frozen: a change makes another object. */
export type UploadItem = FileInfo & UploadState;

/** The statuses that a file may be added with. */
export type InitialState = Extract<UploadState, { status: 'rejected' | 'preparing' | 'ready' | 'paused' | 'done' }>;

/** The file that is sent, where it replaces the one that is known. */
export type SentFile = Partial<Pick<FileInfo, 'file' | 'picked' | 'name' | 'size' | 'type'>>;

/** A change of an item. */
export type ItemChange =
  /** The next state; for a file that is prepared, or that was lost and is found, also the file to send. */
  | (UploadState & SentFile)
  /** Other metadata, or none; the state stays. */
  | { readonly metadata: FileInfo['metadata'] };

/** The statuses that may follow each status. */
const SUCCESSORS: Record<UploadStatus, readonly UploadStatus[]> = {
  rejected: [],
  preparing: ['rejected', 'ready', 'canceled'],
  ready: ['queued', 'paused', 'canceled'],
  queued: ['signing', 'paused', 'canceled', 'failed'],
  signing: ['uploading', 'waiting', 'paused', 'failed', 'canceled'],
  uploading: ['uploading', 'finishing', 'waiting', 'paused', 'failed', 'canceled', 'signing'],
  finishing: ['finishing', 'done', 'waiting', 'paused', 'failed', 'canceled', 'signing', 'uploading'],
  waiting: ['signing', 'uploading', 'finishing', 'waiting', 'paused', 'failed', 'canceled'],
  paused: ['paused', 'queued', 'failed', 'canceled'],
  failed: ['queued', 'canceled'],
  canceled: ['preparing', 'queued'],
  done: [],
};

/** Whether the file is being signed, sent, or checked, or waits to be tried again. */
export const isActive = ({ status }: UploadItem): boolean =>
  status === 'signing' || status === 'uploading' || status === 'finishing' || status === 'waiting';

/** Whether the file is stored, and the signer is checking it. It takes no slot. */
export const isChecking = (item: UploadItem | undefined): boolean => item?.status === 'finishing' && !!item.checking;

/** Whether the queue works on the file without further commands. It is not at rest while it has such a file. */
export const isPending = (item: UploadItem): boolean =>
  item.status === 'preparing' || item.status === 'queued' || isActive(item);

/** Whether the queue works on the file, or has been paused. */
export const isInProgress = (item: UploadItem): boolean => item.status === 'paused' || isPending(item);

/** Whether the file is to be stored and is not yet, even if it waits for a command. These can be canceled. */
export const isUnfinished = (item: UploadItem): boolean => item.status === 'ready' || isInProgress(item);

/** Whether nothing more happens to the file unless the visitor changes their mind: it is stored, or will not be. */
export const isSettled = ({ status }: UploadItem): boolean =>
  status === 'done' || status === 'rejected' || status === 'canceled';

/** Whether the file's metadata may change: it is not signed yet, or its signature will not be used. */
export const canSetMetadata = (item: UploadItem): boolean =>
  item.status === 'preparing' ||
  item.status === 'ready' ||
  item.status === 'canceled' ||
  (item.status === 'failed' && item.error.phase === 'sign');

/** Bytes of the file that are sent or stored. */
export function loadedOf(item: UploadItem): number {
  if (item.status === 'done') return item.size;
  return 'loaded' in item ? item.loaded : 0;
}

/** A new item. */
export const createItem = (info: FileInfo, state: InitialState): UploadItem => Object.freeze({ ...info, ...state });

/**
 * The only way to change an item.
 *
 * @returns the changed item
 * @throws {Error} when the item's status does not allow the change
 */
export function transition(item: UploadItem, change: ItemChange): UploadItem {
  const { id, file, picked, name, size, type, path, metadata, status } = item;
  if ('metadata' in change) {
    if (!canSetMetadata(item)) {
      throw new Error(`The metadata of "${name}" cannot change any more: its upload has begun.`);
    }
    return Object.freeze({ ...item, ...change });
  }
  const canSetFile = status === 'preparing' || status === 'paused';
  if (!SUCCESSORS[status].includes(change.status) || (change.file && !canSetFile)) {
    throw new Error(`Unexpected transition from ${status} to ${change.status}`);
  }
  const next = { id, file, picked, name, size, type, path, metadata, ...change };
  if ('loaded' in next && next.status !== 'queued') next.loaded = Math.max(next.loaded, loadedOf(item));
  return Object.freeze(next);
}
