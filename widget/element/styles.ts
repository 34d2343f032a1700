import { css } from 'lit';

/**
 * Styles of the element without files; `view/files.css.ts` has the rest. The page need not have a `color-scheme`: the
 * background is the page's, texts and lines are mixed from its text colour, and the other colours have a contrast of 3:1 to
 * white and to #111.
 */
export const styles = css`
  :host {
    --_accent: var(--s3-uploader-accent, #3b6be0);
    --_surface: var(--s3-uploader-surface, transparent);
    --_muted: var(--s3-uploader-muted, color-mix(in srgb, currentColor 80%, transparent));
    --_line: var(--s3-uploader-line, color-mix(in srgb, currentColor 20%, transparent));
    --_danger: var(--s3-uploader-danger, color-mix(in srgb, currentColor 30%, #e5372e));
    --_tint: color-mix(in srgb, var(--_accent) 10%, var(--_surface));
    --_radius: var(--s3-uploader-radius, 12px);
    display: block;
    container-type: inline-size;
    color: var(--s3-uploader-text, inherit);
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
    place-content: center;
    box-sizing: border-box;
    min-block-size: 13em;
    padding: 1em;
    text-align: center;
    background: var(--_surface);
    border: 2px dashed var(--_line);
    border-radius: var(--_radius);
  }
  .small {
    display: flex;
    flex-wrap: wrap;
    place-content: start;
    min-block-size: 0;
    padding: 0.5em;
    text-align: start;
  }
  .small > svg {
    display: none;
  }
  .secondary {
    display: inline-block;
    min-block-size: 1.4em; /* of a hint that is not loaded yet */
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
  .primary {
    font-weight: 600;
    color: var(--s3-uploader-on-accent, #fff);
    background: var(--_accent);
  }
  :focus-visible {
    outline: 3px solid var(--_accent);
    outline-offset: 2px;
  }
  .drop:has(:disabled) {
    filter: opacity(0.7);
    cursor: not-allowed;
  }
  .added {
    padding-block: 1.8em; /* as high as the row that replaces it */
  }
  .problem:not(:empty) {
    margin-block-start: 0.5em;
    color: var(--_danger);
  }
  @media (prefers-contrast: more) {
    :host {
      --_muted: currentColor;
      --_line: currentColor;
    }
  }
  @media (forced-colors: active) {
    svg {
      stroke: CanvasText;
    }
    * {
      filter: none !important;
    }
  }
`;
