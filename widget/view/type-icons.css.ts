import { css } from 'lit';

/**
 * Styles of the icons of files. Each colour has a contrast of 3 to 1 against the tile, on a white page and on one of #111. The
 * tile is a container: a small one has room for the icon only.
 */
export const typeIconsCss = css`
  .thumbnail:not(:has(> .picture)) {
    container: tile / size;
  }
  .type {
    display: grid;
    justify-items: center;
    font-size: 0.8em;
    line-height: 1.2;
  }
  .type > svg {
    inline-size: clamp(20px, 54cqmin, 56px);
    fill: color-mix(in srgb, currentColor 16%, transparent);
    stroke-width: 1.5;
  }
  @container tile (block-size < 44px) {
    .type > span {
      display: none;
    }
  }
  .document > svg {
    color: #3b6be0;
  }
  .pdf > svg {
    color: #e04336;
  }
  .sheet > svg {
    color: #1c8f4c;
  }
  .slides > svg {
    color: #cc6a12;
  }
  .archive > svg {
    color: #9a7a10;
  }
  .code > svg {
    color: #6a70d8;
  }
  :is(.text, .font, .other) > svg {
    color: #74808f;
  }
  .audio > svg {
    color: #cc4aa0;
  }
  .film > svg {
    color: #8a5fe0;
  }
  .model > svg {
    color: #b56a48;
  }
  .image > svg {
    color: #1d8a92;
  }
  @media (forced-colors: active) {
    .type > svg {
      color: CanvasText;
      fill: none;
    }
  }
`;
