import type { JSX as SolidJSX } from 'solid-js';
import type { S3UploaderElement } from '../element/s3-uploader.ts';
import type { UploaderAttributes, UploaderListeners, UploaderProps } from './props.ts';

type Prefixed = { [K in keyof UploaderProps as `prop:${K}`]?: UploaderProps[K] };

declare module 'solid-js' {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- Solid's types are extended in this namespace
  namespace JSX {
    interface IntrinsicElements {
      's3-uploader': Omit<SolidJSX.HTMLAttributes<S3UploaderElement>, keyof UploaderAttributes> &
        UploaderAttributes &
        Prefixed &
        UploaderListeners<'on:'>;
    }
  }
}
