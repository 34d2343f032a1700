import type { html, nothing, render } from 'lit';

/** Of the copy of Lit that draws the tag: one of the chunk's own would be as large as the chunk. */
export interface Lit {
  readonly html: typeof html;
  readonly nothing: typeof nothing;
  readonly render: typeof render;
}
