import type { UploadError } from '../core/errors.ts';
import { isRetryable } from '../core/events.ts';
import { isActive, isChecking, isPending, loadedOf, type UploadItem } from '../core/item.ts';

/** A file that is tried again by itself. */
export type WaitingItem = UploadItem & { readonly status: 'waiting' };

/** The state of all files together, derived from the items. */
export interface Summary {
  /** Files of the present run: files that are not stored yet, and files stored since the queue was idle last. */
  readonly files: number;
  /** Files of the present run that are stored. */
  readonly done: number;
  /** Bytes of the present run. */
  readonly size: number;
  /** Bytes of the present run that are sent. */
  readonly loaded: number;
  /** Files that wait for `upload()`. */
  readonly ready: number;
  /** Files that the queue works on without a further command. */
  readonly pending: number;
  /** Pending files that can be paused: all except files that are being prepared. */
  readonly pausable: number;
  /** Files that are being signed or sent, or that wait for a retry. */
  readonly active: number;
  /** Files that wait for `resume()`. */
  readonly paused: number;
  /** Files that wait for the network. */
  readonly offline: number;
  /** Files that are stored and are being checked. */
  readonly checking: number;
  /** Failed files that another attempt may store. */
  readonly retryable: number;
  /** Files that count towards `max-files`: all except rejected and canceled ones. */
  readonly counted: number;
  /** Whether there are files that were not rejected. */
  readonly isFilled: boolean;
  /** Whether a file has an error that keeps it from being stored. */
  readonly hasErrors: boolean;
  /** Files that wait for a retry or for the network. */
  readonly waiting: readonly WaitingItem[];
}

/** Whether an error keeps the file from being stored; a waiting file is retried. */
export const hasError = (item: UploadItem): item is UploadItem & { readonly error: UploadError } =>
  item.status !== 'waiting' && 'error' in item && !!item.error;

/**
 * Summarizes the files in one pass: there may be a hundred thousand.
 *
 * @param storedBefore ids of the files that were stored before the present run
 */
export function summarize(items: readonly UploadItem[], storedBefore: ReadonlySet<string>): Summary {
  const sum = {
    files: 0,
    done: 0,
    size: 0,
    loaded: 0,
    ready: 0,
    pending: 0,
    pausable: 0,
    active: 0,
    paused: 0,
    offline: 0,
    checking: 0,
    retryable: 0,
    counted: 0,
    isFilled: false,
    hasErrors: false,
    waiting: [] as WaitingItem[],
  };
  for (const item of items) {
    const { status, id, size } = item;
    sum.hasErrors ||= hasError(item);
    if (status === 'rejected') continue;
    sum.isFilled = true;
    if (status === 'canceled') continue;
    sum.counted++;
    if (status === 'ready') sum.ready++;
    if (status === 'failed' && isRetryable(item.error)) sum.retryable++;
    if (status === 'paused') sum.paused++;
    if (status === 'waiting') {
      sum.waiting.push(item);
      if (item.reason === 'offline') sum.offline++;
    }
    if (isChecking(item)) sum.checking++;
    if (isPending(item)) {
      sum.pending++;
      if (status !== 'preparing') sum.pausable++;
    }
    if (isActive(item)) sum.active++;
    if (status === 'ready' || storedBefore.has(id)) continue;
    sum.files++;
    sum.size += size;
    sum.loaded += loadedOf(item);
    if (status === 'done') sum.done++;
  }
  return sum;
}
