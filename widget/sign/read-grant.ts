import type { FileInfo } from '../core/item.ts';
import type { Grant } from '../core/sign.ts';
import { badShape } from './backend.ts';
import { amzTime, fieldOf, readPolicy } from './policy.ts';

/** What backends that people already run answer for one file, as far as it is known. */
interface Answered {
  url?: unknown;
  signedUrl?: unknown;
  method?: unknown;
  fields?: Readonly<Record<string, string>> | null;
  headers?: Readonly<Record<string, string>> | null;
  key?: unknown;
  /** Seconds. */
  expires?: unknown;
}

/**
 * A grant by its own shape: with fields it is a POST, and a URL alone is a PUT.
 *
 * @throws {UploadError} `bad-signer-response`, naming the members there are and those that are wanted
 */
export function readGrant(answer: object, { id, name }: FileInfo): Grant {
  const { url, signedUrl, method, fields, headers, key, expires } = answer as Answered;
  const target = url ?? signedUrl;
  const isPost = typeof method === 'string' ? method.toUpperCase() === 'POST' : !!fields;
  if (typeof target !== 'string' || !URL.canParse(target)) throw badShape(answer, WANTED);
  const lifetime = typeof expires === 'number' ? expires * 1000 : lifetimeOf(target, fields ?? {});
  const known = { id, ...(lifetime > 0 && { lifetime }) };
  if (!isPost) {
    return {
      ...known,
      method: 'PUT',
      url: target,
      headers: headers ?? {},
      key: typeof key === 'string' ? key : keyOf(target),
    };
  }
  const fieldKey = fieldOf(fields ?? {}, 'key');
  if (!fieldKey) throw badShape(fields, 'the form fields, key among them');
  return { ...known, method: 'POST', url: target, fields: fields!, key: fieldKey.replaceAll('${filename}', name) };
}

const WANTED = 'url and fields, or url (or signedUrl) alone with headers';

/** Milliseconds for which a signature holds, by what was signed; no clock is asked. NaN when it does not say. */
export function lifetimeOf(url: string, fields: Readonly<Record<string, string>> = {}): number {
  const policy = readPolicy(fieldOf(fields, 'policy') ?? '');
  if (policy) return policy.expiration - amzTime(fieldOf(fields, 'x-amz-date') ?? '');
  const query = [...new URL(url).searchParams].find(([name]) => name.toLowerCase() === 'x-amz-expires');
  return Number(query?.[1] ?? NaN) * 1000;
}

/** The path, where the signer does not name the key: with path-style addresses the bucket is in it. */
const keyOf = (url: string): string => decodeURIComponent(new URL(url).pathname.slice(1));
