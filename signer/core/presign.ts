import { PutObjectCommand, type S3Client, UploadPartCommand } from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { Checksum } from '../../widget/core/protocol.ts';
import { checksumHeaders } from './object-headers.ts';
import type { Plan } from './policy.ts';
import { setRequestHeaders, withCachedEndpoint } from './s3-client.ts';
import type { Ticket } from './tickets.ts';

/** A POST with a signed policy: where to send the form, and its fields. */
export interface PresignedForm {
  url: string;
  fields: Record<string, string>;
}

/** A presigned PUT, and the headers that must be sent with it. */
export interface PresignedUrl {
  url: string;
  headers?: Record<string, string>;
}

/** Makes signatures for the bucket. They are computed locally; nothing is sent to the storage. */
export function createPresigner(client: S3Client, Bucket: string, expiresSeconds: number) {
  const postClient = withCachedEndpoint(client);

  /**
   * A URL that is valid only with exactly these headers, the length among them. Without a signed length, a presigned URL
   * stores any number of bytes.
   */
  const presign = async (
    command: PutObjectCommand | UploadPartCommand,
    headers: Record<string, string>,
    size: number,
  ): Promise<PresignedUrl> => {
    const names = Object.keys(headers).map((name) => name.toLowerCase());
    setRequestHeaders(command, { ...headers, 'Content-Length': String(size) });
    const url = await getSignedUrl(client, command as PutObjectCommand, {
      expiresIn: expiresSeconds,
      signableHeaders: new Set([...names, 'content-length']),
      unhoistableHeaders: new Set(names),
    });
    return { url, headers: names.length > 0 ? headers : undefined };
  };

  return {
    /** The bucket's URL, as the SDK resolves it. */
    bucketUrl: async (): Promise<string> => (await createPresignedPost(postClient, { Bucket, Key: 'x' })).url,

    /** A POST of one file. `createPresignedPost` makes an exact condition of every field. */
    signPost: ({ key, type, size, headers }: Plan): Promise<PresignedForm> =>
      createPresignedPost(postClient, {
        Bucket,
        Key: key,
        Expires: expiresSeconds,
        Fields: { 'Content-Type': type, ...headers, success_action_status: '201' },
        Conditions: [['content-length-range', size, size]],
      }),

    /**
     * A POST of an HTML form: S3 appends the file's own name to the key. The condition on the redirect is left open, so
     * that a script on the page can empty it and read the response instead.
     */
    signForm: async (
      folder: string,
      exact: Record<string, string>,
      redirect: string,
      sizes: readonly [min: number, max: number],
    ): Promise<PresignedForm> => {
      const { url, fields } = await createPresignedPost(postClient, {
        Bucket,
        Key: `${folder}\${filename}`,
        Expires: expiresSeconds,
        Fields: exact,
        Conditions: [
          ['content-length-range', ...sizes],
          ['starts-with', '$success_action_redirect', ''],
        ],
      });
      return { url, fields: { ...fields, success_action_redirect: redirect } };
    },

    signPut: ({ key, type, size, headers }: Plan): Promise<PresignedUrl> =>
      presign(new PutObjectCommand({ Bucket, Key: key }), { 'Content-Type': type, ...headers }, size),

    /** A PUT of one part of `size` bytes, numbered from 1. */
    signPart: (ticket: Ticket, number: number, size: number, checksum: Checksum | undefined): Promise<PresignedUrl> =>
      presign(
        new UploadPartCommand({ Bucket, Key: ticket.key, UploadId: ticket.uploadId, PartNumber: number }),
        checksum ? checksumHeaders(checksum.algorithm, checksum.value, 'PUT') : {},
        size,
      ),
  };
}
