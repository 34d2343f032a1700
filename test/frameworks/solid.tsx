/** @jsxImportSource solid-js */
// Compiles, or the tag's types for Solid are wrong: `tsc -p test/frameworks`.
import type {} from '../../widget/frameworks/solid.ts';

export const right = (
  <s3-uploader
    endpoint="/sign"
    max-file-size="20MB"
    prop:headers={{ authorization: 'Bearer …' }}
    on:upload-success={({ detail }) => void detail.key.toUpperCase()}
  />
);

// @ts-expect-error a listener gets the event
export const wrong = <s3-uploader on:upload-success={(key: string) => void key} />;
