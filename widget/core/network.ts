import { deadline } from './deadline.ts';

/**
 * The browser's knowledge of its network connection. Dispatches `wake` when waits should end early and requests in flight may
 * be dead: the connection is back, or the machine has slept.
 */
export interface Network extends EventTarget {
  /** A hint, as of `navigator.onLine`: false is wrong in some browsers and with some VPNs, true proves nothing. */
  readonly online: boolean;
  /** Whether the page is hidden: browsers then run its timers as rarely as once a minute. Default false. */
  readonly hidden?: boolean;
}

/** A network that is always online, for places without `navigator`. */
export const steadyNetwork = (): Network => Object.assign(new EventTarget(), { online: true });

/** Milliseconds between two requests of a queue whose storage is in trouble, or whose network is said to be offline. */
export const PROBE_INTERVAL_MS = 20_000;
/** Milliseconds of the longest wait of an offline network. */
const MAX_OFFLINE_WAIT_MS = 60_000;

/**
 * Resolves once the network is online, or when it is time to try whether it is: after 20 seconds, and then less often.
 *
 * @param attempts how often that was tried in vain
 * @throws the signal's reason when aborted
 */
export async function untilOnline(network: Network, signal: AbortSignal, attempts: number): Promise<void> {
  const timeLeft = deadline(Math.min((attempts + 1) * PROBE_INTERVAL_MS, MAX_OFFLINE_WAIT_MS));
  while (!network.online && timeLeft() > 0) await delay(timeLeft(), signal, network);
}

/** Milliseconds between two checks of the clocks during a {@link delay}. */
const TICK_MS = 1_000;

/**
 * Waits. Checks the clocks once a second instead of setting one long timer, which would stand still while the machine
 * sleeps.
 *
 * @param ms milliseconds
 * @param wakers targets whose `wake` event ends the wait early
 * @throws the signal's reason when aborted
 */
export function delay(ms: number, signal: AbortSignal, ...wakers: readonly EventTarget[]): Promise<void> {
  const timeLeft = deadline(ms);
  let timer: ReturnType<typeof setTimeout>;
  let end: () => void;
  return abortable<void>(signal, (resolve) => {
    const tick = (): void => {
      const rest = timeLeft();
      if (rest > 0) timer = setTimeout(tick, Math.min(rest, TICK_MS));
      else resolve();
    };
    tick();
    end = () => resolve();
    for (const waker of wakers) waker.addEventListener('wake', end);
  }).finally(() => {
    clearTimeout(timer);
    for (const waker of wakers) waker.removeEventListener('wake', end);
  });
}

/** A promise that rejects with the signal's reason when aborted. Its listener is removed once it resolves. */
export function abortable<T>(signal: AbortSignal, start: (resolve: (value: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', abort);
    start((value) => {
      signal.removeEventListener('abort', abort);
      resolve(value);
    });
  });
}
