import type { DefineComponent, HTMLAttributes } from 'vue';
import type { S3UploaderEventMap } from '../element/events.ts';
import type { UploaderAttributes, UploaderProps } from './props.ts';

type Pascal<S extends string> = S extends `${infer A}-${infer B}` ? `${Capitalize<A>}${Pascal<B>}` : Capitalize<S>;

type Listeners = {
  [K in keyof S3UploaderEventMap as `on${Pascal<K>}`]?: ((event: S3UploaderEventMap[K]) => void) | undefined;
};

declare module 'vue' {
  interface GlobalComponents {
    's3-uploader': DefineComponent<
      Omit<HTMLAttributes, keyof UploaderAttributes> & UploaderProps & UploaderAttributes & Listeners
    >;
  }
}
