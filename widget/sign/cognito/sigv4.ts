import { UploadError } from '../../core/errors.ts';

/** Signature version 4 with the browser's own cryptography: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html */

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface Scope {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly region: string;
  /** Default `s3`. */
  readonly service?: string;
}

export const ALGORITHM = 'AWS4-HMAC-SHA256';

const encoder = new TextEncoder();

/** `20151229T000000Z` */
export const formatAmzDate = (time: number): string => new Date(time).toISOString().replace(/[-:]|\.\d+/g, '');

const formatScope = ({ time, region, service = 's3' }: Scope): string =>
  `${formatAmzDate(time).slice(0, 8)}/${region}/${service}/aws4_request`;

export const formatCredential = ({ accessKeyId }: Credentials, scope: Scope): string =>
  `${accessKeyId}/${formatScope(scope)}`;

function subtle(): SubtleCrypto {
  // browsers show it to secure pages only
  const { subtle } = crypto as { subtle?: SubtleCrypto };
  if (subtle) return subtle;
  const message = 'a page that signs uploads itself must come over https (or from localhost): crypto.subtle is missing';
  throw new UploadError('config', message, { phase: 'sign' });
}

async function hmac(key: Uint8Array<ArrayBuffer>, text: string): Promise<Uint8Array<ArrayBuffer>> {
  const imported = await subtle().importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return new Uint8Array(await subtle().sign('HMAC', imported, encoder.encode(text)));
}

export const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');

export async function signingKey(secretAccessKey: string, scope: Scope): Promise<Uint8Array<ArrayBuffer>> {
  let key = encoder.encode(`AWS4${secretAccessKey}`);
  for (const step of formatScope(scope).split('/')) key = await hmac(key, step);
  return key;
}

const sign = async (text: string, credentials: Credentials, scope: Scope): Promise<string> =>
  hex(await hmac(await signingKey(credentials.secretAccessKey, scope), text));

/**
 * The two fields that seal a POST policy. What is signed is its Base64 text.
 *
 * @param policy JSON
 */
export async function signPolicy(
  policy: string,
  credentials: Credentials,
  scope: Scope,
): Promise<{ policy: string; 'x-amz-signature': string }> {
  const base64 = btoa(String.fromCharCode(...encoder.encode(policy)));
  return { policy: base64, 'x-amz-signature': await sign(base64, credentials, scope) };
}

/** A text as signatures want it in paths and queries: all but unreserved characters escaped. */
export const uriEncode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

export interface PresignRequest {
  method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Without a query; its path escaped already. */
  url: string;
  query?: Readonly<Record<string, string>>;
  /** Beside `host`: names in lower case, and sent exactly so. */
  headers?: Readonly<Record<string, string>>;
  /** Seconds. */
  expires: number;
}

/** The URL with its signature: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html */
export async function presign(
  { method, url, query, headers, expires }: PresignRequest,
  credentials: Credentials,
  scope: Scope,
): Promise<string> {
  const { host, pathname } = new URL(url);
  const signed = Object.entries({ host, ...headers }).sort(([a], [b]) => (a < b ? -1 : 1));
  const names = signed.map(([name]) => name).join(';');
  const search = Object.entries({
    ...query,
    'X-Amz-Algorithm': ALGORITHM,
    'X-Amz-Credential': formatCredential(credentials, scope),
    'X-Amz-Date': formatAmzDate(scope.time),
    'X-Amz-Expires': String(expires),
    'X-Amz-SignedHeaders': names,
    ...(credentials.sessionToken && { 'X-Amz-Security-Token': credentials.sessionToken }),
  })
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map((pair) => pair.map(uriEncode).join('='))
    .join('&');
  const lines = signed.map(([name, value]) => `${name}:${value.trim()}`);
  const canonical = [method, pathname, search, ...lines, '', names, 'UNSIGNED-PAYLOAD'].join('\n');
  const digest = new Uint8Array(await subtle().digest('SHA-256', encoder.encode(canonical)));
  const toSign = [ALGORITHM, formatAmzDate(scope.time), formatScope(scope), hex(digest)].join('\n');
  return `${url}?${search}&X-Amz-Signature=${await sign(toSign, credentials, scope)}`;
}
