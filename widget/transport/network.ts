import type { Network } from '../core/network.ts';

/** The browser's line: `navigator.onLine` and its events. */
export function browserNetwork(): Network {
  const network = new EventTarget();
  const wake = (): boolean => network.dispatchEvent(new Event('wake'));
  addEventListener('online', wake);
  return Object.defineProperty(network, 'online', { get: () => navigator.onLine }) as Network;
}
