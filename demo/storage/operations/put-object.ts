import { writeSignedBody } from '../body/signed-body.ts';
import { checksumHeaders } from '../protocol/checksums.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { readRequestMetadata } from './object-metadata.ts';
import type { OperationContext } from './operation-context.ts';
import { readIfNoneMatch } from './write-condition.ts';

/** PutObject. */
export async function putObject(context: OperationContext): Promise<Response> {
  const { request, buckets, objects } = context;
  buckets.assertExists(request.bucket);
  if (request.headerOrParam('x-amz-copy-source') !== undefined)
    throw new S3Error(
      'NotImplemented',
      'The local storage does not implement CopyObject. Read the object and put it under its new key.',
    );
  const ifAbsent = readIfNoneMatch(request);
  const metadata = readRequestMetadata(request);
  await buckets.assertAclAllowed(request.bucket, metadata.acl);
  return objects.withTemporaryFile(request.bucket, async (temporary) => {
    const { size, md5, checksum } = await writeSignedBody(context, temporary.path);
    const { etag } = await objects.put(
      request.bucket,
      { ...metadata, key: request.key, size, etag: `"${md5}"`, checksum, checksumType: 'FULL_OBJECT' },
      temporary,
      ifAbsent,
    );
    return new Response(null, { headers: { etag, ...checksumHeaders(checksum, 'FULL_OBJECT') } });
  });
}
