import { PageDriver } from './driver.ts';
import type { Mount } from './uploader.ts';

declare global {
  interface Window {
    bench: PageDriver;
  }
}

/** Makes an uploader available to the benchmark, as `window.bench`. */
export const install = (mount: Mount): void => void (window.bench = new PageDriver(mount));
