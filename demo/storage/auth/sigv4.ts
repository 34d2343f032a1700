// AWS Signature Version 4: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** The only signing algorithm that the storage accepts. */
export const ALGORITHM = 'AWS4-HMAC-SHA256';
/** Payload hash of a body that the signature does not cover. */
export const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';
/** Payload hash of an unsigned aws-chunked body whose checksum follows as a trailer. */
export const STREAMING_UNSIGNED_PAYLOAD_TRAILER = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';

/** The parts of a credential, `<access key id>/<date>/<region>/<service>/aws4_request`. */
export interface CredentialScope {
  readonly accessKeyId: string;
  /** `yyyymmdd` */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

/** The parts of a request that a signature covers. */
export interface CanonicalParts {
  readonly method: string;
  /** Decoded path, starting with `/`. */
  readonly path: string;
  /** Decoded names and values, without the signature itself. */
  readonly query: readonly (readonly [string, string])[];
  /** Lower-case names with their values, in any order. */
  readonly headers: readonly (readonly [string, string])[];
  /** Value of `x-amz-content-sha256`. */
  readonly payloadHash: string;
}

/** Parses a credential; undefined when it is malformed. */
export function parseCredential(text: string): CredentialScope | undefined {
  const match = /^(?<accessKeyId>[^/]+)\/(?<date>\d{8})\/(?<region>[^/]+)\/(?<service>[^/]+)\/aws4_request$/.exec(text);
  return match?.groups as CredentialScope | undefined;
}

/** Parses `yyyymmddThhmmssZ`; undefined when it is malformed or no date. */
export function parseAmzDate(text: string): Date | undefined {
  const match = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(text);
  if (!match) return undefined;
  const date = new Date(text.replace(/^(....)(..)(..T..)(..)/, '$1-$2-$3:$4:'));
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** The HMAC key of one day, region and service. */
export function signingKey(secretAccessKey: string, { date, region, service }: Omit<CredentialScope, 'accessKeyId'>) {
  return [date, region, service, 'aws4_request'].reduce<Buffer>(
    (key, part) => createHmac('sha256', key).update(part).digest(),
    Buffer.from(`AWS4${secretAccessKey}`),
  );
}

/** Signs a string and returns the signature as hex. For a POST policy the string is the policy's Base64 text. */
export const sign = (
  secretAccessKey: string,
  scope: Omit<CredentialScope, 'accessKeyId'>,
  stringToSign: string,
): string => createHmac('sha256', signingKey(secretAccessKey, scope)).update(stringToSign).digest('hex');

/** Compares two secrets in constant time. */
export const equalSecrets = (a: string, b: string): boolean => timingSafeEqual(sha256(a), sha256(b));

/** The canonical request: one line for each part, in the order of the specification. */
export function canonicalRequest({ method, path, query, headers, payloadHash }: CanonicalParts): string {
  const sorted = headers.toSorted(([a], [b]) => compare(a, b));
  return [
    method,
    uriEncode(path, true),
    query
      .map(([name, value]) => [uriEncode(name), uriEncode(value)] as const)
      .toSorted(([a, x], [b, y]) => compare(a, b) || compare(x, y))
      .map((pair) => pair.join('='))
      .join('&'),
    ...sorted.map(([name, value]) => `${name}:${value.trim().replace(/ +/g, ' ')}`),
    '',
    sorted.map(([name]) => name).join(';'),
    payloadHash,
  ].join('\n');
}

/** The string to sign of a canonical request. */
export function stringToSign(amzDate: string, { date, region, service }: CredentialScope, canonical: string): string {
  const hash = createHash('sha256').update(canonical).digest('hex');
  return [ALGORITHM, amzDate, `${date}/${region}/${service}/aws4_request`, hash].join('\n');
}

/** Escapes all but RFC 3986's unreserved characters; `keepSlash` leaves `/` as it is, for paths. */
export function uriEncode(text: string, keepSlash = false): string {
  const encoded = encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return keepSlash ? encoded.replaceAll('%2F', '/') : encoded;
}

// timingSafeEqual requires inputs of equal length, which digests have.
const sha256 = (text: string) => createHash('sha256').update(text).digest();

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
