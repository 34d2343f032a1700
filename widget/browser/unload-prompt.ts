import type { Uploader } from '../core/uploader.ts';
import { hasPendingFiles, observePendingFiles } from './pending-files.ts';

/**
 * Makes the browser ask before the visitor leaves the page while files are pending. At other times there is no listener,
 * because a listener for `beforeunload` keeps a page out of the back/forward cache.
 * https://developer.mozilla.org/docs/Web/API/Window/beforeunload_event
 *
 * @param signal removes the prompt
 */
export function promptBeforeUnload(queue: Uploader, signal?: AbortSignal): void {
  const prompt = (event: Event): void => {
    // the queue may have finished since the last check
    if (hasPendingFiles(queue)) event.preventDefault();
  };
  observePendingFiles(
    queue,
    (hasPending) => {
      if (hasPending) addEventListener('beforeunload', prompt);
      else removeEventListener('beforeunload', prompt);
    },
    signal,
  );
}
