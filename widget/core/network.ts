/**
 * What is known of the line. Dispatches `wake` when waits should end and requests in flight may be dead: the line is
 * back, or the machine has slept.
 */
export interface Network extends EventTarget {
  /** False is certain, true proves nothing. */
  readonly online: boolean;
  /** Whether the page is not seen: browsers let its timers run once a minute only. */
  readonly hidden?: boolean;
}

/** A line that is always there, for places without `navigator`. */
export const steadyNetwork = (): Network => Object.assign(new EventTarget(), { online: true });

/** Resolves once the line is back. */
export async function untilOnline(network: Network, signal: AbortSignal): Promise<void> {
  while (!network.online) await delay(PROBE_INTERVAL_MS, signal, network);
}

/** Milliseconds between two looks at a line that is down, should its event be lost. */
export const PROBE_INTERVAL_MS = 20_000;

/** Milliseconds between two looks at the clock. */
const TICK = 1_000;

/**
 * Waits, unless woken or aborted. By the clocks, not by one long timer: that would stand still while the machine sleeps.
 *
 * @param ms milliseconds
 * @param wake a target whose `wake` event ends the wait early
 * @throws the signal's reason
 */
export function delay(ms: number, signal: AbortSignal, wake?: EventTarget): Promise<void> {
  const [wall, steady] = [Date.now() + ms, performance.now() + ms];
  let timer: ReturnType<typeof setTimeout>;
  let end: () => void;
  return abortable<void>(signal, (resolve) => {
    const look = (): void => {
      const rest = Math.min(wall - Date.now(), steady - performance.now());
      if (rest <= 0) resolve();
      else timer = setTimeout(look, Math.min(rest, TICK));
    };
    look();
    wake?.addEventListener('wake', (end = () => resolve()));
  }).finally(() => {
    clearTimeout(timer);
    wake?.removeEventListener('wake', end);
  });
}

/** A promise that the signal rejects with its reason. */
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
