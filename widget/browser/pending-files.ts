import { isPending } from '../core/item.ts';
import type { Uploader } from '../core/uploader.ts';

/** Milliseconds between two checks of the queue: ten thousand files change it far more often. */
const CHECK_INTERVAL_MS = 200;

/** Whether the queue has files that it uploads without a further command. A paused or failed file needs one. */
export const hasPendingFiles = ({ items }: Uploader): boolean => items.some(isPending);

/**
 * Calls `onChange` when the queue gets pending files, and at most 200 ms after it has none any more.
 *
 * @param signal ends the observation, with a last call if files are pending
 */
export function observePendingFiles(
  queue: Uploader,
  onChange: (hasPending: boolean) => void,
  signal?: AbortSignal,
): void {
  let wasPending = false;
  const check = (): void => {
    const isPending = !signal?.aborted && hasPendingFiles(queue);
    if (isPending !== wasPending) onChange((wasPending = isPending));
  };
  const checkNext = (): void => {
    check();
    // It ignores updates until the next check: each file causes five.
    if (!signal?.aborted) queue.addEventListener('update', onUpdate, { once: true });
  };
  const onUpdate = (): void => {
    check();
    setTimeout(checkNext, CHECK_INTERVAL_MS);
  };
  signal?.addEventListener('abort', () => {
    queue.removeEventListener('update', onUpdate);
    check();
  });
  checkNext();
}
