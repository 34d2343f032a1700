import { isPending } from '../core/item.ts';
import type { Uploader } from '../core/uploader.ts';

/** Milliseconds between two looks through the queue: ten thousand files change ten times as often, and more. */
const REST = 200;

/**
 * While files are under way: asks before the page is left, and keeps the screen, and with it the machine, awake while
 * the page is seen. Nothing is listened to at other times, as a page that asks is kept out of the back/forward cache.
 *
 * @param mayWake whether the screen may be kept awake
 */
export function watchPage(queue: Uploader, mayWake: () => boolean): void {
  let busy: AbortController | undefined;
  const isUnderWay = (): boolean => queue.items.some(isPending);
  /** Each wish waits for the one before. */
  let lock: Promise<WakeLockSentinel | undefined> = Promise.resolve(undefined);
  const wake = (): void => {
    lock = lock.then(async (held) => {
      // browsers release it when the page is hidden
      if (held?.released === false || !isUnderWay() || document.hidden || !mayWake()) return held;
      return navigator.wakeLock?.request('screen').catch(() => undefined);
    });
  };
  const sleep = (): void => {
    lock = lock.then(async (held) => void (await held?.release()));
  };
  // it may have come to rest since the last look
  const ask = (event: BeforeUnloadEvent): void => {
    if (isUnderWay()) event.preventDefault();
  };
  const look = (): void => {
    const isBusy = isUnderWay();
    if (isBusy === !!busy) return;
    busy?.abort();
    busy = undefined;
    if (isBusy) {
      const { signal } = (busy = new AbortController());
      addEventListener('beforeunload', ask, { signal });
      document.addEventListener('visibilitychange', wake, { signal });
      wake();
    } else sleep();
  };
  queue.addEventListener('upload-complete', look);
  let isResting = false;
  queue.addEventListener('update', () => {
    if (isResting) return;
    look();
    isResting = true;
    setTimeout(() => {
      isResting = false;
      look();
    }, REST);
  });
}
