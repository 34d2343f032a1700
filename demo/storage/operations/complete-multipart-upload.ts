import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { malformedXml } from './object-metadata.ts';
import { receiveDocument } from '../body/signed-body.ts';
import {
  checksumAlgorithms,
  checksumElement,
  defaultAlgorithm,
  startDigest,
  statedChecksum,
  type Checksum,
  type ChecksumAlgorithm,
  type ChecksumType,
} from '../protocol/checksums.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { maxPartNumber, uploadIdOf } from './multipart-upload.ts';
import type { StoredObject } from '../store/object-store.ts';
import type { Context } from './operation-context.ts';
import { wantsAbsence } from './put-object.ts';
import { receive } from '../body/write-verified.ts';
import { uriEncode } from '../auth/sigv4.ts';
import type { Part, Upload } from '../store/upload-store.ts';
import { childText, children, s3Element, xmlResponse } from '../protocol/xml.ts';

/** Every part but the last has at least this many bytes. */
const minPartSize = 5 * 1024 * 1024;

interface ListedPart {
  readonly number: number;
  /** Without quotes. */
  readonly etag: string;
  readonly checksums: readonly Checksum[];
}

/** Completes a multipart upload. Said twice, it answers twice the same. */
export async function completeUpload(context: Context): Promise<Response> {
  const { request, buckets, uploads } = context;
  buckets.assertExists(request.bucket);
  const uploadId = uploadIdOf(request);
  const ifAbsent = wantsAbsence(request);
  // Here a checksum header is about the object, not about the list of its parts.
  const { content } = await receiveDocument(context, 'CompleteMultipartUpload', { ignoreChecksum: true });
  const listed = children(content, 'Part').map(parsePart);
  if (listed.length === 0 || listed.length > maxPartNumber) throw malformedXml();
  return uploads.alone(uploadId, async () => {
    const before = await uploads.completed(request.bucket, request.key, uploadId);
    if (before) return answer(context, before);
    const upload = await uploads.get(request.bucket, request.key, uploadId);
    const parts = await chosenParts(context, upload, listed);
    const object = await assemble(context, upload, parts, ifAbsent);
    await uploads.remember(request.bucket, uploadId, object);
    await uploads.remove(request.bucket, uploadId);
    return answer(context, object);
  });
}

async function chosenParts({ request, uploads }: Context, { uploadId }: Upload, listed: readonly ListedPart[]) {
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
    if (!part || !isSame(part, entry))
      throw new S3Error(
        'InvalidPart',
        'One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified ' +
          "entity tag may not match the part's entity tag.",
        { UploadId: uploadId, PartNumber: `${entry.number}`, ETag: entry.etag },
      );
    return part;
  });
  for (const { number, size, md5 } of chosen.slice(0, -1))
    if (size < minPartSize)
      throw new S3Error('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', {
        ProposedSize: `${size}`,
        MinSizeAllowed: `${minPartSize}`,
        PartNumber: `${number}`,
        ETag: md5,
      });
  return chosen;
}

async function assemble(
  { request, objects, uploads }: Context,
  upload: Upload,
  parts: readonly Part[],
  ifAbsent: boolean,
): Promise<StoredObject> {
  const { bucket } = request;
  const { uploadId, checksum: wanted, key, headers, acl, tags } = upload;
  const type: ChecksumType = wanted?.type ?? 'FULL_OBJECT';
  const stated = statedChecksum((name) => request.header(name));
  assertStatedSize(request.header('x-amz-mp-object-size'), parts);
  return objects.withTemporary(bucket, async (temporary) => {
    const bytes = Readable.from(concatenated(parts.map(({ number }) => uploads.partFile(bucket, uploadId, number))));
    const expected = type === 'FULL_OBJECT' ? { checksum: stated, range: anySize } : { range: anySize };
    const { size, checksum } = await receive(bytes, temporary.path, expected, wanted?.algorithm ?? defaultAlgorithm);
    const etag = `"${compositeMd5(parts)}-${parts.length}"`;
    const made = type === 'FULL_OBJECT' ? checksum : await compositeChecksum(checksum.algorithm, parts);
    return objects.put(
      bucket,
      { key, headers, acl, tags, size, etag, checksum: made, checksumType: type },
      temporary,
      ifAbsent,
    );
  });
}

const anySize = [0, Infinity] as const;

async function* concatenated(files: readonly string[]) {
  for (const file of files) yield* createReadStream(file, { highWaterMark: 1024 * 1024 });
}

function assertStatedSize(stated: string | undefined, parts: readonly Part[]): void {
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  if (stated !== undefined && Number(stated) !== size)
    throw new S3Error('InvalidRequest', "The provided 'x-amz-mp-object-size' header does not match what was computed.");
}

/** S3's ETag of an object made of parts: the MD5 of the parts' MD5s. */
function compositeMd5(parts: readonly Part[]): string {
  const hash = createHash('md5');
  for (const { md5 } of parts) hash.update(md5, 'hex');
  return hash.digest('hex');
}

async function compositeChecksum(algorithm: ChecksumAlgorithm, parts: readonly Part[]): Promise<Checksum> {
  const digest = await startDigest(algorithm);
  for (const { checksum } of parts) digest.update(Buffer.from(checksum.value, 'base64'));
  return { algorithm, value: `${digest.digest().toString('base64')}-${parts.length}` };
}

function parsePart(part: unknown): ListedPart {
  const number = childText(part, 'PartNumber') ?? '';
  const etag = childText(part, 'ETag');
  if (!/^\d{1,5}$/.test(number) || etag === undefined) throw malformedXml();
  const checksums = checksumAlgorithms.flatMap((algorithm) => {
    const value = childText(part, checksumElement(algorithm));
    return value === undefined ? [] : [{ algorithm, value }];
  });
  return { number: Number(number), etag: etag.replaceAll('"', ''), checksums };
}

const isSame = ({ md5, checksum }: Part, { etag, checksums }: ListedPart) =>
  md5 === etag &&
  checksums.every(({ algorithm, value }) => algorithm !== checksum.algorithm || value === checksum.value);

function answer({ request }: Context, { key, etag, checksum, checksumType }: StoredObject): Response {
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
