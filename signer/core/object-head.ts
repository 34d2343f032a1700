import type { ObjectAttributes } from './object-attributes.ts';

/** An object without its bytes, from HeadObject. */
export interface ObjectHead {
  /** Without quotes. */
  etag: string;
  /** Bytes. */
  size: number;
  /** When it was stored, in milliseconds since 1970, to the second. */
  modified: number | undefined;
  /** What it is stored with. */
  attributes: ObjectAttributes;
}
