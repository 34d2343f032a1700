import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { uriEncode } from '../auth/sigv4.ts';
import { writeVerified } from '../body/write-verified.ts';
import {
  CHECKSUM_ALGORITHMS,
  checksumElement,
  DEFAULT_ALGORITHM,
  startDigest,
  readStatedChecksum,
  type Checksum,
  type ChecksumAlgorithm,
  type ChecksumType,
} from '../protocol/checksums.ts';
import { S3Error, entityTooSmall, malformedXml } from '../protocol/s3-error.ts';
import { childText, children, s3Element, xmlResponse } from '../protocol/xml.ts';
import type { StoredObject } from '../store/object-store.ts';
import type { Part, Upload } from '../store/upload-store.ts';
import { MAX_PART_NUMBER, readUploadId } from './multipart-upload.ts';
import type { OperationContext } from './operation-context.ts';
import { readIfNoneMatch } from './write-condition.ts';
import { readXmlBody } from './xml-body.ts';

/** 5 MiB for every part but the last: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MIN_PART_BYTES = 5 * 1024 * 1024;

/** A part in the request's list. */
interface ListedPart {
  readonly number: number;
  /** Without quotes. */
  readonly etag: string;
  readonly checksums: readonly Checksum[];
}

/** CompleteMultipartUpload. A repeated request gets the same response again. */
export async function completeMultipartUpload(context: OperationContext): Promise<Response> {
  const { request, buckets, uploads } = context;
  buckets.assertExists(request.bucket);
  const uploadId = readUploadId(request);
  const ifAbsent = readIfNoneMatch(request);
  // A checksum header of this request refers to the object, not to the body.
  const { content } = await readXmlBody(context, 'CompleteMultipartUpload', { ignoreChecksum: true });
  const listed = children(content, 'Part').map(parsePart);
  if (listed.length === 0 || listed.length > MAX_PART_NUMBER) throw malformedXml();
  return uploads.runExclusively(uploadId, async () => {
    const completed = await uploads.findCompleted(request.bucket, request.key, uploadId);
    if (completed) return respond(context, completed);
    const upload = await uploads.get(request.bucket, request.key, uploadId);
    const parts = await chooseParts(context, upload, listed);
    const object = await assemble(context, upload, parts, ifAbsent);
    await uploads.recordCompleted(request.bucket, uploadId, object);
    await uploads.remove(request.bucket, uploadId);
    return respond(context, object);
  });
}

/** The stored parts that the list names. @throws {S3Error} `InvalidPartOrder`, `InvalidPart`, `EntityTooSmall` */
async function chooseParts(
  { request, uploads }: OperationContext,
  { uploadId }: Upload,
  listed: readonly ListedPart[],
) {
  if (listed.some(({ number }, index) => number <= (listed[index - 1]?.number ?? 0)))
    throw new S3Error(
      'InvalidPartOrder',
      'The list of parts was not in ascending order. Parts must be ordered by part number.',
      { UploadId: uploadId },
    );
  const { parts: stored } = await uploads.parts(request.bucket, uploadId);
  const byNumber = new Map(stored.map((part) => [part.number, part]));
  const chosen = listed.map((entry) => {
    const part = byNumber.get(entry.number);
    if (!part || !isSamePart(part, entry))
      throw new S3Error(
        'InvalidPart',
        'One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified ' +
          "entity tag may not match the part's entity tag.",
        { UploadId: uploadId, PartNumber: `${entry.number}`, ETag: entry.etag },
      );
    return part;
  });
  for (const { number, size, md5 } of chosen.slice(0, -1))
    if (size < MIN_PART_BYTES) throw entityTooSmall(size, MIN_PART_BYTES, { PartNumber: `${number}`, ETag: md5 });
  return chosen;
}

/** Joins the parts to an object and verifies its size and checksum. */
async function assemble(
  { request, objects, uploads }: OperationContext,
  upload: Upload,
  parts: readonly Part[],
  ifAbsent: boolean,
): Promise<StoredObject> {
  const { bucket } = request;
  const { uploadId, checksum: required, key, headers, acl, tags } = upload;
  const type: ChecksumType = required?.type ?? 'FULL_OBJECT';
  const stated = readStatedChecksum((name) => request.header(name));
  assertStatedSize(request.header('x-amz-mp-object-size'), parts);
  return objects.withTemporaryFile(bucket, async (temporary) => {
    const bytes = Readable.from(concatenate(parts.map(({ number }) => uploads.partFile(bucket, uploadId, number))));
    const expected = type === 'FULL_OBJECT' ? { checksum: stated, range: ANY_SIZE } : { range: ANY_SIZE };
    const { size, checksum } = await writeVerified(
      bytes,
      temporary.path,
      expected,
      required?.algorithm ?? DEFAULT_ALGORITHM,
    );
    const etag = `"${compositeMd5(parts)}-${parts.length}"`;
    const objectChecksum = type === 'FULL_OBJECT' ? checksum : await compositeChecksum(checksum.algorithm, parts);
    return objects.put(
      bucket,
      { key, headers, acl, tags, size, etag, checksum: objectChecksum, checksumType: type },
      temporary,
      ifAbsent,
    );
  });
}

/** The limit of one request does not apply to the sum of the parts. */
const ANY_SIZE = [0, Infinity] as const;

async function* concatenate(files: readonly string[]) {
  for (const file of files) yield* createReadStream(file, { highWaterMark: 1024 * 1024 });
}

function assertStatedSize(stated: string | undefined, parts: readonly Part[]): void {
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  if (stated !== undefined && Number(stated) !== size)
    throw new S3Error('InvalidRequest', "The provided 'x-amz-mp-object-size' header does not match what was computed.");
}

/** The ETag of a multipart object, without its number of parts: the MD5 over the MD5s of the parts. */
function compositeMd5(parts: readonly Part[]): string {
  const hash = createHash('md5');
  for (const { md5 } of parts) hash.update(md5, 'hex');
  return hash.digest('hex');
}

/** The checksum over the checksums of the parts. */
async function compositeChecksum(algorithm: ChecksumAlgorithm, parts: readonly Part[]): Promise<Checksum> {
  const digest = await startDigest(algorithm);
  for (const { checksum } of parts) digest.update(Buffer.from(checksum.value, 'base64'));
  return { algorithm, value: `${digest.digest().toString('base64')}-${parts.length}` };
}

function parsePart(part: unknown): ListedPart {
  const number = childText(part, 'PartNumber') ?? '';
  const etag = childText(part, 'ETag');
  if (!/^\d{1,5}$/.test(number) || etag === undefined) throw malformedXml();
  const checksums = CHECKSUM_ALGORITHMS.flatMap((algorithm) => {
    const value = childText(part, checksumElement(algorithm));
    return value === undefined ? [] : [{ algorithm, value }];
  });
  return { number: Number(number), etag: etag.replaceAll('"', ''), checksums };
}

const isSamePart = ({ md5, checksum }: Part, { etag, checksums }: ListedPart) =>
  md5 === etag &&
  checksums.every(({ algorithm, value }) => algorithm !== checksum.algorithm || value === checksum.value);

function respond({ request }: OperationContext, { key, etag, checksum, checksumType }: StoredObject): Response {
  return xmlResponse({
    CompleteMultipartUploadResult: s3Element({
      Location: `${request.origin}/${request.bucket}/${uriEncode(key)}`,
      Bucket: request.bucket,
      Key: key,
      ETag: etag,
      [checksumElement(checksum.algorithm)]: checksum.value,
      ChecksumType: checksumType,
    }),
  });
}
