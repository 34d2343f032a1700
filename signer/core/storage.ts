import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  ListPartsCommand,
  type Part,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { Checksum } from '../../widget/core/protocol.ts';
import { checksumHeaders, type Plan } from './policy.ts';
import type { Ticket } from './ticket.ts';

export interface Stored {
  /** Without quotes. */
  etag: string;
  size: number;
}

export interface HeldPart {
  number: number;
  size: number;
  part: Part;
}

export type Storage = ReturnType<typeof openStorage>;

/** Everything that is signed for the bucket or asked of it. `expires` is in seconds. */
export function openStorage(given: S3Client, Bucket: string, expires: number) {
  const client = withoutDefaultChecksums(given);
  const posting = withOneAddress(client);

  /** The bucket's own address, which the SDK knows how to find. */
  const address = async (): Promise<string> => (await createPresignedPost(posting, { Bucket, Key: 'x' })).url;

  /** A URL on which exactly these headers must be sent, the length among them: else it stores any number of bytes. */
  const presign = async (
    command: PutObjectCommand | UploadPartCommand,
    headers: Record<string, string>,
    size: number,
  ): Promise<{ url: string; headers?: Record<string, string> }> => {
    const names = Object.keys(headers).map((name) => name.toLowerCase());
    setHeaders(command, { ...headers, 'Content-Length': String(size) });
    const url = await getSignedUrl(client, command as PutObjectCommand, {
      expiresIn: expires,
      signableHeaders: new Set([...names, 'content-length']),
      unhoistableHeaders: new Set(names),
    });
    return { url, ...(names.length > 0 && { headers }) };
  };

  return {
    /** Every field is an exact condition: createPresignedPost makes one of each. */
    signPost: ({ key, type, size, headers }: Plan): Promise<{ url: string; fields: Record<string, string> }> =>
      createPresignedPost(posting, {
        Bucket,
        Key: key,
        Expires: expires,
        Fields: { 'Content-Type': type, ...headers, success_action_status: '201' },
        Conditions: [['content-length-range', size, size]],
      }),

    /**
     * For a form that works without a script: the browser puts the file's own name at the end of the key. Where it comes
     * back to is left open, so that a script can empty it, and see how the upload goes.
     */
    signForm: async (
      folder: string,
      exact: Record<string, string>,
      redirect: string,
      range: readonly [number, number],
    ): Promise<{ url: string; fields: Record<string, string> }> => {
      const { url, fields } = await createPresignedPost(posting, {
        Bucket,
        Key: `${folder}\${filename}`,
        Expires: expires,
        Fields: exact,
        Conditions: [
          ['content-length-range', ...range],
          ['starts-with', '$success_action_redirect', ''],
        ],
      });
      return { url, fields: { ...fields, success_action_redirect: redirect } };
    },

    signPut: ({ key, type, size, headers }: Plan): Promise<{ url: string; headers?: Record<string, string> }> =>
      presign(new PutObjectCommand({ Bucket, Key: key }), { 'Content-Type': type, ...headers }, size),

    signPart: (ticket: Ticket, number: number, size: number, checksum: Checksum | undefined) =>
      presign(
        new UploadPartCommand({ Bucket, Key: ticket.key, UploadId: ticket.uploadId, PartNumber: number }),
        checksum ? checksumHeaders(checksum.algorithm, checksum.value, 'PUT') : {},
        size,
      ),

    /** @returns the upload's id */
    createMultipart: async ({ key, type, headers, checksum }: Plan): Promise<string> => {
      const command = new CreateMultipartUploadCommand({ Bucket, Key: key });
      setHeaders(command, {
        'Content-Type': type,
        ...headers,
        ...(checksum && { 'x-amz-checksum-algorithm': checksum.toUpperCase() }),
      });
      const { UploadId } = await client.send(command);
      return UploadId!;
    },

    /** All pages; undefined when there is no such upload (any more). */
    listParts: async ({ key, uploadId }: Ticket): Promise<HeldPart[] | undefined> => {
      const held: HeldPart[] = [];
      let marker: string | undefined;
      try {
        do {
          const page = await client.send(
            new ListPartsCommand({ Bucket, Key: key, UploadId: uploadId, PartNumberMarker: marker }),
          );
          for (const part of page.Parts ?? []) held.push({ number: part.PartNumber!, size: part.Size!, part });
          marker = page.IsTruncated ? page.NextPartNumberMarker : undefined;
        } while (marker);
      } catch (error) {
        if (statusOf(error) === 404) return undefined;
        throw error;
      }
      return held;
    },

    /** The ETag is empty where the storage does not say it (Ceph). Undefined when there is no such upload (any more). */
    completeMultipart: async ({ key, uploadId }: Ticket, held: readonly HeldPart[]): Promise<string | undefined> => {
      const Parts = held.map(({ number, part }) => ({
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
        return bare(ETag);
      } catch (error) {
        if (statusOf(error) === 404) return undefined;
        throw error;
      }
    },

    abortMultipart: async ({ key, uploadId }: Pick<Ticket, 'key' | 'uploadId'>): Promise<void> => {
      try {
        await client.send(new AbortMultipartUploadCommand({ Bucket, Key: key, UploadId: uploadId }));
      } catch (error) {
        if (statusOf(error) !== 404) throw error;
      }
    },

    /** Undefined when there is none; S3 says 403 for that to those who may not list the bucket. */
    head: async (key: string): Promise<Stored | undefined> => {
      try {
        const { ETag, ContentLength } = await client.send(new HeadObjectCommand({ Bucket, Key: key }));
        return { etag: bare(ETag), size: ContentLength! };
      } catch (error) {
        if (statusOf(error) === 404 || statusOf(error) === 403) return undefined;
        throw error;
      }
    },

    remove: async (key: string): Promise<void> => {
      await client.send(new DeleteObjectCommand({ Bucket, Key: key }));
    },

    /** The object's address without a signature. */
    locate: async (key: string): Promise<string> =>
      `${(await address()).replace(/\/$/, '')}/${key.split('/').map(encodeURIComponent).join('/')}`,
  };
}

/** HTTP status of an error of the storage; undefined when it did not answer. */
export const statusOf = (error: unknown): number | undefined =>
  (error as { $metadata?: { httpStatusCode?: number } } | undefined)?.$metadata?.httpStatusCode;

/** Whether it came from a call to the storage, answered or not. */
export const isStorageError = (error: unknown): boolean => error instanceof Error && '$metadata' in error;

const bare = (etag: string | undefined): string => (etag ?? '').replace(/^"|"$/g, '');

/**
 * The same client, but for the checksum that newer SDKs add unasked: in a presigned URL it is that of an empty body, and
 * a multipart upload begun with one takes no part without.
 */
function withoutDefaultChecksums(client: S3Client): S3Client {
  const config = { ...client.config, requestChecksumCalculation: () => Promise.resolve('WHEN_REQUIRED' as const) };
  return Object.create(client, { config: { value: config } }) as S3Client;
}

/** The same client, which works out the address of its one bucket once: that is a third of what signing a POST costs. */
function withOneAddress(client: S3Client): S3Client {
  let address: ReturnType<typeof client.config.endpointProvider> | undefined;
  const endpointProvider: typeof client.config.endpointProvider = (...asked) =>
    (address ??= client.config.endpointProvider(...asked));
  return Object.create(client, { config: { value: { ...client.config, endpointProvider } } }) as S3Client;
}

/** Sent and signed as they stand, so that a PUT, a part and a form are described by one set of headers. */
function setHeaders(
  command: PutObjectCommand | UploadPartCommand | CreateMultipartUploadCommand,
  headers: Record<string, string>,
): void {
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  (command as PutObjectCommand).middlewareStack.add(
    (next) => (args) => {
      Object.assign((args as { request: { headers: Record<string, string> } }).request.headers, lower);
      return next(args);
    },
    { step: 'build', name: 'signerHeaders' },
  );
}
