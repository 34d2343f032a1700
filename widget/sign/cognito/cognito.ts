import { isUploadError } from '../../core/errors.ts';
import type { FileInfo } from '../../core/item.ts';
import type { Grant, PostGrant, PutGrant, Sign } from '../../core/sign.ts';
import { collectGrants } from '../collect-grants.ts';
import type { IdentityPool } from './credentials.ts';
import { beginMultipart } from './multipart.ts';
import { CognitoRequests, type ObjectPath } from './requests.ts';
import { ALGORITHM, formatAmzDate, formatCredential, requireSubtle, signPolicy } from './sigv4.ts';

/** An identity pool, and the bucket to which its visitors upload. */
export interface CognitoOptions extends IdentityPool {
  /** Region of the bucket. */
  region: string;
  /** Name of the bucket. */
  bucket: string;
  /** Start of every key, before the identity's id, as in `uploads/`. Default none. */
  keyPrefix?: string;
  /**
   * Stored with every object as `x-amz-meta-*`, percent-encoded. A function is called for each batch of files. Default none.
   */
  metadata?: Metadata | (() => Metadata | undefined);
  /** Bytes from which a file is uploaded in parts. Default 16 MiB. */
  multipartFrom?: number;
  /** URL of the bucket. Default: AWS's own URL of the bucket in its region. */
  storageUrl?: string;
}

type Metadata = Readonly<Record<string, string>>;

/** Signs with the credentials of a Cognito identity. */
export interface CognitoSign extends Sign {
  /** Drops the credentials, which are requested again when needed; with `visitor` also the identity, for another visitor. */
  forget(what: 'credentials' | 'visitor'): void;
}

/**
 * Bytes from which a file is uploaded in parts, unless the options set it. Sending a smaller file again costs less than the
 * three further requests of a multipart upload.
 */
const COGNITO_MULTIPART_FROM_BYTES = 16 * 2 ** 20;

/**
 * Signs without a signer: a Cognito identity pool gives the visitor temporary credentials, and the page signs with them.
 *
 * Each key is `prefix + identity id + '/' + uuid`, so that IAM can limit visitors to their own objects by
 * `${cognito-identity.amazonaws.com:sub}/*`. IAM can limit neither size nor type: a visitor who changes the page may store
 * anything below that prefix.
 *
 * @example
 * ```ts
 * uploader.sign = cognito({ identityPoolId: 'eu-central-1:…', region: 'eu-central-1', bucket: 'my-uploads' });
 * ```
 */
export function cognito(options: CognitoOptions): CognitoSign {
  const { region, bucket, keyPrefix = '', metadata, multipartFrom = COGNITO_MULTIPART_FROM_BYTES } = options;
  const url = options.storageUrl?.replace(/\/?$/, '/') ?? bucketUrl(bucket, region);
  const requests = new CognitoRequests({ ...options, url });

  async function grantPost(file: FileInfo, path: ObjectPath, meta: Metadata, signal: AbortSignal): Promise<PostGrant> {
    const { key, identityId: visitor } = path;
    const context = await requests.signingContext(path, signal);
    const { credentials, time, lifetime } = context;
    const scope = requests.scope(context);
    const fields = {
      key,
      'Content-Type': file.type,
      success_action_status: '201',
      ...meta,
      'x-amz-algorithm': ALGORITHM,
      'x-amz-credential': formatCredential(credentials, scope),
      'x-amz-date': formatAmzDate(time),
      'x-amz-security-token': credentials.sessionToken,
    };
    const policy = JSON.stringify({
      expiration: new Date(time + lifetime).toISOString(),
      conditions: [
        { bucket },
        ['content-length-range', file.size, file.size],
        ...Object.entries(fields).map(([name, value]) => ({ [name]: value })),
      ],
    });
    return {
      id: file.id,
      method: 'POST',
      url,
      fields: { ...fields, ...(await signPolicy(policy, credentials, scope)) },
      key,
      visitor,
      lifetime,
      renew: async (signal, { cause }) => {
        await requests.handleRefusal(cause, path, context, signal);
        return grantPost(file, path, meta, signal);
      },
    };
  }

  async function grantPut(file: FileInfo, path: ObjectPath, meta: Metadata, signal: AbortSignal): Promise<PutGrant> {
    const { key, identityId: visitor } = path;
    const context = await requests.signingContext(path, signal);
    return {
      id: file.id,
      method: 'PUT',
      url: await requests.presign(key, { method: 'PUT', headers: meta }, context),
      headers: { 'content-type': file.type, ...meta },
      key,
      visitor,
      lifetime: context.lifetime,
      renew: async (signal, { cause }) => {
        await requests.handleRefusal(cause, path, context, signal);
        return grantPut(file, path, meta, signal);
      },
    };
  }

  const grantBatch: Sign = async (files, { signal, method }) => {
    requireSubtle(); // before the first request: nothing can be signed without it
    const identityId = await requests.getIdentityId(signal);
    const common = typeof metadata === 'function' ? metadata() : metadata;
    const grants = files.map(async (file): Promise<Grant> => {
      const path = { key: `${keyPrefix}${identityId}/${crypto.randomUUID()}${extension(file.name)}`, identityId };
      const meta = metadataHeaders({ ...common, ...file.metadata });
      if (file.size >= multipartFrom) return beginMultipart(requests, file, path, meta, signal);
      return (method === 'PUT' ? grantPut : grantPost)(file, path, meta, signal);
    });
    return collectGrants(grants);
  };
  const sign: Sign = (...request) =>
    grantBatch(...request).catch((error: unknown) => {
      // another visitor has signed in between two steps of the batch
      if (isUploadError(error) && error.code === 'upload-lost') return grantBatch(...request);
      throw error;
    });
  return Object.assign(sign, { forget: (what: 'credentials' | 'visitor') => requests.forget(what) });
}

/**
 * The bucket's URL. AWS's certificate does not cover a bucket's name with dots as a host:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
 */
function bucketUrl(bucket: string, region: string): string {
  const host = `s3.${region}.${region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'}`;
  return bucket.includes('.') ? `https://${host}/${bucket}/` : `https://${bucket}.${host}/`;
}

/**
 * The name's extension in lower case, if it has only letters and digits. The rest of the name does not become part of the
 * key.
 */
const extension = (name: string): string => /\.[a-z0-9]{1,10}$/i.exec(name)?.[0].toLowerCase() ?? '';

/** Metadata as the signer writes it: percent-encoded, because a header carries only ASCII. */
const metadataHeaders = (metadata: Metadata): Record<string, string> =>
  Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name.toLowerCase()}`, percentEncode(value)]),
  );

/** Encodes all but the `attr-char` of RFC 8187. Half a surrogate pair, which has no UTF-8, becomes U+FFFD. */
const percentEncode = (text: string): string =>
  encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd')).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
