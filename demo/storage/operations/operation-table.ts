import { S3Error } from '../protocol/s3-error.ts';
import type { S3Request } from '../protocol/s3-request.ts';
import {
  createBucket,
  deleteCors,
  deleteLifecycle,
  deletePublicAccessBlock,
  getCors,
  getLifecycle,
  getLocation,
  getPublicAccessBlock,
  headBucket,
  listBuckets,
  putCors,
  putLifecycle,
  putPublicAccessBlock,
} from './bucket-operations.ts';
import { completeMultipartUpload } from './complete-multipart-upload.ts';
import { copyObject, uploadPartCopy } from './copy-object.ts';
import { isCopy } from './copy-source.ts';
import { deleteObject, deleteObjects } from './delete-objects.ts';
import { getObject } from './get-object.ts';
import { listObjects } from './list-objects.ts';
import {
  abortMultipartUpload,
  createMultipartUpload,
  listMultipartUploads,
  listParts,
  uploadPart,
} from './multipart-upload.ts';
import type { OperationContext } from './operation-context.ts';
import { postObject } from './post-object.ts';
import { putObject } from './put-object.ts';

/** One operation of the S3 API. */
export interface Operation {
  readonly method: string;
  readonly on: Resource;
  /** Query parameters that select this operation. All must be present. Default: none. */
  readonly query?: readonly string[];
  /** Whether an unsigned request reaches the operation, which then checks access itself. Default: false. */
  readonly anonymous?: boolean;
  run(context: OperationContext): Promise<Response> | Response;
}

/** The kind of resource that the path of a request names. */
export type Resource = 'service' | 'bucket' | 'object';

const OPERATIONS: readonly Operation[] = [
  { method: 'GET', on: 'service', run: listBuckets },

  { method: 'POST', on: 'bucket', anonymous: true, run: postObject },
  { method: 'POST', on: 'bucket', query: ['delete'], run: deleteObjects },
  { method: 'HEAD', on: 'bucket', run: headBucket },
  { method: 'PUT', on: 'bucket', run: createBucket },
  { method: 'GET', on: 'bucket', query: ['list-type'], run: listObjects },
  { method: 'GET', on: 'bucket', query: ['location'], run: getLocation },
  { method: 'GET', on: 'bucket', query: ['uploads'], run: listMultipartUploads },
  { method: 'GET', on: 'bucket', query: ['cors'], run: getCors },
  { method: 'PUT', on: 'bucket', query: ['cors'], run: putCors },
  { method: 'DELETE', on: 'bucket', query: ['cors'], run: deleteCors },
  { method: 'GET', on: 'bucket', query: ['lifecycle'], run: getLifecycle },
  { method: 'PUT', on: 'bucket', query: ['lifecycle'], run: putLifecycle },
  { method: 'DELETE', on: 'bucket', query: ['lifecycle'], run: deleteLifecycle },
  { method: 'GET', on: 'bucket', query: ['publicAccessBlock'], run: getPublicAccessBlock },
  { method: 'PUT', on: 'bucket', query: ['publicAccessBlock'], run: putPublicAccessBlock },
  { method: 'DELETE', on: 'bucket', query: ['publicAccessBlock'], run: deletePublicAccessBlock },

  { method: 'GET', on: 'object', anonymous: true, run: getObject },
  { method: 'HEAD', on: 'object', anonymous: true, run: getObject },
  { method: 'PUT', on: 'object', run: (context) => (isCopy(context.request) ? copyObject : putObject)(context) },
  { method: 'DELETE', on: 'object', run: deleteObject },
  { method: 'POST', on: 'object', query: ['uploads'], run: createMultipartUpload },
  {
    ...{ method: 'PUT', on: 'object', query: ['partNumber', 'uploadId'] },
    run: (context) => (isCopy(context.request) ? uploadPartCopy : uploadPart)(context),
  },
  { method: 'GET', on: 'object', query: ['uploadId'], run: listParts },
  { method: 'POST', on: 'object', query: ['uploadId'], run: completeMultipartUpload },
  { method: 'DELETE', on: 'object', query: ['uploadId'], run: abortMultipartUpload },
];

/**
 * Query parameters that select an operation of S3, implemented here or not. A request with one of the latter must fail:
 * `PUT ?acl` must not become a PutObject.
 */
const SELECTORS = new Set([
  ...OPERATIONS.flatMap(({ query }) => query ?? []),
  ...['accelerate', 'acl', 'analytics', 'attributes', 'encryption', 'intelligent-tiering', 'inventory'],
  ...['legal-hold', 'logging', 'metrics', 'notification', 'object-lock', 'ownershipControls', 'policy'],
  ...['policyStatus', 'renameObject', 'replication', 'requestPayment', 'restore', 'retention', 'select'],
  ...['tagging', 'torrent', 'versionId', 'versioning', 'versions', 'website'],
]);

/**
 * Finds the operation of a request by its method, resource and query parameters.
 *
 * @throws {S3Error} `NotImplemented`, `MethodNotAllowed`
 */
export function findOperation(request: S3Request, on: Resource): Operation {
  const selectors = request.query.map(([name]) => name).filter((name) => SELECTORS.has(name));
  const candidates = OPERATIONS.filter(({ method, on: resource }) => method === request.method && resource === on);
  const operation = candidates.find(
    ({ query = [] }) =>
      query.every((name) => selectors.includes(name)) && selectors.every((name) => query.includes(name)),
  );
  if (operation) return operation;
  if (selectors.length > 0 || candidates.length > 0)
    throw new S3Error('NotImplemented', 'The local storage does not implement this operation.', {
      Query: selectors.join('&'),
    });
  throw new S3Error('MethodNotAllowed', 'The specified method is not allowed against this resource.', {
    Method: request.method,
    ResourceType: on.toUpperCase(),
  });
}
