import { css } from 'lit';

/** Styles of rows, bars and thumbnails. `element/styles.ts` has the custom properties. All properties are logical. */
export const filesCss = css`
  * {
    box-sizing: border-box;
  }
  /* in this chunk, because a drag or a pointer over the element loads it */
  .dragover {
    background: var(--_tint);
    border-color: var(--_accent);
  }
  .dragover * {
    pointer-events: none;
  }
  button:not(.primary):enabled:hover {
    background: var(--_tint);
  }
  .primary:enabled:hover {
    filter: brightness(1.1);
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
  /* as high with buttons as without: no row moves when the last file is stored */
  .total {
    position: relative;
    display: flex;
    flex-wrap: wrap;
    gap: 0.25em 0.5em;
    align-items: center;
    min-block-size: 54px;
    padding-block-end: 10px;
    margin: 0.75em 3px 0;
  }
  /* without a primary button or a banner it stays one line: buttons come and go, and no row may move */
  .one-line,
  .one-line > .actions {
    flex-wrap: nowrap;
    min-inline-size: 0;
  }
  .one-line > .status {
    min-inline-size: 7em;
  }
  .total > .status {
    flex: 1 1 8em;
    align-items: center;
    min-block-size: 44px;
  }
  .total > progress {
    position: absolute;
    inset: auto 0 0;
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
  .one-line > .actions > button {
    flex: 0 1 auto;
    min-inline-size: 44px;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .actions svg {
    display: none;
    stroke: currentColor;
  }
  .small [part='hint']:empty {
    display: none;
  }
  /* the view draws the first row before the element takes away the names of files that were added */
  .added:has(+ .files li) {
    display: none;
  }
  ul {
    position: relative;
    max-block-size: var(--s3-uploader-list-max-block-size, 32em);
    padding: 0;
    margin: 0.5em -3px 0;
    overflow: auto;
    overflow-anchor: none; /* list.ts keeps the row under the pointer */
    list-style: none;
    overscroll-behavior: contain;
  }
  ul::after {
    display: block;
    block-size: var(--_block-size);
    content: '';
  }
  .more-below {
    mask-image: linear-gradient(#000 calc(100% - 2em), #0004);
  }
  .more-above {
    mask-image: linear-gradient(#0004, #000 2em);
  }
  .more-above.more-below {
    mask-image: linear-gradient(#0004, #000 2em calc(100% - 2em), #0004);
  }
  li {
    position: absolute;
    padding: 3px;
  }
  .item {
    position: relative;
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
  .files :disabled {
    filter: opacity(0.7);
    cursor: not-allowed;
  }
  .item > :disabled {
    filter: opacity(0.4);
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
    grid-template: 100% / 100%; /* a tall picture must not make the row taller */
    place-items: center;
    inline-size: var(--s3-uploader-thumbnail-size, 48px);
    block-size: var(--s3-uploader-thumbnail-size, 48px);
    overflow: hidden;
    font-size: 0.7em;
    font-weight: 700;
    color: color-mix(in srgb, var(--_accent), currentColor);
    text-transform: uppercase;
    background: var(--_tint);
    border-radius: calc(var(--_radius) * 0.6);
  }
  .thumbnail > * {
    grid-area: 1 / 1;
  }
  /* along the lower edge: nothing moves when it comes or goes */
  .item > progress {
    position: absolute;
    inset: auto calc(var(--_radius) * 0.6) 0;
    inline-size: auto;
    block-size: 4px;
  }
  .details {
    display: grid;
    flex: 1;
    grid-template-columns: minmax(0, 1fr);
    gap: 0.2em;
  }
  .name {
    inline-size: fit-content;
    max-inline-size: 100%;
    font-weight: 600;
  }
  .name > [aria-hidden] {
    display: flex;
    white-space: pre;
  }
  .name bdi:first-child {
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .status {
    display: flex;
    gap: 0.3em;
    font-size: 0.875em;
    font-variant-numeric: tabular-nums;
    color: var(--_muted);
  }
  .status > svg {
    align-self: start;
    block-size: 1lh; /* centred in the first line */
  }
  .status > bdi {
    text-align: -webkit-match-parent;
    text-align: match-parent;
  }
  .status > bdi > span {
    display: inline-block;
  }
  /* parts that do not fit are left out: a row keeps its height until its file is stored */
  .total > .status > bdi,
  .fixed-height > .details > .status > bdi {
    max-block-size: calc(1.4em * var(--_lines, 1));
    overflow: hidden;
  }
  .total {
    --_lines: 2;
  }
  .done .status svg {
    color: var(--s3-uploader-success, #1c8f4c);
  }
  .item:has(.fields) {
    flex-wrap: wrap;
  }
  .fields {
    flex: 1 0 100%;
    order: 1; /* after a status that has a row of its own */
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
  .unseen {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  @container (inline-size < 28em) {
    .actions > button {
      padding-inline: 0.9em;
    }
    .actions > .shrinks-to-icon {
      display: grid;
      place-items: center;
      inline-size: 44px;
      padding: 0;
    }
    .shrinks-to-icon > svg {
      display: block;
      inline-size: 1.25em;
    }
    .shrinks-to-icon > span {
      display: none;
    }
  }
  @container (inline-size < 20em) {
    .actions > .shrinks-last {
      display: grid;
      place-items: center;
      inline-size: 44px;
      padding: 0;
    }
    .shrinks-last > svg {
      display: block;
      inline-size: 1.25em;
    }
    .shrinks-last > span {
      display: none;
    }
  }
  @container (inline-size < 40em) {
    .actions > .needs-room {
      display: none;
    }
  }
  @container (inline-size < 24em) {
    .item {
      gap: 0.4em;
      padding-inline-end: 0;
    }
    .item > button + button {
      margin-inline-start: -0.6em;
    }
  }
  /* too narrow for a sentence between picture and buttons */
  @container (inline-size < 26em) {
    :is(.failed, .incomplete, .rejected) {
      flex-wrap: wrap;
    }
    :is(.failed, .incomplete, .rejected) > .details {
      display: contents;
    }
    :is(.failed, .incomplete, .rejected) .name {
      flex: 1;
      min-inline-size: 0;
    }
    :is(.failed, .incomplete, .rejected) .status {
      flex: 1 0 100%;
      order: 1;
      padding-inline-end: 0.5em;
    }
  }
  /* too narrow for any status there */
  @container (inline-size < 16em) {
    .one-line,
    .one-line > .actions {
      flex-wrap: wrap;
    }
    .item {
      flex-wrap: wrap;
    }
    .details {
      display: contents;
    }
    .name {
      flex: 1;
      min-inline-size: 0;
    }
    .item .status {
      flex: 1 0 100%;
      order: 1;
    }
  }
  @media (prefers-reduced-motion: no-preference) {
    .new > .item {
      animation: enter 0.2s ease-out;
    }
    .stored > .done > .details svg {
      animation: draw 0.3s ease-out;
    }
    @keyframes enter {
      /* no opacity: a text that fades in has too little contrast meanwhile */
      from {
        transform: translateY(-0.5em);
      }
    }
    @keyframes draw {
      from {
        transform: scale(0.3) rotate(-30deg);
      }
    }
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
    .dragover {
      border: 2px solid Highlight;
    }
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
