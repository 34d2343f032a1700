import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  type Part,
  type S3Client,
} from '@aws-sdk/client-s3';
import { copyObject } from './copy-object.ts';
import { storedAttributes } from './object-attributes.ts';
import type { ObjectHead } from './object-head.ts';
import type { Plan } from './policy.ts';
import { createPresigner, type SigningOptions } from './presign.ts';
import { setRequestHeaders, withoutDefaultChecksums } from './s3-client.ts';
import { createStorageCalls } from './storage-calls.ts';
import { statusOf } from './storage-error.ts';
import type { Ticket } from './tickets.ts';

/** A part that the storage has. */
export interface UploadedPart {
  /** From 1. */
  number: number;
  /** Bytes. */
  size: number;
  /** As ListParts returned it, with ETag and checksums. */
  part: Part;
}

/** Made by `openStorage`. */
export type ObjectStorage = ReturnType<typeof openStorage>;

/**
 * Everything that the signer signs for the bucket, and every request that it sends to it. Each request has a timeout, and at
 * most 100 are under way: see `storage-calls.ts`.
 *
 * @param expiresSeconds seconds until a signature expires
 * @param options default: uploads without conditions
 */
export function openStorage(
  s3: S3Client,
  Bucket: string,
  expiresSeconds: number,
  options: SigningOptions = { conditionalWrites: false },
) {
  const client = withoutDefaultChecksums(s3);
  const call = createStorageCalls();
  const { bucketUrl, isAws, isConditional, ...presigner } = createPresigner(client, Bucket, expiresSeconds, options);

  return {
    ...presigner,

    /** @returns the upload's id */
    createMultipart: async ({ key, type, headers, checksum }: Plan): Promise<string> => {
      const command = new CreateMultipartUploadCommand({ Bucket, Key: key });
      setRequestHeaders(command, {
        'Content-Type': type,
        ...headers,
        ...(checksum && { 'x-amz-checksum-algorithm': checksum.toUpperCase() }),
      });
      const { UploadId } = await call('quick', (abortSignal) => client.send(command, { abortSignal }));
      return UploadId!;
    },

    /**
     * The first open multipart upload whose key begins like this.
     *
     * @throws a storage error, with 403 if the credentials may not list uploads
     */
    findMultipart: async (Prefix: string): Promise<Pick<Ticket, 'key' | 'uploadId'> | undefined> => {
      const command = new ListMultipartUploadsCommand({ Bucket, Prefix, MaxUploads: 1 });
      const { Uploads } = await call('quick', (abortSignal) => client.send(command, { abortSignal }));
      const [found] = Uploads ?? [];
      return found?.Key?.startsWith(Prefix) ? { key: found.Key, uploadId: found.UploadId } : undefined;
    },

    /** All parts, from all pages. Undefined if the upload does not exist, or no longer. */
    listParts: async ({ key, uploadId }: Ticket): Promise<UploadedPart[] | undefined> => {
      const parts: UploadedPart[] = [];
      let marker: string | undefined;
      try {
        do {
          const command = new ListPartsCommand({ Bucket, Key: key, UploadId: uploadId, PartNumberMarker: marker });
          const page = await call('quick', (abortSignal) => client.send(command, { abortSignal }));
          for (const part of page.Parts ?? []) parts.push({ number: part.PartNumber!, size: part.Size!, part });
          marker = page.IsTruncated ? page.NextPartNumberMarker : undefined;
        } while (marker);
      } catch (error) {
        if (statusOf(error) === 404) return undefined;
        throw error;
      }
      return parts;
    },

    /**
     * @returns the object's ETag, empty if the storage does not send one (Ceph); undefined if the upload does not exist, or
     *   no longer, or if there is an object with its key: then it was completed before
     */
    completeMultipart: async (
      { key, uploadId }: Ticket,
      parts: readonly UploadedPart[],
    ): Promise<string | undefined> => {
      const Parts = parts.map(({ number, part }) => ({
        PartNumber: number,
        ETag: part.ETag,
        ChecksumCRC32: part.ChecksumCRC32,
        ChecksumCRC32C: part.ChecksumCRC32C,
        ChecksumCRC64NVME: part.ChecksumCRC64NVME,
        ChecksumSHA256: part.ChecksumSHA256,
      }));
      const command = new CompleteMultipartUploadCommand({
        Bucket,
        Key: key,
        UploadId: uploadId,
        MultipartUpload: { Parts },
        ...((await isConditional()) && { IfNoneMatch: '*' }),
      });
      try {
        const { ETag } = await call('complete', (abortSignal) => client.send(command, { abortSignal }));
        return withoutQuotes(ETag);
      } catch (error) {
        if (statusOf(error) === 404 || statusOf(error) === 412) return undefined;
        throw error;
      }
    },

    /** @returns false if the upload does not exist, or no longer: it was completed or aborted before */
    abortMultipart: async ({ key, uploadId }: Pick<Ticket, 'key' | 'uploadId'>): Promise<boolean> => {
      const command = new AbortMultipartUploadCommand({ Bucket, Key: key, UploadId: uploadId });
      try {
        await call('quick', (abortSignal) => client.send(command, { abortSignal }));
        return true;
      } catch (error) {
        if (statusOf(error) !== 404) throw error;
        return false;
      }
    },

    /** Undefined if there is no such object. S3 responds with 403 to a client that may not list the bucket. */
    headObject: async (key: string): Promise<ObjectHead | undefined> => {
      const command = new HeadObjectCommand({ Bucket, Key: key });
      try {
        const head = await call('quick', (abortSignal) => client.send(command, { abortSignal }));
        return {
          etag: withoutQuotes(head.ETag),
          size: head.ContentLength!,
          modified: head.LastModified?.getTime(),
          attributes: storedAttributes(head),
        };
      } catch (error) {
        if (statusOf(error) === 404 || statusOf(error) === 403) return undefined;
        throw error;
      }
    },

    /**
     * Copies the object that `head` describes to another key.
     *
     * @returns false if that object no longer exists, or if there is an object with the other key
     */
    copyObject: async (from: string, to: string, head: ObjectHead): Promise<boolean> =>
      copyObject(client, call, {
        ...{ bucket: Bucket, from, to, head },
        ifAbsent: await isConditional(),
        withoutTags: await isAws(),
      }),

    deleteObject: async (key: string): Promise<void> => {
      const command = new DeleteObjectCommand({ Bucket, Key: key });
      await call('quick', (abortSignal) => client.send(command, { abortSignal }));
    },

    /** The object's URL, without a signature. */
    objectUrl: async (key: string): Promise<string> =>
      `${(await bucketUrl()).replace(/\/$/, '')}/${key.split('/').map(encodeURIComponent).join('/')}`,
  };
}

const withoutQuotes = (etag: string | undefined): string => (etag ?? '').replace(/^"|"$/g, '');
