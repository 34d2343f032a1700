import { MAX_BODY_BYTES, writeVerified } from '../body/write-verified.ts';
import { checksumElement, checksumHeader, parseAlgorithm } from '../protocol/checksums.ts';
import { S3Error, invalidArgument } from '../protocol/s3-error.ts';
import type { S3Request } from '../protocol/s3-request.ts';
import { s3Element, xmlResponse } from '../protocol/xml.ts';
import type { ObjectMetadata, StoredObject } from '../store/object-store.ts';
import { withCopySource } from './copy-source.ts';
import { parsePartNumber, readUploadId } from './multipart-upload.ts';
import { readRequestMetadata } from './object-metadata.ts';
import type { OperationContext } from './operation-context.ts';
import { readIfNoneMatch } from './write-condition.ts';

/** CopyObject: a PUT without a body that names its source in a header. */
export async function copyObject(context: OperationContext): Promise<Response> {
  const { request, buckets, objects } = context;
  const { bucket, key } = request;
  buckets.assertExists(bucket);
  const ifAbsent = readIfNoneMatch(request);
  if (ifAbsent) await objects.assertAbsent(bucket, key);
  return withCopySource(context, async ({ bucket: sourceBucket, object: source, read }) => {
    assertCopyable(request, sourceBucket, source);
    const metadata = copiedMetadata(request, source);
    await buckets.assertAclAllowed(bucket, metadata.acl);
    const named = request.headerOrParam('x-amz-checksum-algorithm');
    const algorithm = named === undefined ? source.checksum.algorithm : parseAlgorithm(named);
    return objects.withTemporaryFile(bucket, async (temporary) => {
      const { size, md5, checksum } = await writeVerified(read(0, source.size - 1), temporary.path, {}, algorithm);
      const copy = { ...metadata, key, size, etag: `"${md5}"`, checksum, checksumType: 'FULL_OBJECT' as const };
      const { lastModified, etag } = await objects.put(bucket, copy, temporary, ifAbsent);
      return xmlResponse({
        CopyObjectResult: s3Element({
          LastModified: lastModified,
          ETag: etag,
          [checksumElement(checksum.algorithm)]: checksum.value,
          ChecksumType: copy.checksumType,
        }),
      });
    });
  });
}

/** UploadPartCopy: a part whose bytes come from another object. */
export async function uploadPartCopy(context: OperationContext): Promise<Response> {
  const { request, buckets, objects, uploads } = context;
  const { bucket, key } = request;
  buckets.assertExists(bucket);
  const number = parsePartNumber(request.param('partNumber') ?? '');
  const upload = await uploads.get(bucket, key, readUploadId(request));
  return withCopySource(context, async ({ object: source, read }) => {
    const [first, last] = readSourceRange(request, source.size);
    const algorithm = upload.checksum?.algorithm ?? source.checksum.algorithm;
    return objects.withTemporaryFile(bucket, async (temporary) => {
      const body = await writeVerified(read(first, last), temporary.path, {}, algorithm);
      const part = await uploads.putPart(bucket, upload, { number, ...body }, temporary);
      const response = xmlResponse({
        CopyPartResult: s3Element({
          LastModified: part.lastModified,
          ETag: `"${part.md5}"`,
          ...(upload.checksum && { [checksumElement(part.checksum.algorithm)]: part.checksum.value }),
        }),
      });
      response.headers.set(checksumHeader(part.checksum.algorithm), part.checksum.value);
      return response;
    });
  });
}

function assertCopyable(request: S3Request, bucket: string, { key, size }: StoredObject): void {
  if (size > MAX_BODY_BYTES)
    throw new S3Error(
      'InvalidRequest',
      `The specified copy source is larger than the maximum allowable size for a copy source: ${MAX_BODY_BYTES}`,
    );
  const isSame = key === request.key && bucket === request.bucket;
  if (isSame && !isReplaced(request, 'metadata'))
    throw new S3Error(
      'InvalidRequest',
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's " +
        'metadata, storage class, website redirect location or encryption attributes.',
    );
}

/** Metadata and tags are copied unless the request replaces them. The ACL never is. */
function copiedMetadata(request: S3Request, source: StoredObject): ObjectMetadata {
  const sent = readRequestMetadata(request);
  const tags = isReplaced(request, 'tagging') ? sent.tags : source.tags;
  const { 'x-amz-tagging-count': _count, ...headers } = isReplaced(request, 'metadata') ? sent.headers : source.headers;
  const count = Object.keys(tags).length;
  return { headers: { ...headers, ...(count > 0 && { 'x-amz-tagging-count': `${count}` }) }, acl: sent.acl, tags };
}

function isReplaced(request: S3Request, part: 'metadata' | 'tagging'): boolean {
  const name = `x-amz-${part}-directive`;
  const directive = request.headerOrParam(name) ?? 'COPY';
  if (directive !== 'COPY' && directive !== 'REPLACE')
    throw invalidArgument(`Unknown ${part} directive.`, name, directive);
  return directive === 'REPLACE';
}

/** The first and last byte of the source that become the part, both inclusive. */
function readSourceRange(request: S3Request, size: number): readonly [number, number] {
  const range = request.headerOrParam('x-amz-copy-source-range');
  if (range === undefined) return [0, size - 1];
  const [, first, last] = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(range) ?? [];
  if (first === undefined || last === undefined || Number(first) > Number(last) || Number(last) >= size)
    throw invalidArgument(
      `Range specified is not valid for source object of size: ${size}`,
      'x-amz-copy-source-range',
      range,
    );
  return [Number(first), Number(last)];
}
