import { css } from 'lit';
import { cameraIcon } from './camera-icon.ts';

/** Styles of all layouts except `list`, which is the default. */
const layoutsCss = css`
  :host(:is([layout='grid'], [layout='avatar'])) .item > progress {
    inline-size: 1px;
    block-size: 1px;
    clip-path: inset(50%);
  }
  .item > .ring {
    position: absolute;
    inset: calc(var(--s3-uploader-padding, 0.5em) + 2.25em) 0 auto;
    inline-size: 3.5em;
    margin-inline: auto;
    stroke: #fff5;
    stroke-width: 3;
    background: #000b;
    border-radius: 50%;
    transform: rotate(-90deg);
  }
  .item > .ring > :last-child {
    stroke: #fff;
  }
  @media (prefers-reduced-motion: no-preference) {
    .item > .ring.indeterminate {
      animation: turn 1.2s linear infinite;
    }
    @keyframes turn {
      to {
        transform: rotate(270deg);
      }
    }
  }

  :host([layout='grid']) .item {
    display: grid;
    align-content: start;
    block-size: 100%;
    gap: 0.5em;
    padding: var(--s3-uploader-padding, 0.5em);
    text-align: center;
  }
  :host([layout='grid']) .thumbnail {
    inline-size: 100%;
    block-size: 8em;
    font-size: 1em;
  }
  :host([layout='grid']) .item > .details {
    display: grid;
    justify-items: center;
  }
  :host([layout='grid']) .item .status {
    inline-size: 100%; /* a box that its text cannot move */
    min-block-size: 2.8em;
  }
  :host([layout='grid']) .fixed-height .status {
    max-block-size: 2.8em;
    overflow: hidden;
  }
  :host([layout='grid']) .item > button {
    position: absolute;
    inset-block-start: 0.75em;
    inset-inline-end: 0.75em;
  }
  :host([layout='grid']) .item > button + button {
    margin: 0;
  }
  :host([layout='grid']) .item > button:has(+ button) {
    inset-inline: 0.75em auto;
  }

  /* centred text, whose first word stays beside the icon */
  :host(:is([layout='grid'], [layout='avatar'])) .item .status {
    display: block;
    padding: 0;
    white-space: nowrap;
  }
  :host(:is([layout='grid'], [layout='avatar'])) .item .status > svg {
    margin-inline-end: 0.3em;
    vertical-align: top;
  }
  :host(:is([layout='grid'], [layout='avatar'])) .status > bdi {
    white-space: normal;
    text-wrap: balance;
  }
  :host(:is([layout='grid'], [layout='avatar'])) .status > bdi > :only-child {
    display: inline;
  }
  /* over pictures, in colours that no page changes: a dark disc, smaller than the button */
  :host(:is([layout='grid'], [layout='avatar'])) .item > button {
    padding: 5px;
    color: #fff;
    background: #000b content-box;
    border-radius: 50%;
  }
  :host(:is([layout='grid'], [layout='avatar'])) .item > button:enabled:hover {
    background: #000 content-box;
  }

  :host([layout='compact']) {
    max-inline-size: 24em;
  }
  :host([layout='compact']) .drop {
    display: grid;
    place-content: start;
    place-items: start;
    gap: 0.25em;
    min-block-size: 0;
    padding: 0;
    background: none;
    border-color: transparent;
    border-width: 0;
    text-align: start;
  }
  :host([layout='compact']) .drop > svg,
  :host([layout='compact']) [part='drop-label'],
  :host([layout='compact']:state(full)) .drop {
    display: none;
  }
  :host([layout='compact']:not([accept])) [part='hint']:empty {
    display: none;
  }
  :host([layout='compact']) .dragover {
    outline: 2px dashed var(--_accent);
    outline-offset: 4px;
  }
  :host([layout='compact']) .added {
    padding-block: 0.8em;
  }
  :host([layout='compact']) .item {
    padding: 0;
    padding-inline-start: 0.35em;
    border-radius: 2em;
  }
  :host([layout='compact']) .item:has(.fields) {
    padding: 0.35em;
    border-radius: var(--_radius);
  }
  :host([layout='compact']) .thumbnail {
    inline-size: var(--s3-uploader-thumbnail-size, 36px);
    block-size: var(--s3-uploader-thumbnail-size, 36px);
    font-size: 0.55em;
    border-radius: 50%;
  }
  :host([layout='compact']) .item > button {
    border-radius: 50%;
  }
  :host([layout='compact']) .item > progress {
    inset-inline: 1.5em;
    block-size: 3px;
  }
  :host([layout='compact']) .details {
    gap: 0;
    padding-block: 0.25em;
  }
  @container (inline-size < 26em) {
    :host([layout='compact']) :is(.failed, .incomplete, .rejected) .status {
      padding: 0 1em 0.5em;
    }
  }
  :host([layout='compact']) ul {
    margin-block-start: 0;
  }
  :host([layout='compact']) .total {
    padding-block-end: 0.5em;
  }

  :host([layout='avatar']) {
    position: relative;
    display: inline-block;
    vertical-align: top;
    container-type: normal;
    inline-size: var(--s3-uploader-avatar-size, 9em);
  }
  :host([layout='avatar']) .drop {
    display: grid;
    box-sizing: border-box;
    place-content: center;
    place-items: center;
    block-size: var(--s3-uploader-avatar-size, 9em);
    min-block-size: 0;
    padding: 0;
    overflow: hidden;
    border-radius: 50%;
  }
  :host(:not([layout='avatar'])) .camera,
  :host([layout='avatar']) .drop > svg:not(.camera),
  :host([layout='avatar']) [part='drop-label'],
  :host([layout='avatar']) [part='hint'] {
    display: none;
  }
  :host([layout='avatar']) .drop button {
    position: absolute;
    inset: 0 0 auto;
    z-index: 1;
    block-size: var(--s3-uploader-avatar-size, 9em);
    padding: 3.5em 1em 1em;
    outline-offset: -5px;
    color: inherit;
    background: none;
    border: 0;
    border-radius: 50%;
  }
  :host([layout='avatar']) .camera {
    margin-block-end: 3em;
    pointer-events: none;
  }
  :host([layout='avatar']:state(filled)) .camera {
    display: none;
  }
  :host([layout='avatar']:state(filled)) .drop button {
    padding: 1em;
  }
  :host([layout='avatar']:state(filled)) .drop button:not(:focus-visible) {
    color: transparent;
    forced-color-adjust: none;
  }
  :host([layout='avatar']:state(filled)) .drop button:enabled:is(:hover, :focus-visible) {
    color: #fff;
    background: #0009;
  }
  @media (hover: none) {
    :host([layout='avatar']:state(filled)) .camera {
      position: absolute;
      inset-block-start: calc(var(--s3-uploader-avatar-size, 9em) - 2.4em);
      inset-inline-start: calc(50% - 1em);
      z-index: 1;
      display: block;
      box-sizing: border-box;
      inline-size: 2em;
      padding: 0.35em;
      margin: 0;
      stroke: #fff;
      background: #000b;
      border-radius: 50%;
    }
  }
  @media (forced-colors: active) {
    :host([layout='avatar']:state(filled)) .camera {
      stroke: CanvasText;
      background: Canvas;
    }
  }
  :host([layout='avatar']) .one-line,
  :host([layout='avatar']) .actions {
    flex-wrap: wrap;
  }
  :host([layout='avatar']) .actions > button {
    white-space: normal;
  }
  :host([layout='avatar']) .rejected .thumbnail {
    display: none;
  }
  :host([layout='avatar']) ul {
    max-block-size: none;
    margin: 0;
    overflow: visible;
    mask: none; /* it would cut off the picture, which is above the list's box */
  }
  :host([layout='avatar']) ul,
  :host([layout='avatar']) li {
    position: static;
    padding: 0;
  }
  :host([layout='avatar']) ul::after {
    content: none;
  }
  :host([layout='avatar']) .item > .ring {
    inset: 0 0 auto;
    inline-size: 100%;
    stroke: var(--_line);
    stroke-width: 1.5;
    background: none;
  }
  :host([layout='avatar']) .item > .ring > :last-child {
    stroke: var(--_accent);
  }
  :host([layout='avatar']) .item {
    position: static;
    display: block;
    padding: 0.5em 0 0;
    text-align: center;
    background: none;
    border: 0;
  }
  :host([layout='avatar']) .thumbnail {
    position: absolute;
    inset: 0 0 auto;
    inline-size: 100%;
    block-size: var(--s3-uploader-avatar-size, 9em);
    font-size: 1em;
    pointer-events: none;
    border-radius: 50%;
  }
  :host([layout='avatar']) :is(.added, .item:not(.rejected) .name, .done .status) {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    margin: 0;
    clip-path: inset(50%);
  }
  :host([layout='avatar']) .item > button {
    position: absolute;
    inset-block-start: 0;
    inset-inline-end: 0;
    z-index: 2;
    display: grid;
  }
  :host([layout='avatar']) .item > button + button {
    inset-block-start: calc(var(--s3-uploader-avatar-size, 9em) - 44px);
    margin: 0;
  }

  @media (forced-colors: active) {
    .item > .ring,
    :host([layout='avatar']) .item > .ring {
      stroke: CanvasText;
      background: Canvas;
    }
    .item > .ring > :last-child,
    :host([layout='avatar']) .item > .ring > :last-child {
      stroke: Highlight;
    }
  }
`;

/** Gives an element the styles of every layout except the default. It may not have been rendered yet. */
export function adoptStyles({ shadowRoot }: HTMLElement): void {
  const sheet = layoutsCss.styleSheet!;
  if (!shadowRoot!.adoptedStyleSheets.includes(sheet)) shadowRoot!.adoptedStyleSheets.push(sheet);
}

/**
 * Gives an element the styles of every layout except the default, and the icon of the avatar once it has been rendered.
 *
 * @param files has the element's files, if they are shown
 */
export async function adoptLayouts(
  host: HTMLElement & { readonly updateComplete: Promise<unknown> },
  files: { readonly session?: { readonly view: { redraw(): void; update(): void } } },
): Promise<void> {
  const root = host.shadowRoot!;
  adoptStyles(host);
  await host.updateComplete;
  if (!root.querySelector('.camera')) root.querySelector('.drop')!.prepend(cameraIcon());
  files.session?.view.redraw();
  // at once: a button that the layout hides loses its focus before the next draw
  files.session?.view.update();
}
