import { writeSignedBody } from '../body/signed-body.ts';
import { checksumHeaders } from '../protocol/checksums.ts';
import { readRequestMetadata } from './object-metadata.ts';
import type { OperationContext } from './operation-context.ts';
import { readIfNoneMatch } from './write-condition.ts';

/** PutObject. */
export async function putObject(context: OperationContext): Promise<Response> {
  const { request, buckets, objects } = context;
  buckets.assertExists(request.bucket);
  const ifAbsent = readIfNoneMatch(request);
  if (ifAbsent) await objects.assertAbsent(request.bucket, request.key);
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
