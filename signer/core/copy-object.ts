import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  type CompletedPart,
  type S3Client,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { choosePartSize, countParts, sizeOfPart } from './multipart.ts';
import type { ObjectHead } from './object-head.ts';
import { MAX_SINGLE_UPLOAD_BYTES } from './policy.ts';
import { setRequestHeaders } from './s3-client.ts';
import type { CallStorage } from './storage-calls.ts';
import { statusOf } from './storage-error.ts';

/** A copy within the bucket. */
export interface Copy {
  bucket: string;
  /** The key of the object to copy. */
  from: string;
  /** The key of the copy. */
  to: string;
  /** The object to copy, from HeadObject. */
  head: ObjectHead;
  /** Whether the copy must not replace an object. */
  ifAbsent: boolean;
  /** Whether the copy has no tags. Not every storage knows the directive. */
  withoutTags: boolean;
}

/** Bytes from which a copy is made in parts, and bytes of a part. */
export interface CopyLimits {
  maxBytes: number;
  partBytes: number;
}

/**
 * CopyObject copies up to 5 GB: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html. Parts of 512 MiB take the
 * storage some seconds each.
 */
const COPY_LIMITS: CopyLimits = { maxBytes: MAX_SINGLE_UPLOAD_BYTES, partBytes: 512 * 1024 ** 2 };

/** Parts that are copied at the same time. */
const CONCURRENT_PARTS = 4;

/**
 * Copies exactly the object that `head` describes, with its attributes, and without its ACL.
 *
 * @returns false if that object no longer exists, or if there is an object with the key of the copy
 */
export async function copyObject(
  client: S3Client,
  call: CallStorage,
  copy: Copy,
  limits: CopyLimits = COPY_LIMITS,
): Promise<boolean> {
  try {
    await (copy.head.size > limits.maxBytes ? copyParts(client, call, copy, limits) : copyWhole(client, call, copy));
    return true;
  } catch (error) {
    // The condition on the source or on the copy, or the source is gone.
    if ([404, 409, 412].includes(statusOf(error) ?? 0)) return false;
    throw error;
  }
}

async function copyWhole(client: S3Client, call: CallStorage, copy: Copy): Promise<void> {
  const command = new CopyObjectCommand({
    Bucket: copy.bucket,
    Key: copy.to,
    CopySource: sourceOf(copy),
    CopySourceIfMatch: copy.head.etag,
    // To copy the tags of a scanner, AWS demands permissions of its own.
    ...(copy.withoutTags && { TaggingDirective: 'REPLACE' }),
    ...(copy.ifAbsent && { IfNoneMatch: '*' }),
  });
  await call('copy', (abortSignal) => client.send(command, { abortSignal }));
}

async function copyParts(client: S3Client, call: CallStorage, copy: Copy, limits: CopyLimits): Promise<void> {
  const { bucket, to, head } = copy;
  const create = new CreateMultipartUploadCommand({ Bucket: bucket, Key: to });
  setRequestHeaders(create, head.attributes);
  const { UploadId } = await call('quick', (abortSignal) => client.send(create, { abortSignal }));
  const upload = { Bucket: bucket, Key: to, UploadId };
  try {
    const partBytes = choosePartSize(head.size, limits.partBytes);
    const Parts: CompletedPart[] = [];
    const numbers = Array.from({ length: countParts(head.size, partBytes) }, (_, i) => i + 1).values();
    const copyNext = async (): Promise<void> => {
      for (const number of numbers) {
        const start = (number - 1) * partBytes;
        const end = start + sizeOfPart(number, head.size, partBytes)! - 1;
        const command = new UploadPartCopyCommand({
          ...upload,
          PartNumber: number,
          CopySource: sourceOf(copy),
          CopySourceIfMatch: head.etag,
          CopySourceRange: `bytes=${start}-${end}`,
        });
        const { CopyPartResult } = await call('copy', (abortSignal) => client.send(command, { abortSignal }));
        Parts[number - 1] = { PartNumber: number, ETag: CopyPartResult?.ETag };
      }
    };
    await Promise.all(Array.from({ length: CONCURRENT_PARTS }, copyNext));
    const complete = new CompleteMultipartUploadCommand({
      ...upload,
      MultipartUpload: { Parts },
      ...(copy.ifAbsent && { IfNoneMatch: '*' }),
    });
    await call('complete', (abortSignal) => client.send(complete, { abortSignal }));
  } catch (error) {
    const abort = new AbortMultipartUploadCommand(upload);
    await call('quick', (abortSignal) => client.send(abort, { abortSignal })).catch(() => undefined);
    throw error;
  }
}

const sourceOf = ({ bucket, from }: Copy): string => `${bucket}/${from.split('/').map(encodeURIComponent).join('/')}`;
