import type { FileInfo } from '../core/item.ts';
import type { Grant } from '../core/sign.ts';
import { type JsonObject, badShape, isNumber, isObject, isText, isTexts, isUrl } from './http/json-guards.ts';
import { amzTime, fieldOf, readPolicy } from './policy.ts';

const WANTED = 'url and fields, or url (or signedUrl) alone with headers';

/**
 * A grant of what backends that people already run answer for one file, by its own shape: with fields it is a POST, and a
 * URL alone is a PUT.
 *
 * @throws {UploadError} `bad-signer-response`, naming the members there are and those that are wanted
 */
export function readGrant(answer: JsonObject, { id }: FileInfo): Grant {
  const { signedUrl, url = signedUrl, fields, headers, key, expires } = answer;
  const method = isText(answer['method']) ? answer['method'].toUpperCase() : isObject(fields) ? 'POST' : 'PUT';
  if (!isUrl(url)) throw badShape(answer, WANTED);
  const lifetime = isNumber(expires) ? expires * 1000 : lifetimeOf(url, isTexts(fields) ? fields : {});
  const known = { id, ...(lifetime > 0 && { lifetime }) };
  if (method === 'PUT' && isTexts(headers ?? {})) {
    const signed = (headers ?? {}) as Readonly<Record<string, string>>;
    return { ...known, method, url, headers: signed, key: isText(key) ? key : keyOf(url) };
  }
  if (method !== 'POST' || !isObject(fields)) throw badShape(answer, WANTED);
  if (!isTexts(fields) || !fieldOf(fields, 'key')) throw badShape(fields, 'the form fields as strings, key among them');
  return { ...known, method, url, fields, key: fieldOf(fields, 'key')! };
}

/** Milliseconds for which a signature holds, by what was signed; no clock is asked. NaN when it does not say. */
export function lifetimeOf(url: string, fields: Readonly<Record<string, string>> = {}): number {
  const policy = readPolicy(fieldOf(fields, 'policy') ?? '');
  if (policy) return policy.expiration - amzTime(fieldOf(fields, 'x-amz-date') ?? '');
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
