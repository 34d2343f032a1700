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
import type { Plan } from './policy.ts';
import { createPresigner } from './presign.ts';
import { setRequestHeaders, withoutDefaultChecksums } from './s3-client.ts';
import { statusOf } from './storage-error.ts';
import type { Ticket } from './tickets.ts';

/** An object's size and ETag, from HeadObject. */
export interface ObjectHead {
  /** Without quotes. */
  etag: string;
  /** Bytes. */
  size: number;
}

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
 * Everything that the signer signs for the bucket, and every request that it sends to it.
 *
 * @param expiresSeconds seconds until a signature expires
 */
export function openStorage(s3: S3Client, Bucket: string, expiresSeconds: number) {
  const client = withoutDefaultChecksums(s3);
  const { bucketUrl, ...presigner } = createPresigner(client, Bucket, expiresSeconds);

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
      const { UploadId } = await client.send(command);
      return UploadId!;
    },

    /**
     * The first open multipart upload whose key begins like this.
     *
     * @throws a storage error, with 403 if the credentials may not list uploads
     */
    findMultipart: async (Prefix: string): Promise<Pick<Ticket, 'key' | 'uploadId'> | undefined> => {
      const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket, Prefix, MaxUploads: 1 }));
      const [found] = Uploads ?? [];
      return found?.Key?.startsWith(Prefix) ? { key: found.Key, uploadId: found.UploadId } : undefined;
    },

    /** All parts, from all pages. Undefined if the upload does not exist, or no longer. */
    listParts: async ({ key, uploadId }: Ticket): Promise<UploadedPart[] | undefined> => {
      const parts: UploadedPart[] = [];
      let marker: string | undefined;
      try {
        do {
          const page = await client.send(
            new ListPartsCommand({ Bucket, Key: key, UploadId: uploadId, PartNumberMarker: marker }),
          );
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
     *   no longer
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
      try {
        const { ETag } = await client.send(
          new CompleteMultipartUploadCommand({ Bucket, Key: key, UploadId: uploadId, MultipartUpload: { Parts } }),
        );
        return withoutQuotes(ETag);
      } catch (error) {
        if (statusOf(error) === 404) return undefined;
        throw error;
      }
    },

    /** Does nothing if the upload does not exist, or no longer. */
    abortMultipart: async ({ key, uploadId }: Pick<Ticket, 'key' | 'uploadId'>): Promise<void> => {
      try {
        await client.send(new AbortMultipartUploadCommand({ Bucket, Key: key, UploadId: uploadId }));
      } catch (error) {
        if (statusOf(error) !== 404) throw error;
      }
    },

    /** Undefined if there is no such object. S3 responds with 403 to a client that may not list the bucket. */
    headObject: async (key: string): Promise<ObjectHead | undefined> => {
      try {
        const { ETag, ContentLength } = await client.send(new HeadObjectCommand({ Bucket, Key: key }));
        return { etag: withoutQuotes(ETag), size: ContentLength! };
      } catch (error) {
        if (statusOf(error) === 404 || statusOf(error) === 403) return undefined;
        throw error;
      }
    },

    deleteObject: async (key: string): Promise<void> => {
      await client.send(new DeleteObjectCommand({ Bucket, Key: key }));
    },

    /** The object's URL, without a signature. */
    objectUrl: async (key: string): Promise<string> =>
      `${(await bucketUrl()).replace(/\/$/, '')}/${key.split('/').map(encodeURIComponent).join('/')}`,
  };
}

const withoutQuotes = (etag: string | undefined): string => (etag ?? '').replace(/^"|"$/g, '');
