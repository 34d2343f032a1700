/** Calls back once the page has loaded and has nothing else to do. Safari has no `requestIdleCallback`. */
export function whenIdle(callback: () => void): void {
  const wait = (): unknown => (globalThis.requestIdleCallback ?? setTimeout)(callback);
  if (document.readyState === 'complete') wait();
  else addEventListener('load', wait, { once: true });
}
