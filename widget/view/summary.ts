import { isActive, isChecking, isPending, loadedOf, type UploadItem } from '../core/item.ts';
import { isRetryable } from '../core/events.ts';

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
}

/**
 * Summarizes the files.
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
  };
  for (const item of items) {
    const { status, id, size } = item;
    if (status === 'rejected' || status === 'canceled') continue;
    sum.counted++;
    if (status === 'ready') sum.ready++;
    if (status === 'failed' && isRetryable(item.error)) sum.retryable++;
    if (status === 'paused') sum.paused++;
    if (status === 'waiting' && item.reason === 'offline') sum.offline++;
    if (isChecking(item)) sum.checking++;
    if (isPending(item)) sum.pending++;
    if (isPending(item) && status !== 'preparing') sum.pausable++;
    if (isActive(item)) sum.active++;
    if (status === 'ready' || storedBefore.has(id)) continue;
    sum.files++;
    sum.size += size;
    sum.loaded += loadedOf(item);
    if (status === 'done') sum.done++;
  }
  return sum;
}
