import type { Access, Authority } from './authenticate.ts';
import type { BucketStore } from './buckets.ts';
import type { ObjectStore } from './objects.ts';
import type { S3Request } from './request.ts';
import type { UploadStore } from './uploads.ts';

/** A request, and all that may be asked to answer it. */
export interface Context {
  readonly request: S3Request;
  /** Who signed the request; undefined when nobody did. */
  readonly access: Access | undefined;
  readonly authority: Authority;
  readonly buckets: BucketStore;
  readonly objects: ObjectStore;
  readonly uploads: UploadStore;
}
