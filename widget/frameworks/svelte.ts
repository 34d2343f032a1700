import type { HTMLAttributes } from 'svelte/elements';
import type { S3UploaderElement } from '../element/s3-uploader.ts';
import type { UploaderAttributes, UploaderListeners, UploaderProps } from './props.ts';

declare module 'svelte/elements' {
  interface SvelteHTMLElements {
    's3-uploader': Omit<HTMLAttributes<S3UploaderElement>, keyof UploaderAttributes> &
      UploaderProps &
      UploaderAttributes &
      UploaderListeners<'on'>;
  }
}
