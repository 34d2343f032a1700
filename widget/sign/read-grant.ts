import type { FileInfo } from '../core/item.ts';
import type { Grant } from '../core/sign.ts';
import { unexpectedMembers } from './http/bad-response.ts';
import { isAbsoluteUrl, isNonEmptyString, isNumber, isObject, type JsonObject, toTexts } from './http/json-guards.ts';
import { fieldValue, parseAmzDate, parsePostPolicy } from './post-policy.ts';

/** The expected members, for the messages of errors. */
const EXPECTED = 'url and fields, or url (or signedUrl) alone with headers';

/**
 * Reads a common backend's response for one file: with `fields` it grants a POST, with a URL alone a PUT.
 *
 * @throws {UploadError} `bad-signer-response`, naming the members that it has and those that are expected
 */
export function readGrant(answer: JsonObject, { id }: FileInfo): Grant {
  const { signedUrl, url = signedUrl, key, expires } = answer;
  const fields = toTexts(answer.fields);
  // PHP writes an object without members as an empty list
  const hasFields = isObject(answer.fields) && Object.keys(answer.fields).length > 0;
  const method = isNonEmptyString(answer.method) ? answer.method.toUpperCase() : hasFields ? 'POST' : 'PUT';
  if (!isAbsoluteUrl(url)) throw unexpectedMembers(answer, EXPECTED);
  const lifetime = isNumber(expires) ? expires * 1000 : signatureLifetime(url, fields);
  const common = { id, lifetime };
  const headers = toTexts(answer.headers ?? {});
  if (method === 'PUT' && headers) {
    return { ...common, method, url, headers, key: isNonEmptyString(key) ? key : keyOf(url) };
  }
  if (method !== 'POST' || !hasFields) throw unexpectedMembers(answer, EXPECTED);
  if (!fields || !fieldValue(fields, 'key')) {
    throw unexpectedMembers(answer.fields, 'the form fields as texts, key among them');
  }
  return { ...common, method, url, fields, key: fieldValue(fields, 'key')! };
}

/**
 * Reads from a URL or a policy how long its signature is valid from the moment it was made. Needs no clock.
 *
 * @returns milliseconds; undefined if neither the URL nor the policy has a lifetime
 */
export function signatureLifetime(url: string, fields: Readonly<Record<string, string>> = {}): number | undefined {
  const policy = parsePostPolicy(fieldValue(fields, 'policy') ?? '');
  const query = [...new URL(url).searchParams].find(([name]) => name.toLowerCase() === 'x-amz-expires');
  const lifetime = policy
    ? policy.expiration - parseAmzDate(fieldValue(fields, 'x-amz-date') ?? '')
    : Number(query?.[1]) * 1000;
  return lifetime > 0 ? lifetime : undefined;
}

/** The path of the URL, for signers that do not name the key. In a path-style URL it begins with the bucket. */
function keyOf(url: string): string {
  const path = new URL(url).pathname.slice(1);
  try {
    return decodeURIComponent(path);
  } catch {
    return path; // it contains a % that is not an escape
  }
}
