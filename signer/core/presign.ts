import type { S3Client } from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import type { Checksum } from '../../widget/core/protocol.ts';
import type { BucketAddress } from './bucket-address.ts';
import { checksumHeaders } from './object-headers.ts';
import type { Plan } from './policy.ts';
import { createPresignPut, type PresignedPut } from './presign-put.ts';
import { lowerCaseNames, withCachedEndpoint } from './s3-client.ts';
import type { Ticket } from './tickets.ts';
import { createUploadAddresses } from './upload-endpoints.ts';

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

/** How uploads are signed, as the options of the signer describe it. */
export interface SigningOptions {
  /** Default false. */
  signAbsentHeaders?: boolean;
  /** Undefined: true for an endpoint of AWS, and elsewhere true for forms alone. */
  conditionalWrites?: boolean;
  /** URLs of the bucket that uploads are sent to in turn. Default: the client's own address. */
  uploadEndpoints?: readonly string[];
}

/** The header or field of an upload that must not replace an object. */
const CONDITION = { 'If-None-Match': '*' };

/** The host names of AWS. */
const AWS_HOST = /\.amazonaws\.(com|com\.cn|eu)$/;

/** Makes signatures for the bucket. They are computed locally; nothing is sent to the storage. */
export function createPresigner(client: S3Client, Bucket: string, expiresSeconds: number, options: SigningOptions) {
  const postClient = withCachedEndpoint(client);
  const presignPut = createPresignPut(client, Bucket, expiresSeconds, options.signAbsentHeaders);
  const { nextUrl, nextAddress } = createUploadAddresses(options.uploadEndpoints ?? []);
  let isAwsHost: boolean | undefined;

  const bucketUrl = async (): Promise<string> => (await createPresignedPost(postClient, { Bucket, Key: 'x' })).url;

  /** Whether the storage is AWS. The endpoint is known only now: the SDK also reads it from the environment and its files. */
  const isAws = async (): Promise<boolean> => (isAwsHost ??= AWS_HOST.test(new URL(await bucketUrl()).hostname));

  /** Whether a PUT or the completion of a multipart upload must not replace an object. Not every storage knows the header. */
  const isConditional = async (): Promise<boolean> => options.conditionalWrites ?? isAws();

  /**
   * The field of a form that must not replace an object. A storage that does not know it ignores it, because the policy names
   * it, so it is sent to unknown storages, too.
   */
  const formCondition = options.conditionalWrites === false ? {} : CONDITION;

  /**
   * A URL that is valid only with exactly these headers, the length among them. Without a signed length, a presigned URL
   * stores any number of bytes.
   */
  const presign = async (
    { key, query, headers }: PresignedPut,
    size: number,
    address: BucketAddress | undefined,
  ): Promise<PresignedUrl> => ({
    url: await presignPut(
      { key, query, headers: lowerCaseNames({ ...headers, 'Content-Length': `${size}` }) },
      address,
    ),
    headers: Object.keys(headers).length > 0 ? headers : undefined,
  });

  return {
    /** The bucket's URL, as the SDK resolves it. */
    bucketUrl,
    isAws,
    isConditional,

    /** A POST of one file. `createPresignedPost` makes an exact condition of every field. */
    signPost: async ({ key, type, size, headers }: Plan): Promise<PresignedForm> => {
      const { url, fields } = await createPresignedPost(postClient, {
        Bucket,
        Key: key,
        Expires: expiresSeconds,
        Fields: { 'Content-Type': type, ...headers, ...formCondition, success_action_status: '201' },
        Conditions: [['content-length-range', size, size]],
      });
      // A policy does not name the host.
      return { url: nextUrl() ?? url, fields };
    },

    /**
     * A POST of an HTML form, of any size in the range. The condition on the redirect is left open, so that a script on the
     * page can empty it and read the response instead.
     */
    signForm: async (
      key: string,
      exact: Record<string, string>,
      redirect: string,
      sizes: readonly [min: number, max: number],
    ): Promise<PresignedForm> => {
      const { url, fields } = await createPresignedPost(postClient, {
        Bucket,
        Key: key,
        Expires: expiresSeconds,
        Fields: { ...exact, ...formCondition },
        Conditions: [
          ['content-length-range', ...sizes],
          ['starts-with', '$success_action_redirect', ''],
        ],
      });
      return { url, fields: { ...fields, success_action_redirect: redirect } };
    },

    signPut: async ({ key, type, size, headers }: Plan): Promise<PresignedUrl> => {
      const signed = { 'Content-Type': type, ...headers, ...((await isConditional()) && CONDITION) };
      return presign({ key, query: { 'x-id': 'PutObject' }, headers: signed }, size, nextAddress());
    },

    /** A PUT of one part of `size` bytes, numbered from 1. */
    signPart: (ticket: Ticket, number: number, size: number, checksum: Checksum | undefined): Promise<PresignedUrl> =>
      presign(
        {
          key: ticket.key,
          query: { partNumber: `${number}`, uploadId: ticket.uploadId!, 'x-id': 'UploadPart' },
          headers: checksum ? checksumHeaders(checksum.algorithm, checksum.value, 'PUT') : {},
        },
        size,
        nextAddress(number),
      ),
  };
}
