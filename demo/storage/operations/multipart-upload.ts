import { writeSignedBody } from '../body/signed-body.ts';
import {
  checksumElement,
  checksumHeader,
  parseAlgorithm,
  readStatedChecksum,
  type ChecksumAlgorithm,
  type ChecksumType,
} from '../protocol/checksums.ts';
import { S3Error, invalidArgument } from '../protocol/s3-error.ts';
import type { S3Request } from '../protocol/s3-request.ts';
import { s3Element, xmlResponse } from '../protocol/xml.ts';
import type { Upload } from '../store/upload-store.ts';
import { readKeyEncoder, readPageSize } from './listing-parameters.ts';
import { readRequestMetadata } from './object-metadata.ts';
import type { OperationContext } from './operation-context.ts';

/** Parts are numbered from 1: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const MAX_PART_NUMBER = 10_000;

/** CreateMultipartUpload. */
export async function createMultipartUpload({ request, buckets, uploads }: OperationContext): Promise<Response> {
  buckets.assertExists(request.bucket);
  const metadata = readRequestMetadata(request);
  await buckets.assertAclAllowed(request.bucket, metadata.acl);
  const checksum = readUploadChecksum(request);
  const { key, uploadId } = await uploads.create(request.bucket, { ...metadata, key: request.key, checksum });
  const response = xmlResponse({
    InitiateMultipartUploadResult: s3Element({ Bucket: request.bucket, Key: key, UploadId: uploadId }),
  });
  if (checksum) {
    response.headers.set('x-amz-checksum-algorithm', checksum.algorithm);
    response.headers.set('x-amz-checksum-type', checksum.type);
  }
  return response;
}

/** UploadPart. */
export async function uploadPart(context: OperationContext): Promise<Response> {
  const { request, buckets, objects, uploads } = context;
  buckets.assertExists(request.bucket);
  const number = parsePartNumber(request.param('partNumber') ?? '');
  const upload = await uploads.get(request.bucket, request.key, readUploadId(request));
  assertChecksumStated(request, upload);
  return objects.withTemporaryFile(request.bucket, async (temporary) => {
    const body = await writeSignedBody(context, temporary.path, { algorithm: upload.checksum?.algorithm });
    const { md5, checksum } = await uploads.putPart(request.bucket, upload, { number, ...body }, temporary);
    return new Response(null, { headers: { etag: `"${md5}"`, [checksumHeader(checksum.algorithm)]: checksum.value } });
  });
}

/** ListParts. */
export async function listParts({ request, signature, buckets, uploads }: OperationContext): Promise<Response> {
  buckets.assertExists(request.bucket);
  const upload = await uploads.get(request.bucket, request.key, readUploadId(request));
  const limit = readPageSize(request, 'max-parts');
  const marker = request.param('part-number-marker') ?? '0';
  if (!/^\d{1,10}$/.test(marker))
    throw invalidArgument(
      'Provided part-number-marker not an integer or within integer range',
      'part-number-marker',
      marker,
    );
  const { parts, hasMore } = await uploads.parts(request.bucket, upload.uploadId, Number(marker), limit);
  return xmlResponse({
    ListPartsResult: s3Element({
      Bucket: request.bucket,
      Key: readKeyEncoder(request)(upload.key),
      UploadId: upload.uploadId,
      Initiator: { ID: signature?.accessKeyId },
      Owner: { ID: signature?.accessKeyId },
      StorageClass: upload.headers['x-amz-storage-class'] ?? 'STANDARD',
      PartNumberMarker: marker,
      NextPartNumberMarker: parts.at(-1)?.number ?? 0,
      MaxParts: limit,
      IsTruncated: hasMore,
      ChecksumAlgorithm: upload.checksum?.algorithm,
      ChecksumType: upload.checksum?.type,
      Part: parts.map(({ number, size, md5, checksum, lastModified }) => ({
        PartNumber: number,
        LastModified: lastModified,
        ETag: `"${md5}"`,
        Size: size,
        ...(upload.checksum && { [checksumElement(checksum.algorithm)]: checksum.value }),
      })),
    }),
  });
}

/** ListMultipartUploads. */
export async function listMultipartUploads({
  request,
  signature,
  buckets,
  uploads,
}: OperationContext): Promise<Response> {
  buckets.assertExists(request.bucket);
  const prefix = request.param('prefix') ?? '';
  const keyMarker = request.param('key-marker') ?? '';
  const idMarker = request.param('upload-id-marker') ?? '';
  const limit = readPageSize(request, 'max-uploads');
  const encode = readKeyEncoder(request);
  const all = await uploads.list(request.bucket, prefix);
  const markerIndex = idMarker === '' ? -1 : all.findIndex(({ uploadId }) => uploadId === idMarker);
  const remaining =
    markerIndex >= 0 ? all.slice(markerIndex + 1) : all.filter(({ key }) => keyMarker === '' || key > keyMarker);
  const page = remaining.slice(0, limit);
  const hasMore = remaining.length > page.length;
  const last = page.at(-1);
  return xmlResponse({
    ListMultipartUploadsResult: s3Element({
      Bucket: request.bucket,
      Prefix: encode(prefix),
      KeyMarker: encode(keyMarker),
      UploadIdMarker: idMarker,
      NextKeyMarker: hasMore && last ? encode(last.key) : undefined,
      NextUploadIdMarker: hasMore ? last?.uploadId : undefined,
      EncodingType: request.param('encoding-type'),
      MaxUploads: limit,
      IsTruncated: hasMore,
      Upload: page.map(({ key, uploadId, initiated, headers, checksum }) => ({
        Key: encode(key),
        UploadId: uploadId,
        Initiator: { ID: signature?.accessKeyId },
        Owner: { ID: signature?.accessKeyId },
        StorageClass: headers['x-amz-storage-class'] ?? 'STANDARD',
        Initiated: initiated,
        ChecksumAlgorithm: checksum?.algorithm,
        ChecksumType: checksum?.type,
      })),
    }),
  });
}

/** AbortMultipartUpload. */
export async function abortMultipartUpload({ request, buckets, uploads }: OperationContext): Promise<Response> {
  buckets.assertExists(request.bucket);
  const { uploadId } = await uploads.get(request.bucket, request.key, readUploadId(request));
  await uploads.runExclusively(uploadId, () => uploads.remove(request.bucket, uploadId));
  return new Response(null, { status: 204 });
}

/** The query parameter `uploadId`; empty when it is missing. */
export const readUploadId = (request: S3Request): string => request.param('uploadId') ?? '';

/**
 * Reads the number of a part.
 *
 * @throws {S3Error} `InvalidArgument`
 */
export function parsePartNumber(text: string): number {
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (number < 1 || number > MAX_PART_NUMBER)
    throw invalidArgument(
      `Part number must be an integer between 1 and ${MAX_PART_NUMBER}, inclusive`,
      'partNumber',
      text,
    );
  return number;
}

/** An upload that was created with a checksum algorithm requires a checksum of each part. */
function assertChecksumStated(request: S3Request, { checksum: required }: Upload): void {
  const trailer = request.header('x-amz-trailer')?.trim().toLowerCase();
  const stated = readStatedChecksum((name) => request.headerOrParam(name))?.algorithm;
  const actual =
    stated ?? (trailer?.startsWith('x-amz-checksum-') ? trailer.slice('x-amz-checksum-'.length) : undefined);
  if (required && actual?.toUpperCase() !== required.algorithm)
    throw new S3Error(
      'InvalidRequest',
      `Checksum Type mismatch occurred, expected checksum Type: ${required.algorithm.toLowerCase()}, ` +
        `actual checksum Type: ${actual?.toLowerCase() ?? 'null'}`,
    );
}

/** The checksum algorithm and type that a client names for the whole upload. */
function readUploadChecksum(request: S3Request): Upload['checksum'] {
  const named = request.headerOrParam('x-amz-checksum-algorithm');
  const type = request.headerOrParam('x-amz-checksum-type');
  if (named === undefined) {
    if (type !== undefined)
      throw new S3Error(
        'InvalidRequest',
        'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
      );
    return undefined;
  }
  const algorithm = parseAlgorithm(named);
  const possible = CHECKSUM_TYPES[algorithm];
  const chosen = type === undefined ? possible[0] : possible.find((candidate) => candidate === type.toUpperCase());
  if (!chosen)
    throw new S3Error(
      'InvalidRequest',
      `The ${type ?? ''} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    );
  return { algorithm, type: chosen };
}

/**
 * The checksum types of each algorithm in a multipart upload, the default first.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */
const CHECKSUM_TYPES: Record<ChecksumAlgorithm, readonly [ChecksumType, ...ChecksumType[]]> = {
  CRC32: ['COMPOSITE', 'FULL_OBJECT'],
  CRC32C: ['COMPOSITE', 'FULL_OBJECT'],
  CRC64NVME: ['FULL_OBJECT'],
  SHA1: ['COMPOSITE'],
  SHA256: ['COMPOSITE'],
};
