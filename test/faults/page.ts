import type { Engine } from './row.ts';

/** The browser that the page runs in. */
export const engine: Engine = /Firefox\//.test(navigator.userAgent)
  ? 'Firefox'
  : /Chrome\//.test(navigator.userAgent)
    ? 'Chromium'
    : 'WebKitGTK';
