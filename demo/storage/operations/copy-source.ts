import { Readable } from 'node:stream';
import { S3Error, invalidArgument, preconditionFailed } from '../protocol/s3-error.ts';
import type { S3Request } from '../protocol/s3-request.ts';
import type { StoredObject } from '../store/object-store.ts';
import type { OperationContext } from './operation-context.ts';
import { includesETag } from './etag-list.ts';

/** Whether a PUT copies an object instead of sending one. */
export const isCopy = (request: S3Request): boolean => request.headerOrParam('x-amz-copy-source') !== undefined;

/** The object that a request copies. */
export interface CopySource {
  readonly bucket: string;
  readonly object: StoredObject;
  /** Reads bytes from `first` to `last`, both inclusive. */
  read(first: number, last: number): Readable;
}

/**
 * Opens the object that a request copies, checks the conditions on it, and runs a task with it.
 *
 * @throws {S3Error} `InvalidArgument`, `NoSuchBucket`, `NoSuchKey`, `PreconditionFailed`, `NotImplemented`
 */
export async function withCopySource<T>(
  { request, buckets, objects }: OperationContext,
  task: (source: CopySource) => Promise<T>,
): Promise<T> {
  const { bucket, key } = parseCopySource(request.headerOrParam('x-amz-copy-source') ?? '');
  buckets.assertExists(bucket);
  const found = await objects.open(bucket, key);
  if (!found) throw new S3Error('NoSuchKey', 'The specified key does not exist.', { Key: key });
  const { object, bytes } = found;
  try {
    assertSourceConditions(request, object);
    return await task({
      bucket,
      object,
      // createReadStream cannot read an empty range.
      read: (start, end) =>
        end < start ? Readable.from([]) : bytes.createReadStream({ start, end, autoClose: false }),
    });
  } finally {
    await bytes.close();
  }
}

/** Parses `bucket/key` or `/bucket/key`, percent-encoded. */
function parseCopySource(text: string): { bucket: string; key: string } {
  const invalid = () =>
    invalidArgument(
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
      'x-amz-copy-source',
      text,
    );
  if (/[?&]versionId=/.test(text))
    throw new S3Error('NotImplemented', 'The local storage has no versions. Copy the object without a versionId.');
  let decoded: string;
  try {
    decoded = decodeURIComponent(text);
  } catch {
    throw invalid();
  }
  const [, bucket, key] = /^\/?([^/]+)\/(.+)$/s.exec(decoded) ?? [];
  if (bucket === undefined || key === undefined) throw invalid();
  return { bucket, key };
}

function assertSourceConditions(request: S3Request, { etag }: StoredObject): void {
  const condition = (name: string) => request.headerOrParam(`x-amz-copy-source-if-${name}`);
  for (const name of ['modified-since', 'unmodified-since'])
    if (condition(name) !== undefined)
      throw new S3Error('NotImplemented', `The local storage does not implement x-amz-copy-source-if-${name}.`);
  const match = condition('match');
  if (match !== undefined && !includesETag(match, etag)) throw preconditionFailed('x-amz-copy-source-If-Match');
  const noneMatch = condition('none-match');
  if (noneMatch !== undefined && includesETag(noneMatch, etag))
    throw preconditionFailed('x-amz-copy-source-If-None-Match');
}
