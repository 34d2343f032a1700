import { receiveBody } from '../body/signed-body.ts';
import {
  checksumElement,
  checksumHeader,
  parseAlgorithm,
  statedChecksum,
  type ChecksumAlgorithm,
  type ChecksumType,
} from '../protocol/checksums.ts';
import { S3Error, invalidArgument } from '../protocol/s3-error.ts';
import { nameEncoder, pageSize } from './list-objects.ts';
import type { Context } from './operation-context.ts';
import { requestAttributes } from './put-object.ts';
import type { S3Request } from '../protocol/s3-request.ts';
import type { Upload } from '../store/upload-store.ts';
import { s3Element, xmlResponse } from '../protocol/xml.ts';

/** S3 numbers parts from 1. */
export const maxPartNumber = 10_000;

export async function createUpload({ request, buckets, uploads }: Context): Promise<Response> {
  buckets.assertExists(request.bucket);
  const attributes = requestAttributes(request);
  await buckets.assertAclAllowed(request.bucket, attributes.acl);
  const checksum = wantedChecksum(request);
  const { key, uploadId } = await uploads.create(request.bucket, { ...attributes, key: request.key, checksum });
  const response = xmlResponse({
    InitiateMultipartUploadResult: s3Element({ Bucket: request.bucket, Key: key, UploadId: uploadId }),
  });
  if (checksum) {
    response.headers.set('x-amz-checksum-algorithm', checksum.algorithm);
    response.headers.set('x-amz-checksum-type', checksum.type);
  }
  return response;
}

export async function uploadPart(context: Context): Promise<Response> {
  const { request, buckets, objects, uploads } = context;
  buckets.assertExists(request.bucket);
  const number = partNumber(request.param('partNumber') ?? '');
  const upload = await uploads.get(request.bucket, request.key, uploadIdOf(request));
  assertChecksumStated(request, upload);
  return objects.withTemporary(request.bucket, async (temporary) => {
    const received = await receiveBody(context, temporary.path, { algorithm: upload.checksum?.algorithm });
    const { md5, checksum } = await uploads.putPart(request.bucket, upload, number, temporary, received);
    return new Response(null, { headers: { etag: `"${md5}"`, [checksumHeader(checksum.algorithm)]: checksum.value } });
  });
}

export async function listParts({ request, access, buckets, uploads }: Context): Promise<Response> {
  buckets.assertExists(request.bucket);
  const upload = await uploads.get(request.bucket, request.key, uploadIdOf(request));
  const limit = pageSize(request, 'max-parts');
  const marker = request.param('part-number-marker') ?? '0';
  if (!/^\d{1,10}$/.test(marker))
    throw invalidArgument(
      'Provided part-number-marker not an integer or within integer range',
      'part-number-marker',
      marker,
    );
  const { parts, more } = await uploads.parts(request.bucket, upload.uploadId, Number(marker), limit);
  return xmlResponse({
    ListPartsResult: s3Element({
      Bucket: request.bucket,
      Key: nameEncoder(request)(upload.key),
      UploadId: upload.uploadId,
      Initiator: { ID: access?.accessKeyId },
      Owner: { ID: access?.accessKeyId },
      StorageClass: upload.headers['x-amz-storage-class'] ?? 'STANDARD',
      PartNumberMarker: marker,
      NextPartNumberMarker: parts.at(-1)?.number ?? 0,
      MaxParts: limit,
      IsTruncated: more,
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

export async function listUploads({ request, access, buckets, uploads }: Context): Promise<Response> {
  buckets.assertExists(request.bucket);
  const prefix = request.param('prefix') ?? '';
  const keyMarker = request.param('key-marker') ?? '';
  const idMarker = request.param('upload-id-marker') ?? '';
  const limit = pageSize(request, 'max-uploads');
  const encode = nameEncoder(request);
  const all = await uploads.list(request.bucket, prefix);
  const marked = idMarker === '' ? -1 : all.findIndex(({ uploadId }) => uploadId === idMarker);
  const rest = marked >= 0 ? all.slice(marked + 1) : all.filter(({ key }) => keyMarker === '' || key > keyMarker);
  const page = rest.slice(0, limit);
  const more = rest.length > page.length;
  const last = page.at(-1);
  return xmlResponse({
    ListMultipartUploadsResult: s3Element({
      Bucket: request.bucket,
      Prefix: encode(prefix),
      KeyMarker: encode(keyMarker),
      UploadIdMarker: idMarker,
      NextKeyMarker: more && last ? encode(last.key) : undefined,
      NextUploadIdMarker: more ? last?.uploadId : undefined,
      EncodingType: request.param('encoding-type'),
      MaxUploads: limit,
      IsTruncated: more,
      Upload: page.map(({ key, uploadId, initiated, headers, checksum }) => ({
        Key: encode(key),
        UploadId: uploadId,
        Initiator: { ID: access?.accessKeyId },
        Owner: { ID: access?.accessKeyId },
        StorageClass: headers['x-amz-storage-class'] ?? 'STANDARD',
        Initiated: initiated,
        ChecksumAlgorithm: checksum?.algorithm,
        ChecksumType: checksum?.type,
      })),
    }),
  });
}

export async function abortUpload({ request, buckets, uploads }: Context): Promise<Response> {
  buckets.assertExists(request.bucket);
  const { uploadId } = await uploads.get(request.bucket, request.key, uploadIdOf(request));
  await uploads.alone(uploadId, () => uploads.remove(request.bucket, uploadId));
  return new Response(null, { status: 204 });
}

export const uploadIdOf = (request: S3Request): string => request.param('uploadId') ?? '';

export function partNumber(text: string): number {
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (number < 1 || number > maxPartNumber)
    throw invalidArgument(
      `Part number must be an integer between 1 and ${maxPartNumber}, inclusive`,
      'partNumber',
      text,
    );
  return number;
}

/** An upload that was begun with an algorithm takes no part without its checksum. */
function assertChecksumStated(request: S3Request, { checksum: wanted }: Upload): void {
  const trailer = request.header('x-amz-trailer')?.trim().toLowerCase();
  const stated = statedChecksum((name) => request.setting(name))?.algorithm;
  const given =
    stated ?? (trailer?.startsWith('x-amz-checksum-') ? trailer.slice('x-amz-checksum-'.length) : undefined);
  if (wanted && given?.toUpperCase() !== wanted.algorithm)
    throw new S3Error(
      'InvalidRequest',
      `Checksum Type mismatch occurred, expected checksum Type: ${wanted.algorithm.toLowerCase()}, ` +
        `actual checksum Type: ${given?.toLowerCase() ?? 'null'}`,
    );
}

function wantedChecksum(request: S3Request): Upload['checksum'] {
  const named = request.setting('x-amz-checksum-algorithm');
  const type = request.setting('x-amz-checksum-type');
  if (named === undefined) {
    if (type !== undefined)
      throw new S3Error(
        'InvalidRequest',
        'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
      );
    return undefined;
  }
  const algorithm = parseAlgorithm(named);
  const possible = checksumTypes[algorithm];
  const chosen = type === undefined ? possible[0] : possible.find((candidate) => candidate === type.toUpperCase());
  if (!chosen)
    throw new S3Error(
      'InvalidRequest',
      `The ${type ?? ''} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    );
  return { algorithm, type: chosen };
}

/** How the checksum of an object made of parts may be formed; the first is the default. */
const checksumTypes: Record<ChecksumAlgorithm, readonly [ChecksumType, ...ChecksumType[]]> = {
  CRC32: ['COMPOSITE', 'FULL_OBJECT'],
  CRC32C: ['COMPOSITE', 'FULL_OBJECT'],
  CRC64NVME: ['FULL_OBJECT'],
  SHA1: ['COMPOSITE'],
  SHA256: ['COMPOSITE'],
};
