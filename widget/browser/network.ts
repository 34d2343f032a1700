import type { Network } from '../core/network.ts';

/** Milliseconds a page must have been hidden for its requests to be doubted when it is seen again. */
const HIDDEN = 30_000;

/** The browser's line: `navigator.onLine`, and every event after which requests in flight may be dead. */
export function browserNetwork(): Network {
  const network = new EventTarget();
  const wake = (): boolean => network.dispatchEvent(new Event('wake'));
  let hidden = Date.now();
  addEventListener('online', wake);
  addEventListener('pageshow', ({ persisted }) => persisted && wake());
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) hidden = Date.now();
    else if (Date.now() - hidden > HIDDEN) wake();
  });
  return Object.defineProperties(network, {
    online: { get: () => navigator.onLine },
    hidden: { get: () => document.hidden },
  }) as Network;
}
