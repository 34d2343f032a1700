import type { Access, Authority } from './authenticate.ts';
import type { BucketStore } from './buckets.ts';
import { getObject } from './get-object.ts';
import type { ObjectStore } from './objects.ts';
import { postObject } from './post.ts';
import type { S3Request } from './request.ts';

export interface Context {
  readonly request: S3Request;
  /** Who signed the request; undefined when nobody did. */
  readonly access: Access | undefined;
  readonly authority: Authority;
  readonly buckets: BucketStore;
  readonly objects: ObjectStore;
}

export interface Operation {
  readonly method: string;
  readonly on: 'service' | 'bucket' | 'object';
  /** Query parameters that must all be there. */
  readonly query?: readonly string[];
  /** The operation itself judges a request that nobody signed. Others refuse it. */
  readonly anonymous?: boolean;
  run(context: Context): Promise<Response> | Response;
}

/** The first that fits is the one. */
export const operations: readonly Operation[] = [
  { method: 'POST', on: 'bucket', anonymous: true, run: postObject },
  { method: 'GET', on: 'object', anonymous: true, run: getObject },
  { method: 'HEAD', on: 'object', anonymous: true, run: getObject },
];
