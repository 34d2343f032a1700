import { css } from 'lit';

/** Colours follow the page: its text colour, its `color-scheme`; logical properties only. */
export const styles = css`
  :host {
    --_accent: var(--s3-uploader-accent, light-dark(#2f5bd8, #93b4ff));
    --_on-accent: var(--s3-uploader-on-accent, light-dark(#fff, #0a1330));
    --_danger: var(--s3-uploader-danger, light-dark(#b3261e, #ffb4ab));
    --_success: var(--s3-uploader-success, light-dark(#18703a, #7ddc9a));
    --_text: var(--s3-uploader-text, CanvasText);
    --_muted: var(--s3-uploader-muted, color-mix(in srgb, var(--_text) 72%, Canvas));
    --_line: var(--s3-uploader-line, color-mix(in srgb, var(--_text) 18%, transparent));
    --_surface: var(--s3-uploader-surface, Canvas);
    --_tint: color-mix(in srgb, var(--_accent) 9%, transparent);
    --_radius: var(--s3-uploader-radius, 12px);
    display: block;
    container-type: inline-size;
    color: var(--_text);
    line-height: 1.4;
    overflow-wrap: anywhere;
  }
  :host([hidden]),
  [hidden] {
    display: none;
  }
  * {
    box-sizing: border-box;
    margin: 0;
  }
  .drop {
    display: grid;
    justify-items: center;
    gap: 0.6em;
    padding: 1.75em 1em;
    text-align: center;
    background: var(--_surface);
    border: 2px dashed var(--_line);
    border-radius: var(--_radius);
    transition:
      border-color 0.15s,
      background 0.15s;
  }
  .drop > svg {
    inline-size: 2.25em;
    block-size: 2.25em;
    color: var(--_accent);
  }
  .over {
    border-color: var(--_accent);
    background: linear-gradient(var(--_tint), var(--_tint)) var(--_surface);
  }
  .pick {
    display: flex;
    flex-wrap: wrap;
    gap: 0.25em 0.75em;
    align-items: center;
    justify-content: center;
  }
  .muted,
  .status {
    font-size: 0.875em;
    color: var(--_muted);
  }
  svg {
    flex: none;
    inline-size: 1.25em;
    block-size: 1.25em;
    fill: none;
    stroke: currentColor;
    stroke-width: 2;
    stroke-linecap: round;
    stroke-linejoin: round;
  }
  button {
    min-block-size: 44px;
    padding: 0.5em 1.1em;
    font: inherit;
    color: inherit;
    background: none;
    border: 1px solid var(--_line);
    border-radius: calc(var(--_radius) * 0.75);
    cursor: pointer;
  }
  button:hover {
    background: var(--_tint);
  }
  .main {
    font-weight: 600;
    color: var(--_on-accent);
    background: var(--_accent);
    border-color: transparent;
  }
  .main:hover {
    background: color-mix(in srgb, var(--_accent) 88%, var(--_text));
  }
  :focus-visible {
    outline: 3px solid var(--_accent);
    outline-offset: 2px;
  }
  :disabled {
    opacity: 0.5;
    cursor: not-allowed;
  }
  progress {
    appearance: none;
    display: block;
    inline-size: 100%;
    block-size: 6px;
    overflow: hidden;
    color: var(--_accent);
    background: var(--_line);
    border: 0;
    border-radius: 3px;
  }
  ::-webkit-progress-bar {
    background: none;
  }
  ::-webkit-progress-value {
    background: var(--_accent);
    border-radius: 3px;
    transition: inline-size 0.2s;
  }
  ::-moz-progress-bar {
    background: var(--_accent);
    border-radius: 3px;
  }
  progress:indeterminate {
    background: linear-gradient(90deg, #0000, var(--_accent), #0000) 0 / 50% no-repeat var(--_line);
    animation: sweep 1.4s ease-in-out infinite alternate;
  }
  :indeterminate::-moz-progress-bar {
    background: none;
  }
  @keyframes sweep {
    to {
      background-position-x: 100%;
    }
  }
  .total {
    display: flex;
    flex-wrap: wrap;
    gap: 0.5em;
    align-items: center;
    padding-block-start: 1em;
  }
  .total > .about {
    flex: 1 1 12em;
  }
  ul {
    position: relative;
    max-block-size: var(--s3-uploader-list-max-block-size, 32em);
    padding: 0;
    margin-block-start: 0.75em;
    overflow: auto;
    list-style: none;
    overscroll-behavior: contain;
  }
  ul:empty {
    display: none;
  }
  ul::after {
    display: block;
    block-size: var(--_block-size);
    content: '';
  }
  li {
    position: absolute;
    padding: 3px;
  }
  .item {
    display: flex;
    gap: 0.75em;
    align-items: center;
    padding: 0.5em;
    background: var(--_surface);
    border: 1px solid var(--_line);
    border-radius: var(--_radius);
  }
  .item > button {
    display: grid;
    flex: none;
    place-items: center;
    inline-size: 44px;
    padding: 0;
    border: 0;
    color: var(--_muted);
  }
  .thumbnail {
    display: grid;
    flex: none;
    place-items: center;
    inline-size: 48px;
    block-size: 48px;
    overflow: hidden;
    font-size: 0.7em;
    font-weight: 700;
    color: var(--_accent);
    text-transform: uppercase;
    background: var(--_tint);
    border-radius: calc(var(--_radius) * 0.6);
  }
  .thumbnail > * {
    grid-area: 1/1;
  }
  canvas {
    inline-size: 100%;
    block-size: 100%;
    object-fit: cover;
  }
  .about {
    display: grid;
    flex: 1;
    gap: 0.3em;
    min-inline-size: 0;
  }
  .name {
    display: flex;
    inline-size: fit-content;
    max-inline-size: 100%;
    font-weight: 600;
    white-space: pre;
  }
  .name :first-child {
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .status {
    display: flex;
    flex-wrap: wrap;
    gap: 0 0.75em;
    font-variant-numeric: tabular-nums;
  }
  .status svg {
    margin-inline-end: -0.4em;
  }
  .done svg:first-child {
    color: var(--_success);
  }
  .failed,
  .rejected {
    border-color: var(--_danger);
  }
  :is(.failed, .rejected) .status,
  .problem {
    color: var(--_danger);
  }
  .canceled .name {
    text-decoration: line-through;
    opacity: 0.7;
  }
  .problem {
    padding-block: 0.5em;
  }
  .said {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  @container (inline-size < 24em) {
    .item {
      gap: 0.4em;
    }
    .drop {
      padding-block: 1.25em;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    * {
      transition: none !important;
      animation: none !important;
    }
  }
  @media (forced-colors: active) {
    .main,
    progress,
    .item {
      border: 1px solid;
    }
    ::-webkit-progress-value {
      background: Highlight;
      forced-color-adjust: none;
    }
    ::-moz-progress-bar {
      background: Highlight;
      forced-color-adjust: none;
    }
  }
`;
