import { createHash } from 'node:crypto';
import type { HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import type { Plan } from './policy.ts';
import type { Ticket } from './tickets.ts';

/** The headers that an object is stored with, by lower-case name: its type, how it is served, and its metadata. */
export type ObjectAttributes = Readonly<Record<string, string>>;

/** Bytes of a digest: half of a SHA-256, which keeps the tickets short. */
const DIGEST_BYTES = 16;

/** The attributes that an upload was signed with. */
export const plannedAttributes = ({ type, headers }: Pick<Plan, 'type' | 'headers'>): ObjectAttributes =>
  withoutEmpty({
    'content-type': type,
    ...Object.fromEntries(
      Object.entries(headers)
        .map(([name, value]) => [name.toLowerCase(), value] as const)
        .filter(([name]) => name.startsWith('content-') || name.startsWith(METADATA_PREFIX)),
    ),
  });

/** The attributes of a stored object, from HeadObject. */
export const storedAttributes = (head: HeadObjectCommandOutput): ObjectAttributes =>
  withoutEmpty({
    'content-type': head.ContentType,
    'content-disposition': head.ContentDisposition,
    'content-encoding': head.ContentEncoding,
    'content-language': head.ContentLanguage,
    'cache-control': head.CacheControl,
    expires: head.ExpiresString,
    'x-amz-website-redirect-location': head.WebsiteRedirectLocation,
    ...Object.fromEntries(
      Object.entries(head.Metadata ?? {}).map(([name, value]) => [METADATA_PREFIX + name.toLowerCase(), value]),
    ),
  });

/** A digest of attributes, for the ticket of a multipart upload, whose headers are not needed again. */
export const digestAttributes = (attributes: ObjectAttributes): string =>
  createHash('sha256')
    .update(JSON.stringify(Object.entries(attributes).sort(byName)))
    .digest()
    .subarray(0, DIGEST_BYTES)
    .toString('base64url');

/**
 * Whether an object is stored with other attributes than its ticket was signed with. Some storages accept headers that were
 * not signed, and with them a client could store a page, or make caches keep the object.
 */
export function differsFromTicket(ticket: Ticket, stored: ObjectAttributes): boolean {
  switch (ticket.method) {
    case 'MULTIPART':
      // The client sets no header of the object. A storage may add those for caches by itself.
      return digestAttributes(withoutCacheHeaders(stored)) !== ticket.attributes;
    case 'POST':
      return differsFromForm(plannedAttributes(ticket), stored);
    case 'PUT':
      return digestAttributes(withoutAddedByBrowsers(stored)) !== digestAttributes(plannedAttributes(ticket));
  }
}

/** The policy of a form allows no other field, so what the storage has added by itself is no difference. */
const differsFromForm = (planned: ObjectAttributes, stored: ObjectAttributes): boolean =>
  Object.entries(planned).some(
    // Ceph's gateway drops the Content-Disposition of a POST. Its policy demanded the field, so no client can omit it.
    ([name, value]) => stored[name] !== value && !(name === DISPOSITION && stored[name] === undefined),
  );

const withoutCacheHeaders = ({ [CACHE_CONTROL]: _cacheControl, expires: _expires, ...others }: ObjectAttributes) =>
  others as ObjectAttributes;

/**
 * Removes the `Cache-Control: no-cache` that fetch adds to a request with If-None-Match:
 * https://fetch.spec.whatwg.org/#http-network-or-cache-fetch
 */
function withoutAddedByBrowsers(stored: ObjectAttributes): ObjectAttributes {
  const { [CACHE_CONTROL]: cacheControl, ...others } = stored;
  return cacheControl === 'no-cache' ? others : stored;
}

const CACHE_CONTROL = 'cache-control';
const METADATA_PREFIX = 'x-amz-meta-';
const DISPOSITION = 'content-disposition';

/** Storages keep an empty header, or drop it. */
const withoutEmpty = (attributes: Record<string, string | undefined>): ObjectAttributes =>
  Object.fromEntries(Object.entries(attributes).filter((each): each is [string, string] => Boolean(each[1])));

const byName = ([a]: [string, string], [b]: [string, string]): number => (a < b ? -1 : 1);
