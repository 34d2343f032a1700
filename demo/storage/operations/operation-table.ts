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
import { completeUpload } from './complete-multipart-upload.ts';
import type { Context } from './operation-context.ts';
import { deleteObject, deleteObjects } from './delete-objects.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { getObject } from './get-object.ts';
import { listObjects } from './list-objects.ts';
import { abortUpload, createUpload, listParts, listUploads, uploadPart } from './multipart-upload.ts';
import { postObject } from './post-object.ts';
import { putObject } from './put-object.ts';
import type { S3Request } from '../protocol/s3-request.ts';

export interface Operation {
  readonly method: string;
  readonly on: Resource;
  /** Query parameters that choose this operation and must all be there. */
  readonly query?: readonly string[];
  /** The operation itself judges a request that nobody signed. Others refuse it. */
  readonly anonymous?: boolean;
  run(context: Context): Promise<Response> | Response;
}

export type Resource = 'service' | 'bucket' | 'object';

const operations: readonly Operation[] = [
  { method: 'GET', on: 'service', run: listBuckets },

  { method: 'POST', on: 'bucket', anonymous: true, run: postObject },
  { method: 'POST', on: 'bucket', query: ['delete'], run: deleteObjects },
  { method: 'HEAD', on: 'bucket', run: headBucket },
  { method: 'PUT', on: 'bucket', run: createBucket },
  { method: 'GET', on: 'bucket', query: ['list-type'], run: listObjects },
  { method: 'GET', on: 'bucket', query: ['location'], run: getLocation },
  { method: 'GET', on: 'bucket', query: ['uploads'], run: listUploads },
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
  { method: 'PUT', on: 'object', run: putObject },
  { method: 'DELETE', on: 'object', run: deleteObject },
  { method: 'POST', on: 'object', query: ['uploads'], run: createUpload },
  { method: 'PUT', on: 'object', query: ['partNumber', 'uploadId'], run: uploadPart },
  { method: 'GET', on: 'object', query: ['uploadId'], run: listParts },
  { method: 'POST', on: 'object', query: ['uploadId'], run: completeUpload },
  { method: 'DELETE', on: 'object', query: ['uploadId'], run: abortUpload },
];

/** Query parameters that make S3 do something else than it would without them. */
const selectors = new Set([
  ...operations.flatMap(({ query }) => query ?? []),
  ...['accelerate', 'acl', 'analytics', 'attributes', 'encryption', 'intelligent-tiering', 'inventory', 'legal-hold'],
  ...[
    'logging',
    'metrics',
    'notification',
    'object-lock',
    'ownershipControls',
    'policy',
    'policyStatus',
    'renameObject',
  ],
  ...[
    'replication',
    'requestPayment',
    'restore',
    'retention',
    'select',
    'tagging',
    'torrent',
    'versionId',
    'versioning',
  ],
  ...['versions', 'website'],
]);

/** The operation that a request asks for: never a plainer one than it asked for. */
export function findOperation(request: S3Request, on: Resource): Operation {
  const named = request.query.map(([name]) => name).filter((name) => selectors.has(name));
  const fitting = operations.filter(({ method, on: resource }) => method === request.method && resource === on);
  const operation = fitting.find(
    ({ query = [] }) => query.every((name) => named.includes(name)) && named.every((name) => query.includes(name)),
  );
  if (operation) return operation;
  if (named.length > 0 || fitting.length > 0)
    throw new S3Error('NotImplemented', 'The local storage does not implement this operation.', {
      Query: named.join('&'),
    });
  throw new S3Error('MethodNotAllowed', 'The specified method is not allowed against this resource.', {
    Method: request.method,
    ResourceType: on.toUpperCase(),
  });
}
