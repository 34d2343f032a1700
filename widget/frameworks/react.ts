import type { DetailedHTMLProps, HTMLAttributes } from 'react';
import type { S3UploaderElement } from '../element/s3-uploader.ts';
import type { UploaderListeners, UploaderProps } from './props.ts';

type Base = DetailedHTMLProps<HTMLAttributes<S3UploaderElement>, S3UploaderElement>;

declare module 'react' {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- React's types are extended in this namespace
  namespace JSX {
    interface IntrinsicElements {
      's3-uploader': Omit<Base, keyof UploaderProps> & UploaderProps & UploaderListeners<'on'>;
    }
  }
}
