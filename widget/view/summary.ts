import type { UploadError } from '../core/errors.ts';
import { isRetryable } from '../core/events.ts';
import { isActive, isChecking, isPending, loadedOf, type UploadItem } from '../core/item.ts';

/** A file that is tried again by itself. */
export type WaitingItem = UploadItem & { readonly status: 'waiting' };

/** The state of all files together, derived from the items. */
export interface Summary {
  /** Files of the present run: files that are not stored yet, and files stored since the queue was idle last. */
  readonly files: number;
  /** Files that are listed and were not canceled. */
  readonly listed: number;
  /** Bytes of the files that count towards `max-files`. */
  readonly totalSize: number;
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
  /** Files that are paused until the visitor signs in. */
  readonly signedOut: number;
  /** Files that wait for the network. */
  readonly offline: number;
  /** Files that are stored and are being checked. */
  readonly checking: number;
  /** Files that the visitor's page has stored, in all runs; without those that were stored before. */
  readonly uploaded: number;
  /** Files that were refused, or could not be stored, by an error that is not told once for all files. */
  readonly failed: number;
  /** Files among them that another attempt may store. */
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

/** Whether the file was refused, or could not be stored. */
export const hasFailed = (item: UploadItem): item is UploadItem & { readonly error: UploadError } =>
  item.status === 'failed' || item.status === 'rejected';

/**
 * Summarizes the files in one pass: there may be a hundred thousand.
 *
 * @param storedBefore ids of the files that were stored before the present run
 * @param isTold whether the element tells an error elsewhere, once for all files
 */
export function summarize(
  items: readonly UploadItem[],
  storedBefore: ReadonlySet<string>,
  isTold: (error: UploadError) => boolean = () => false,
): Summary {
  const sum = {
    files: 0,
    listed: 0,
    totalSize: 0,
    done: 0,
    size: 0,
    loaded: 0,
    ready: 0,
    pending: 0,
    pausable: 0,
    active: 0,
    paused: 0,
    signedOut: 0,
    offline: 0,
    checking: 0,
    uploaded: 0,
    failed: 0,
    retryable: 0,
    counted: 0,
    isFilled: false,
    hasErrors: false,
    waiting: [] as WaitingItem[],
  };
  for (const item of items) {
    const { status, id, size } = item;
    sum.hasErrors ||= hasError(item);
    if (status !== 'canceled') sum.listed++;
    const isOwnFailure = hasFailed(item) && !isTold(item.error);
    if (isOwnFailure) sum.failed++;
    if (status === 'rejected') continue;
    sum.isFilled = true;
    if (status === 'canceled') continue;
    sum.counted++;
    sum.totalSize += size;
    if (status === 'ready') sum.ready++;
    if (status === 'done' && item.file) sum.uploaded++;
    if (status === 'failed' && isOwnFailure && isRetryable(item.error)) sum.retryable++;
    if (status === 'paused') {
      sum.paused++;
      if (item.error?.code === 'auth-required') sum.signedOut++;
    }
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
