import { css } from 'lit';

/** Styles of pictures in rows. */
export const previewCss = css`
  .thumbnail > :is(canvas, img) {
    inline-size: 100%;
    block-size: 100%;
    object-fit: cover;
  }
  /* an avatar is the middle of a picture, whatever its shape */
  :host(:not([layout='avatar'])) .contain {
    object-fit: contain;
  }
  /* light in both colour schemes, also in forced colours: a drawing in black must be visible */
  .thumbnail:has(> .picture) {
    background: repeating-conic-gradient(#dde1e7 0 25%, #f5f6f8 0 50%) 50% / 16px 16px;
    forced-color-adjust: none;
  }
  .thumbnail:has(> .picture) > span:not(.duration) {
    display: none;
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
`;
