import { html, type TemplateResult } from 'lit';

const PATHS = {
  upload: 'M12 16V4m-5 5 5-5 5 5M4 16v3a1 1 0 0 0 1 1h14a1 1 0 0 0 1-1v-3',
  close: 'm7 7 10 10M17 7 7 17',
  retry: 'M4 5v5h5M4.6 10A8 8 0 1 1 4 14',
  pause: 'M9 6v12M15 6v12',
  resume: 'm8 6 10 6-10 6z',
  done: 'm5 13 4 4L19 7',
  warn: 'M12 8v5m0 3.5v.1M12 3 2.5 20h19z',
};

export type Icon = keyof typeof PATHS;

export const icon = (name: Icon): TemplateResult =>
  html`<svg viewBox="0 0 24 24" aria-hidden="true"><path d=${PATHS[name]} /></svg>`;
