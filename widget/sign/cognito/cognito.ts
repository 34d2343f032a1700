import { isUploadError } from '../../core/errors.ts';
import type { FileInfo } from '../../core/item.ts';
import type { Grant, PostGrant, PutGrant, Sign } from '../../core/sign.ts';
import { collectGrants } from '../collect-grants.ts';
import type { IdentityPool } from './credentials.ts';
import { beginMultipart } from './multipart.ts';
import { CognitoRequests, type ObjectPath } from './requests.ts';
import { ALGORITHM, formatAmzDate, formatCredential, signPolicy } from './sigv4.ts';

export interface CognitoOptions extends IdentityPool {
  /** Of the bucket. */
  region: string;
  bucket: string;
  /** Stands before the identity's id in every key, as in `uploads/`. Default none. */
  keyPrefix?: string | undefined;
  /** Stored with every object as `x-amz-meta-*`, percent-encoded; a function is asked for each batch of files. */
  metadata?: Metadata | (() => Metadata | undefined) | undefined;
  /** Bytes from which on a file goes in parts; default 16 MiB. */
  multipartFrom?: number | undefined;
  /** The bucket's own address, where it is not one of AWS's. */
  storageUrl?: string | undefined;
}

type Metadata = Readonly<Record<string, string>>;

export interface CognitoSign extends Sign {
  /** Drops the credentials, which are fetched anew when they are needed; and who the visitor is, where somebody else comes. */
  forget(what: 'credentials' | 'visitor'): void;
}

/** Sending a smaller file once more is cheaper than three requests beside its own. */
const MULTIPART_FROM = 16 * 2 ** 20;

/**
 * No signer at all: a Cognito identity pool gives the visitor temporary credentials, and the page signs with them. Every
 * key is `prefix + identity id + '/' + uuid`, so that IAM can pin a visitor to objects of their own with
 * `${cognito-identity.amazonaws.com:sub}/*`. Neither size nor type can be held by IAM: a visitor who changes the page may
 * send whatever they like below that prefix.
 *
 * @example
 * ```ts
 * tag.sign = cognito({ identityPoolId: 'eu-central-1:…', region: 'eu-central-1', bucket: 'my-uploads' });
 * ```
 */
export function cognito(options: CognitoOptions): CognitoSign {
  const { region, bucket, keyPrefix = '', metadata, multipartFrom = MULTIPART_FROM } = options;
  const url = options.storageUrl?.replace(/\/?$/, '/') ?? bucketUrl(bucket, region);
  const requests = new CognitoRequests({ ...options, url });

  async function postGrant(file: FileInfo, place: ObjectPath, meta: Metadata, signal: AbortSignal): Promise<PostGrant> {
    const { key } = place;
    const signed = await requests.sign(place, signal);
    const { who, time, lifetime } = signed;
    const scope = requests.scope(signed);
    const fields = {
      key,
      'Content-Type': file.type,
      success_action_status: '201',
      ...meta,
      'x-amz-algorithm': ALGORITHM,
      'x-amz-credential': formatCredential(who, scope),
      'x-amz-date': formatAmzDate(time),
      'x-amz-security-token': who.sessionToken!,
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
      fields: { ...fields, ...(await signPolicy(policy, who, scope)) },
      key,
      lifetime,
      renew: async (signal, { cause }) => {
        await requests.learn(cause, place, signed, signal);
        return postGrant(file, place, meta, signal);
      },
    };
  }

  async function putGrant(file: FileInfo, place: ObjectPath, meta: Metadata, signal: AbortSignal): Promise<PutGrant> {
    const { key } = place;
    const signed = await requests.sign(place, signal);
    return {
      id: file.id,
      method: 'PUT',
      url: await requests.url(key, { method: 'PUT', headers: meta }, signed),
      headers: { 'content-type': file.type, ...meta },
      key,
      lifetime: signed.lifetime,
      renew: async (signal, { cause }) => {
        await requests.learn(cause, place, signed, signal);
        return putGrant(file, place, meta, signal);
      },
    };
  }

  const grant: Sign = async (files, { signal, method }) => {
    const identityId = await requests.identify(signal);
    const common = typeof metadata === 'function' ? metadata() : metadata;
    const grants = files.map(async (file): Promise<Grant> => {
      const key = `${keyPrefix}${identityId}/${crypto.randomUUID()}${extension(file.name)}`;
      const meta = metaHeaders({ ...common, ...file.metadata });
      if (file.size >= multipartFrom) return beginMultipart(requests, file, { key, identityId }, meta, signal);
      return (method === 'PUT' ? putGrant : postGrant)(file, { key, identityId }, meta, signal);
    });
    return collectGrants(grants);
  };
  const sign: Sign = (...asked) =>
    grant(...asked).catch((error: unknown) => {
      // another visitor has come in this very moment
      if (isUploadError(error) && error.code === 'upload-lost') return grant(...asked);
      throw error;
    });
  return Object.assign(sign, { forget: (what: 'credentials' | 'visitor') => requests.forget(what) });
}

/** A name with dots in it has no certificate of its own: https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html */
function bucketUrl(bucket: string, region: string): string {
  const host = `s3.${region}.${region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'}`;
  return bucket.includes('.') ? `https://${host}/${bucket}/` : `https://${bucket}.${host}/`;
}

/** Only letters and digits: the rest of the name is nobody's key. */
const extension = (name: string): string => /\.[a-z0-9]{1,10}$/i.exec(name)?.[0].toLowerCase() ?? '';

/** As the signer writes them: percent-encoded, because a header takes no other script. */
const metaHeaders = (metadata: Metadata): Record<string, string> =>
  Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name.toLowerCase()}`, percentEncode(value)]),
  );

/** All but RFC 8187's attr-char; half a surrogate pair has no bytes. */
const percentEncode = (text: string): string =>
  encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd')).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
