import { css } from 'lit';

/** Styles of the element without files; `view/files.css.ts` has the rest. Colours follow the page's `color-scheme`. */
export const styles = css`
  :host {
    --_accent: var(--s3-uploader-accent, light-dark(#2f5bd8, #93b4ff));
    --_text: var(--s3-uploader-text, CanvasText);
    --_surface: var(--s3-uploader-surface, Canvas);
    --_muted: var(--s3-uploader-muted, color-mix(in srgb, var(--_text) 72%, Canvas));
    --_line: var(--s3-uploader-line, color-mix(in srgb, var(--_text) 20%, Canvas));
    --_danger: var(--s3-uploader-danger, light-dark(#b3261e, #ffb4ab));
    --_tint: color-mix(in srgb, var(--_accent) 10%, var(--_surface));
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
  .drop {
    display: grid;
    gap: 0.75em;
    place-items: center;
    padding: 1.75em 1em;
    text-align: center;
    background: var(--_surface);
    border: 2px dashed var(--_line);
    border-radius: var(--_radius);
  }
  .dragover {
    background: var(--_tint);
    border-color: var(--_accent);
  }
  .dragover * {
    pointer-events: none;
  }
  .secondary {
    display: inline-block;
    font-size: 0.875em;
    color: var(--_muted);
  }
  svg {
    inline-size: 2.25em;
    fill: none;
    stroke: var(--_accent);
    stroke-width: 1.75;
    stroke-linecap: round;
    stroke-linejoin: round;
  }
  button {
    min-block-size: 44px;
    padding: 0.5em 1.25em;
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
  .primary,
  .primary:hover {
    font-weight: 600;
    color: var(--s3-uploader-on-accent, light-dark(#fff, #0a1330));
    background: var(--_accent);
  }
  .primary:hover {
    filter: brightness(1.1);
  }
  :focus-visible {
    outline: 3px solid var(--_accent);
    outline-offset: 2px;
  }
  :disabled {
    opacity: 0.5;
    cursor: not-allowed;
  }
  .added {
    box-sizing: content-box;
    display: flex;
    min-block-size: calc(3.225em + 6px); /* name, status and progress bar of a row */
    gap: 0.75em;
    align-items: center;
    padding: var(--s3-uploader-padding, 0.5em);
    margin-block: calc(0.75em + 3px) 3px;
    font-weight: 600;
    background: var(--_surface);
    border: 1px solid var(--_line);
    border-radius: var(--_radius);
  }
  .added::before {
    flex: none;
    inline-size: var(--s3-uploader-thumbnail-size, 48px);
    block-size: var(--s3-uploader-thumbnail-size, 48px);
    background: var(--_tint);
    border-radius: calc(var(--_radius) * 0.6);
    content: '';
  }
  .problem:not(:empty) {
    margin-block-start: 0.5em;
    color: var(--_danger);
  }
  @media (forced-colors: active) {
    :host {
      --_muted: CanvasText;
      --_line: CanvasText;
    }
    svg {
      stroke: CanvasText;
    }
    .dragover {
      border: 2px solid Highlight;
    }
    :disabled {
      opacity: 1;
    }
  }
`;
