import type { LitElement } from 'lit';
import type { S3UploaderEventMap } from '../element/events.ts';
import type { S3UploaderElement } from '../element/s3-uploader.ts';

/** Names of the element's own properties, without methods and without the properties that every element has. */
type Own = {
  [K in Exclude<keyof S3UploaderElement, keyof LitElement>]-?: S3UploaderElement[K] extends (...args: never) => unknown
    ? never
    : K;
}[Exclude<keyof S3UploaderElement, keyof LitElement>];

/** Names of properties that are not `readonly`. */
type Settable = {
  [K in Own]-?: IsSame<Pick<S3UploaderElement, K>, Writable<Pick<S3UploaderElement, K>>> extends true ? K : never;
}[Own];

type Writable<T> = { -readonly [K in keyof T]: T[K] };

type IsSame<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** The element's properties that a page can set. */
export type UploaderProps = { [K in Settable]?: S3UploaderElement[K] | undefined };

type Kebab<S extends string> = S extends `${infer A}${infer B}`
  ? `${A extends Lowercase<A> ? A : `-${Lowercase<A>}`}${Kebab<B>}`
  : S;

/** The settable properties, keyed by attribute name, for templates that write attributes. */
export type UploaderAttributes = { [K in Settable as Kebab<K>]?: S3UploaderElement[K] | string | undefined };

/** Listeners, keyed by a prefix and the event's name. The prefix is `on` or `on:`. */
export type UploaderListeners<Prefix extends string> = {
  [K in keyof S3UploaderEventMap as `${Prefix}${K}`]?: ((event: S3UploaderEventMap[K]) => void) | undefined;
};
