import type { LitElement } from 'lit';
import type { S3UploaderEventMap } from '../element/events.ts';
import type { S3UploaderElement } from '../element/s3-uploader.ts';

type Tag = S3UploaderElement;

/** All that is the tag's own and no method: what every element has is not told again. */
type Own = {
  [K in Exclude<keyof Tag, keyof LitElement>]-?: Tag[K] extends (...args: never) => unknown ? never : K;
}[Exclude<keyof Tag, keyof LitElement>];

/** Of that, what can be set: it is the same with `readonly` taken away. */
type Settable = {
  [K in Own]-?: IsSame<Pick<Tag, K>, Writable<Pick<Tag, K>>> extends true ? K : never;
}[Own];

type Writable<T> = { -readonly [K in keyof T]: T[K] };

type IsSame<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

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
