import { UploadError } from '../../core/errors.ts';

// Signature version 4 with the browser's cryptography: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html

/** An access key of AWS. */
export interface Credentials {
  /** Public id of the key. */
  readonly accessKeyId: string;
  /** Secret part of the key, which is never sent. */
  readonly secretAccessKey: string;
  /** Token of temporary credentials; undefined for permanent ones. */
  readonly sessionToken?: string;
}

/** The day, the region and the service to which a signature is limited. */
export interface Scope {
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Region, as in `eu-central-1`. */
  readonly region: string;
  /** AWS's name of the service. Default `s3`. */
  readonly service?: string;
}

/** A request that gets its signature in the query of its URL. */
export interface PresignRequest {
  /** HTTP method. */
  method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** URL without a query; its path is already percent-encoded. */
  url: string;
  /** Query parameters beside those of the signature, not yet percent-encoded. Default none. */
  query?: Readonly<Record<string, string>>;
  /** Headers to sign beside `host`. Their names are in lower case, and the request must send exactly these values. */
  headers?: Readonly<Record<string, string>>;
  /** Seconds for which the signature is valid. S3 allows up to 604,800 (7 days). */
  expires: number;
}

/** The value of `X-Amz-Algorithm`. */
export const ALGORITHM = 'AWS4-HMAC-SHA256';

/**
 * The URL with its signature: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 *
 * @throws {UploadError} `config` on a page that is not secure
 */
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
  const headerLines = signed.map(([name, value]) => `${name}:${value.trim()}`);
  const canonicalRequest = [method, pathname, search, ...headerLines, '', names, 'UNSIGNED-PAYLOAD'].join('\n');
  const digest = new Uint8Array(await requireSubtle().digest('SHA-256', encoder.encode(canonicalRequest)));
  const stringToSign = [ALGORITHM, formatAmzDate(scope.time), formatScope(scope), hex(digest)].join('\n');
  return `${url}?${search}&X-Amz-Signature=${await sign(stringToSign, credentials, scope)}`;
}

/**
 * The two form fields that sign a POST policy: its Base64 text, and the signature of that text.
 *
 * @param policy JSON
 * @throws {UploadError} `config` on a page that is not secure
 */
export async function signPolicy(
  policy: string,
  credentials: Credentials,
  scope: Scope,
): Promise<{ policy: string; 'x-amz-signature': string }> {
  const base64 = btoa(String.fromCharCode(...encoder.encode(policy)));
  return { policy: base64, 'x-amz-signature': await sign(base64, credentials, scope) };
}

/** The value of `X-Amz-Credential`. */
export const formatCredential = ({ accessKeyId }: Credentials, scope: Scope): string =>
  `${accessKeyId}/${formatScope(scope)}`;

/**
 * A time as AWS writes it: `20151229T000000Z`.
 *
 * @param time milliseconds since 1970
 */
export const formatAmzDate = (time: number): string => new Date(time).toISOString().replace(/[-:]|\.\d+/g, '');

const formatScope = ({ time, region, service = 's3' }: Scope): string =>
  `${formatAmzDate(time).slice(0, 8)}/${region}/${service}/aws4_request`;

/** Percent-encodes all but unreserved characters: `UriEncode` of AWS's documentation. */
export const uriEncode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

const sign = async (text: string, credentials: Credentials, scope: Scope): Promise<string> =>
  hex(await hmac(await signingKey(credentials.secretAccessKey, scope), text));

/** The key that is derived from the secret for one day, region and service. */
export async function signingKey(secretAccessKey: string, scope: Scope): Promise<Uint8Array<ArrayBuffer>> {
  let key = encoder.encode(`AWS4${secretAccessKey}`);
  for (const step of formatScope(scope).split('/')) key = await hmac(key, step);
  return key;
}

async function hmac(key: Uint8Array<ArrayBuffer>, text: string): Promise<Uint8Array<ArrayBuffer>> {
  const imported = await requireSubtle().importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return new Uint8Array(await requireSubtle().sign('HMAC', imported, encoder.encode(text)));
}

/**
 * The browser's cryptography. `crypto.randomUUID` is missing on the same pages.
 *
 * @throws {UploadError} `config` on a page over plain http
 */
export function requireSubtle(): SubtleCrypto {
  const { subtle } = crypto as { subtle?: SubtleCrypto };
  if (subtle) return subtle;
  // https://developer.mozilla.org/docs/Web/API/Crypto/subtle
  const message =
    'Browsers have crypto.subtle, which signs uploads with Cognito, only on secure pages: load the page over https, or from localhost.';
  throw new UploadError('config', message, { phase: 'sign' });
}

/** Bytes in hexadecimal. */
export const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');

const encoder = new TextEncoder();
