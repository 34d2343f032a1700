import type { Network } from '../core/network.ts';

/** Milliseconds that a page must have been hidden for its open requests to be doubted when it is visible again. */
const MIN_HIDDEN_MS = 30_000;

/**
 * The browser's network. Dispatches `wake` after each event that may leave open requests dead: the network is back, the page
 * comes from the back/forward cache, or it is visible again after a while.
 *
 * @param signal removes the listeners on `window` and `document`
 */
export function browserNetwork(signal?: AbortSignal): Network {
  const network = new EventTarget();
  const wake = (): boolean => network.dispatchEvent(new Event('wake'));
  let hiddenSince = Date.now();
  addEventListener('online', wake, { signal });
  addEventListener('pageshow', ({ persisted }) => persisted && wake(), { signal });
  document.addEventListener(
    'visibilitychange',
    () => {
      if (document.hidden) hiddenSince = Date.now();
      else if (Date.now() - hiddenSince > MIN_HIDDEN_MS) wake();
    },
    { signal },
  );
  return Object.defineProperties(network, {
    online: { get: () => navigator.onLine },
    hidden: { get: () => document.hidden },
  }) as Network;
}
