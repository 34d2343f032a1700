import { isActive, isPending, loadedOf, type UploadItem } from '../core/item.ts';
import { isRetryable } from '../core/events.ts';

/** What the whole queue has come to; derived, never counted along. */
export interface Summary {
  /** Files of the present run: those still to be stored, and those stored since the queue last came to rest. */
  readonly files: number;
  readonly done: number;
  readonly size: number;
  readonly loaded: number;
  readonly ready: number;
  readonly pending: number;
  /** Of the pending ones, those that a pause stops: one that is looked into is not. */
  readonly pausable: number;
  readonly active: number;
  readonly paused: number;
  readonly offline: number;
  /** Failed files for which another try can help. */
  readonly retryable: number;
  /** Files that count for a limit: all but the refused and the canceled. */
  readonly kept: number;
}

/** @param settled ids of the files that were stored before the present run. */
export function summarize(items: readonly UploadItem[], settled: ReadonlySet<string>): Summary {
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
    retryable: 0,
    kept: 0,
  };
  for (const item of items) {
    const { status, id, size } = item;
    if (status === 'rejected' || status === 'canceled') continue;
    sum.kept++;
    if (status === 'ready') sum.ready++;
    if (status === 'failed' && isRetryable(item.error)) sum.retryable++;
    if (status === 'paused') sum.paused++;
    if (status === 'waiting' && item.reason === 'offline') sum.offline++;
    if (isPending(item)) sum.pending++;
    if (isPending(item) && status !== 'preparing') sum.pausable++;
    if (isActive(item)) sum.active++;
    if (status === 'ready' || settled.has(id)) continue;
    sum.files++;
    sum.size += size;
    sum.loaded += loadedOf(item);
    if (status === 'done') sum.done++;
  }
  return sum;
}
