import { css } from 'lit';

/** Styles of rows, bars and thumbnails. `element/styles.ts` has the custom properties. All properties are logical. */
export const filesCss = css`
  * {
    box-sizing: border-box;
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
  }
  ::-moz-progress-bar {
    background: var(--_accent);
    border-radius: 3px;
  }
  progress:indeterminate {
    background: linear-gradient(90deg, #0000, var(--_accent), #0000) 0 / 50% no-repeat var(--_line);
  }
  :indeterminate::-moz-progress-bar {
    background: none;
  }
  .total {
    display: flex;
    flex-wrap: wrap;
    gap: 0.5em;
    align-items: center;
    padding: 1em 3px 0;
  }
  .total > .details {
    flex: 1 1 12em;
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    gap: 0.5em;
  }
  .actions > button {
    flex: none;
    max-inline-size: 100%;
  }
  /* the view draws the first row before the element takes away the names of files that were added */
  .added:has(+ .files li) {
    display: none;
  }
  ul {
    position: relative;
    max-block-size: var(--s3-uploader-list-max-block-size, 32em);
    padding: 0;
    margin: 0.75em -3px 0;
    overflow: auto;
    list-style: none;
    overscroll-behavior: contain;
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
    padding: var(--s3-uploader-padding, 0.5em);
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
    color: var(--_muted);
    border-color: transparent;
  }
  li:focus-visible {
    outline: none;
  }
  li:focus-visible > .item {
    outline: 3px solid var(--_accent);
  }
  .item > button:focus-visible {
    outline-offset: -2px;
  }
  .item svg {
    flex: none;
    inline-size: 1.25em;
    stroke: currentColor;
    stroke-width: 2;
  }
  .thumbnail {
    display: grid;
    flex: none;
    place-items: center;
    inline-size: var(--s3-uploader-thumbnail-size, 48px);
    block-size: var(--s3-uploader-thumbnail-size, 48px);
    overflow: hidden;
    font-size: 0.7em;
    font-weight: 700;
    color: var(--_accent);
    text-transform: uppercase;
    background: var(--_tint);
    border-radius: calc(var(--_radius) * 0.6);
  }
  .thumbnail > * {
    grid-area: 1 / 1;
  }
  .thumbnail > :is(canvas, img) {
    inline-size: 100%;
    block-size: 100%;
    object-fit: cover;
  }
  .duration {
    align-self: end;
    justify-self: end;
    padding: 0 0.35em;
    margin: 0.3em;
    color: #fff;
    background: #000a;
    border-radius: 0.4em;
  }
  .details {
    display: grid;
    flex: 1;
    grid-template-columns: minmax(0, 1fr);
    gap: 0.3em;
  }
  .name {
    display: flex;
    inline-size: fit-content;
    max-inline-size: 100%;
    font-weight: 600;
    white-space: pre;
  }
  .name > :first-child {
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .status {
    display: flex;
    gap: 0.3em;
    align-items: center;
    font-size: 0.875em;
    font-variant-numeric: tabular-nums;
    color: var(--_muted);
  }
  .status > bdi {
    text-align: -webkit-match-parent;
    text-align: match-parent;
  }
  .status > bdi > span {
    display: inline-block;
  }
  .done .status svg {
    color: var(--s3-uploader-success, light-dark(#18703a, #7ddc9a));
  }
  .item:has(.fields) {
    flex-wrap: wrap;
  }
  .fields {
    flex: 1 0 100%;
    min-inline-size: 0;
    text-align: start;
  }
  .failed,
  .incomplete,
  .rejected {
    border-color: var(--_danger);
  }
  :is(.failed, .incomplete, .rejected) .status {
    color: var(--_danger);
  }
  .canceled .name {
    color: var(--_muted);
    text-decoration: line-through;
  }
  .announcement {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  @container (inline-size < 24em) {
    .actions > button {
      padding-inline: 0.9em;
    }
    .item {
      gap: 0.4em;
      padding-inline-end: 0;
    }
    .item > button + button {
      margin-inline-start: -0.6em;
    }
  }
  @media (prefers-reduced-motion: no-preference) {
    progress:indeterminate {
      animation: sweep 1.4s ease-in-out 0.4s infinite alternate;
    }
    @keyframes sweep {
      to {
        background-position-x: 100%;
      }
    }
  }
  @media (forced-colors: active) {
    .done .status svg {
      stroke: CanvasText;
    }
    .item > button {
      color: ButtonText;
    }
    .item > button:disabled {
      color: GrayText;
    }
    progress {
      background: Canvas;
      border: 1px solid CanvasText;
      forced-color-adjust: none;
    }
    progress:indeterminate {
      background: linear-gradient(90deg, Canvas, Highlight, Canvas) 0 / 50% no-repeat Canvas;
    }
    ::-webkit-progress-value {
      background: Highlight;
    }
    ::-moz-progress-bar {
      background: Highlight;
    }
  }
  @media (prefers-contrast: more) {
    :host {
      --_muted: CanvasText;
      --_line: CanvasText;
    }
  }
  @media print {
    :host(:not([layout='avatar'])) .drop,
    button {
      display: none !important;
    }
    ul {
      display: flex;
      flex-wrap: wrap;
      max-block-size: none;
      overflow: visible;
    }
    ul::after {
      content: none;
    }
    li {
      position: static;
      break-inside: avoid;
    }
  }
`;
