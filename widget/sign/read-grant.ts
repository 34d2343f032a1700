import type { FileInfo } from '../core/item.ts';
import type { Grant } from '../core/sign.ts';
import {
  type JsonObject,
  unexpectedMembers,
  isNumber,
  isObject,
  isNonEmptyString,
  isStringRecord,
  isAbsoluteUrl,
} from './http/json-guards.ts';
import { parseAmzDate, fieldValue, parsePostPolicy } from './post-policy.ts';

const WANTED = 'url and fields, or url (or signedUrl) alone with headers';

/**
 * A grant of what backends that people already run answer for one file, by its own shape: with fields it is a POST, and a
 * URL alone is a PUT.
 *
 * @throws {UploadError} `bad-signer-response`, naming the members there are and those that are wanted
 */
export function readGrant(answer: JsonObject, { id }: FileInfo): Grant {
  const { signedUrl, url = signedUrl, fields, headers, key, expires } = answer;
  const method = isNonEmptyString(answer['method'])
    ? answer['method'].toUpperCase()
    : isObject(fields)
      ? 'POST'
      : 'PUT';
  if (!isAbsoluteUrl(url)) throw unexpectedMembers(answer, WANTED);
  const lifetime = isNumber(expires) ? expires * 1000 : signatureLifetime(url, isStringRecord(fields) ? fields : {});
  const known = { id, ...(lifetime > 0 && { lifetime }) };
  if (method === 'PUT' && isStringRecord(headers ?? {})) {
    const signed = (headers ?? {}) as Readonly<Record<string, string>>;
    return { ...known, method, url, headers: signed, key: isNonEmptyString(key) ? key : keyOf(url) };
  }
  if (method !== 'POST' || !isObject(fields)) throw unexpectedMembers(answer, WANTED);
  if (!isStringRecord(fields) || !fieldValue(fields, 'key'))
    throw unexpectedMembers(fields, 'the form fields as strings, key among them');
  return { ...known, method, url, fields, key: fieldValue(fields, 'key')! };
}

/** Milliseconds for which a signature holds, by what was signed; no clock is asked. NaN when it does not say. */
export function signatureLifetime(url: string, fields: Readonly<Record<string, string>> = {}): number {
  const policy = parsePostPolicy(fieldValue(fields, 'policy') ?? '');
  if (policy) return policy.expiration - parseAmzDate(fieldValue(fields, 'x-amz-date') ?? '');
  const query = [...new URL(url).searchParams].find(([name]) => name.toLowerCase() === 'x-amz-expires');
  return Number(query?.[1] ?? NaN) * 1000;
}

/** The path, where the signer does not name the key: with path-style addresses the bucket is in it. */
function keyOf(url: string): string {
  const path = new URL(url).pathname.slice(1);
  try {
    return decodeURIComponent(path);
  } catch {
    return path; // a lone % is no escape
  }
}
