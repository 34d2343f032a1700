import { html, type TemplateResult } from 'lit';

/** SVG paths of icons, in a square of 24 units. */
const ICONS = {
  close: 'm7 7 10 10M17 7 7 17',
  retry: 'M4 5v5h5m-4 0a8 8 0 1 1-1 4',
  pause: 'M9 6v12m6-12v12',
  resume: 'm8 6 10 6-10 6z',
  filter: 'M4 7h16M7 12h10m-7 5h4',
  done: 'm5 13 4 4L19 7',
  warn: 'M12 8v5m0 3v.1M12 3 2.5 20h19z',
};

/** The name of an icon. */
export type IconName = keyof typeof ICONS;

/** An icon, which screen readers skip. */
export const icon = (name: IconName): TemplateResult =>
  html`<svg part="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${ICONS[name]} /></svg>`;
