import { css } from 'lit';

/** Styles of all layouts except `list`, which is the default. */
const layoutsCss = css`
  :host([layout='grid']) .item {
    position: relative;
    display: grid;
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
    justify-items: center;
  }
  :host([layout='grid']) .item .status {
    display: block;
    min-block-size: 2.8em;
    text-wrap: balance;
  }
  :host([layout='grid']) .item .status > svg {
    margin-inline-end: 0.3em;
    vertical-align: -0.25em;
  }
  :host([layout='grid']) .item > .details:not(:has(progress)) > .name {
    margin-block-end: calc(6px + 0.3em);
  }
  :host([layout='grid']) .item > button {
    position: absolute;
    inset-block-start: 0.75em;
    inset-inline-end: 0.75em;
    color: var(--_text);
    background: color-mix(in srgb, var(--_surface) 88%, transparent);
    border-radius: 50%;
  }
  :host([layout='grid']) .item > button + button {
    margin: 0;
  }
  :host([layout='grid']) .item > button:has(+ button) {
    inset-inline: 0.75em auto;
  }

  :host([layout='compact']) {
    max-inline-size: 24em;
  }
  :host([layout='compact']) .drop {
    place-items: start;
    gap: 0.25em;
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
  :host([layout='compact']) .dragover {
    outline: 2px dashed var(--_accent);
    outline-offset: 4px;
  }
  :host([layout='compact']) .added {
    margin-block: 3px;
  }
  :host([layout='compact']) .added::before {
    inline-size: var(--s3-uploader-thumbnail-size, 36px);
    block-size: var(--s3-uploader-thumbnail-size, 36px);
    border-radius: 50%;
  }
  :host([layout='compact']) :is(.added, .item) {
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
  :host([layout='compact']) .details {
    gap: 0;
    padding-block: 0.25em;
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
    container-type: normal;
    inline-size: var(--s3-uploader-avatar-size, 9em);
  }
  :host([layout='avatar']) .drop {
    box-sizing: border-box;
    align-content: center;
    block-size: var(--s3-uploader-avatar-size, 9em);
    padding: 0;
    overflow: hidden;
    border-radius: 50%;
  }
  :host([layout='avatar']) .drop > svg,
  :host([layout='avatar']) [part='drop-label'],
  :host([layout='avatar']) [part='hint'] {
    display: none;
  }
  :host([layout='avatar']) .drop button {
    position: absolute;
    inset: 0 0 auto;
    z-index: 1;
    block-size: var(--s3-uploader-avatar-size, 9em);
    padding: 1em;
    outline-offset: -5px;
    color: var(--_accent);
    background: none;
    border-radius: 50%;
  }
  :host([layout='avatar']:state(filled)) .drop button:not(:focus-visible) {
    color: transparent;
    border-color: transparent;
    forced-color-adjust: none;
  }
  :host([layout='avatar']:state(filled)) .drop button:enabled:is(:hover, :focus-visible) {
    color: #fff;
    background: #0009;
  }
  :host([layout='avatar']) .rejected .thumbnail {
    display: none;
  }
  :host([layout='avatar']) ul {
    max-block-size: none;
    margin: 0;
    overflow: visible;
  }
  :host([layout='avatar']) ul,
  :host([layout='avatar']) li {
    position: static;
    padding: 0;
  }
  :host([layout='avatar']) ul::after {
    content: none;
  }
  :host([layout='avatar']) .item {
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
    border-radius: 50%;
  }
  :host([layout='avatar']) .status {
    justify-content: center;
  }
  :host([layout='avatar']) :is(.added, .name, .done .status) {
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
    color: var(--_text);
    background: var(--_surface);
    border-color: var(--_line);
    border-radius: 50%;
  }
  :host([layout='avatar']) .item > button + button {
    inset-block-start: calc(var(--s3-uploader-avatar-size, 9em) - 44px);
    margin: 0;
  }
`;

/** Gives a shadow root the styles of every layout except the default. */
export function adoptLayouts({ adoptedStyleSheets }: ShadowRoot): void {
  const sheet = layoutsCss.styleSheet!;
  if (!adoptedStyleSheets.includes(sheet)) adoptedStyleSheets.push(sheet);
}
