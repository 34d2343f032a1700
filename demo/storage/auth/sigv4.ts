import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export const algorithm = 'AWS4-HMAC-SHA256';
export const unsignedPayload = 'UNSIGNED-PAYLOAD';

/** `<access key id>/<date>/<region>/<service>/aws4_request`, as `X-Amz-Credential` carries it. */
export interface CredentialScope {
  readonly accessKeyId: string;
  /** `yyyymmdd` */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

export interface CanonicalParts {
  readonly method: string;
  /** Decoded path, starting with `/`. */
  readonly path: string;
  /** Decoded pairs, without the signature itself. */
  readonly query: readonly (readonly [string, string])[];
  /** Lower-case names with their values, in any order. */
  readonly headers: readonly (readonly [string, string])[];
  readonly payload: string;
}

export function parseCredential(text: string): CredentialScope | undefined {
  const match = /^(?<accessKeyId>[^/]+)\/(?<date>\d{8})\/(?<region>[^/]+)\/(?<service>[^/]+)\/aws4_request$/.exec(text);
  return match?.groups as CredentialScope | undefined;
}

/** `yyyymmddThhmmssZ` → Date, undefined when it is not one. */
export function parseAmzDate(text: string): Date | undefined {
  const match = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(text);
  if (!match) return undefined;
  const date = new Date(text.replace(/^(....)(..)(..T..)(..)/, '$1-$2-$3:$4:'));
  return Number.isNaN(date.getTime()) ? undefined : date;
}

export function signingKey(secretAccessKey: string, { date, region, service }: Omit<CredentialScope, 'accessKeyId'>) {
  return [date, region, service, 'aws4_request'].reduce<Buffer>(
    (key, part) => createHmac('sha256', key).update(part).digest(),
    Buffer.from(`AWS4${secretAccessKey}`),
  );
}

/** Signature of any string to sign; for a POST policy that string is the Base64 text of the policy. */
export const sign = (
  secretAccessKey: string,
  scope: Omit<CredentialScope, 'accessKeyId'>,
  stringToSign: string,
): string => createHmac('sha256', signingKey(secretAccessKey, scope)).update(stringToSign).digest('hex');

export const equalSignatures = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));

export function canonicalRequest({ method, path, query, headers, payload }: CanonicalParts): string {
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
    payload,
  ].join('\n');
}

export function stringToSign(amzDate: string, { date, region, service }: CredentialScope, canonical: string): string {
  const hash = createHash('sha256').update(canonical).digest('hex');
  return [algorithm, amzDate, `${date}/${region}/${service}/aws4_request`, hash].join('\n');
}

/** RFC 3986: everything but unreserved characters is escaped, and `/` too unless it parts a path. */
export function uriEncode(text: string, keepSlash = false): string {
  const encoded = encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return keepSlash ? encoded.replaceAll('%2F', '/') : encoded;
}

// Digests have one length whatever a client sent, which timingSafeEqual asks for.
const digest = (text: string) => createHash('sha256').update(text).digest();

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
