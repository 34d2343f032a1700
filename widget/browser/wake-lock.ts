import type { Uploader } from '../core/uploader.ts';
import { hasPendingFiles, observePendingFiles } from './pending-files.ts';

/** Options of {@link keepScreenAwake}. */
export interface WakeLockOptions {
  /** Returns whether the screen may be kept awake; called before each lock. Default: always true. */
  isAllowed?: () => boolean;
  /** Releases the lock, and requests no further one. Default: never. */
  signal?: AbortSignal;
}

/**
 * Keeps the screen awake, and with it the machine, while files are pending and the page is visible. A browser may deny the
 * lock, for example on low battery: then the screen turns off as usual.
 * https://developer.mozilla.org/docs/Web/API/Screen_Wake_Lock_API
 */
export function keepScreenAwake(queue: Uploader, { isAllowed = () => true, signal }: WakeLockOptions = {}): void {
  // each change waits for the previous one
  let lock: Promise<WakeLockSentinel | undefined> = Promise.resolve(undefined);
  const acquire = (): void => {
    lock = lock.then(async (held) => {
      // browsers release the lock when the page becomes hidden
      const isWanted = hasPendingFiles(queue) && !signal?.aborted && !document.hidden && isAllowed();
      if (held?.released === false || !isWanted) return held;
      return navigator.wakeLock?.request('screen').catch(() => undefined);
    });
  };
  const release = (): void => {
    lock = lock.then(async (held) => {
      await held?.release();
      return undefined;
    });
  };
  observePendingFiles(
    queue,
    (hasPending) => {
      if (hasPending) {
        document.addEventListener('visibilitychange', acquire);
        acquire();
      } else {
        document.removeEventListener('visibilitychange', acquire);
        release();
      }
    },
    signal,
  );
}
