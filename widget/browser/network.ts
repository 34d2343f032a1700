import type { Network } from '../core/network.ts';

/** Milliseconds after which a hidden page that becomes visible again may have dead requests. */
const MIN_HIDDEN_MS = 30_000;

/**
 * The browser's network. Dispatches `wake` after each event that may leave open requests dead: the network is back, the page
 * comes from the back/forward cache, or it is visible again after a while.
 */
export class BrowserNetwork extends EventTarget implements Network {
  /** False when the browser is certainly offline. */
  get online(): boolean {
    return navigator.onLine;
  }

  /** Whether the page is hidden. */
  get hidden(): boolean {
    return document.hidden;
  }

  /**
   * Listens to `window` and `document`.
   *
   * @param signal removes the listeners
   */
  listen(signal?: AbortSignal): void {
    const wake = (): boolean => this.dispatchEvent(new Event('wake'));
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
  }
}

/**
 * Creates a {@link BrowserNetwork} that listens.
 *
 * @param signal removes its listeners
 */
export function browserNetwork(signal?: AbortSignal): Network {
  const network = new BrowserNetwork();
  network.listen(signal);
  return network;
}
