import type { Access, Authority } from '../auth/authenticate.ts';
import type { BucketStore } from '../store/bucket-store.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { S3Request } from '../protocol/s3-request.ts';
import type { UploadStore } from '../store/upload-store.ts';

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
