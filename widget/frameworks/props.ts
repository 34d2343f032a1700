import type { S3UploaderEventMap } from '../events.ts';
import type { S3UploaderElement } from '../s3-uploader.ts';

type Settable =
  | ('endpoint' | 'signer' | 'signerMethod' | 'withCredentials' | 'headers' | 'metadata' | 'sign' | 'allowedHosts')
  | ('identityPoolId' | 'region' | 'bucket' | 'keyPrefix' | 'logins')
  | ('name' | 'valueFormat' | 'required' | 'disabled' | 'holdSubmit' | 'existing')
  | ('accept' | 'multiple' | 'directory' | 'capture' | 'noDrop' | 'noPaste' | 'dropTarget' | 'validate' | 'sniff')
  | ('maxFileSize' | 'minFileSize' | 'maxFiles' | 'minFiles' | 'maxTotalSize' | 'duplicates')
  | ('minImageSize' | 'maxImageSize' | 'resize' | 'imageType' | 'stripMetadata')
  | ('noAuto' | 'maxConcurrentUploads' | 'timeout' | 'noPreviews' | 'layout' | 'labels');

/** What may be set of the tag, by its properties' names. */
export type UploaderProps = { [K in Settable]?: S3UploaderElement[K] | undefined };

type Kebab<S extends string> = S extends `${infer A}${infer B}`
  ? `${A extends Lowercase<A> ? A : `-${Lowercase<A>}`}${Kebab<B>}`
  : S;

/** The same by its attributes' names, for templates that write attributes. */
export type UploaderAttributes = { [K in Settable as Kebab<K>]?: S3UploaderElement[K] | string | undefined };

/** Listeners by event name after a prefix: `on`, `on:`, `@`. */
export type UploaderListeners<Prefix extends string> = {
  [K in keyof S3UploaderEventMap as `${Prefix}${K}`]?: ((event: S3UploaderEventMap[K]) => void) | undefined;
};
