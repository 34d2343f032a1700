import type { AuthConfig, AuthenticatedRequest } from '../auth/authenticate.ts';
import type { BucketStore } from '../store/bucket-store.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { UploadStore } from '../store/upload-store.ts';

/** A request, and all that an operation may use to answer it. */
export interface OperationContext extends AuthenticatedRequest {
  /** For operations that verify a signature themselves, as in a form. */
  readonly auth: AuthConfig;
  readonly buckets: BucketStore;
  readonly objects: ObjectStore;
  readonly uploads: UploadStore;
}
