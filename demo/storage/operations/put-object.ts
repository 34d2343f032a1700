import { parseTaggingHeader, readAttributes } from './object-metadata.ts';
import { receiveBody } from '../body/signed-body.ts';
import { checksumHeaders } from '../protocol/checksums.ts';
import { S3Error } from '../protocol/s3-error.ts';
import type { ObjectAttributes } from '../store/object-store.ts';
import type { Context } from './operation-context.ts';
import type { S3Request } from '../protocol/s3-request.ts';

/** PUT Object, signed by header or presigned. */
export async function putObject(context: Context): Promise<Response> {
  const { request, buckets, objects } = context;
  buckets.assertExists(request.bucket);
  if (request.setting('x-amz-copy-source') !== undefined)
    throw new S3Error('NotImplemented', 'The local storage does not copy objects.');
  const ifAbsent = wantsAbsence(request);
  const attributes = requestAttributes(request);
  await buckets.assertAclAllowed(request.bucket, attributes.acl);
  return objects.withTemporary(request.bucket, async (temporary) => {
    const { size, md5, checksum } = await receiveBody(context, temporary.path, {});
    const { etag } = await objects.put(
      request.bucket,
      { ...attributes, key: request.key, size, etag: `"${md5}"`, checksum, checksumType: 'FULL_OBJECT' },
      temporary,
      ifAbsent,
    );
    return new Response(null, { headers: { etag, ...checksumHeaders(checksum, 'FULL_OBJECT') } });
  });
}

/** `If-None-Match: *`, the only condition a write may have here. */
export function wantsAbsence(request: S3Request): boolean {
  const condition = request.header('if-none-match');
  if (request.header('if-match') !== undefined || (condition !== undefined && condition !== '*'))
    throw new S3Error('NotImplemented', 'A header you provided implies functionality that is not implemented', {
      Header: condition === undefined ? 'If-Match' : 'If-None-Match',
    });
  return condition === '*';
}

export function requestAttributes(request: S3Request): ObjectAttributes {
  const settings = new Map(request.settingNames().map((name) => [name, request.setting(name) ?? '']));
  const tagging = request.setting('x-amz-tagging');
  return readAttributes(
    settings,
    request.setting('x-amz-acl'),
    tagging === undefined ? {} : parseTaggingHeader(tagging),
  );
}
