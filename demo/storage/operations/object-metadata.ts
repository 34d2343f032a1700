import { S3Error, invalidArgument } from '../protocol/s3-error.ts';
import type { ObjectAttributes } from '../store/object-store.ts';
import { childText, children, parseXml } from '../protocol/xml.ts';

const keptHeaders = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
  'x-amz-website-redirect-location',
];

const metadataPrefix = 'x-amz-meta-';
/** Names without their prefix, and values, in UTF-8 bytes. */
const maxMetadataBytes = 2048;
const maxRedirectBytes = 2048;
const maxTags = 10;

const cannedAcls = new Set([
  'private',
  'public-read',
  'public-read-write',
  'authenticated-read',
  'aws-exec-read',
  'bucket-owner-read',
  'bucket-owner-full-control',
]);

const storageClasses = new Set([
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER',
  'GLACIER_IR',
  'DEEP_ARCHIVE',
]);

/** What a request or a form says about the object to be. `settings` has lower-case names; tags come parsed. */
export function readAttributes(
  settings: ReadonlyMap<string, string>,
  acl: string | undefined,
  tags: Readonly<Record<string, string>>,
): ObjectAttributes {
  const headers: Record<string, string> = { 'content-type': 'binary/octet-stream' };
  for (const [name, value] of settings) {
    const kept = name.startsWith(metadataPrefix) || keptHeaders.includes(name);
    if (!kept || (value === '' && !name.startsWith(metadataPrefix))) continue;
    // eslint-disable-next-line no-control-regex
    if (/[\u0000-\u001f\u007f]/.test(value) || /[^\u0021-\u007e]/.test(name))
      throw invalidArgument(`Invalid value for '${name}': control characters are not allowed.`, name, value);
    headers[name] = name === 'content-encoding' ? withoutAwsChunked(value) : value;
  }
  if (headers['content-encoding'] === '') delete headers['content-encoding'];
  assertMetadataSize(headers);
  assertRedirectLocation(headers['x-amz-website-redirect-location']);
  if (acl !== undefined && !cannedAcls.has(acl)) throw invalidArgument('', 'x-amz-acl', acl);
  const storageClass = settings.get('x-amz-storage-class') ?? 'STANDARD';
  if (!storageClasses.has(storageClass))
    throw new S3Error('InvalidStorageClass', 'The storage class you specified is not valid', {
      StorageClassRequested: storageClass,
    });
  if (storageClass !== 'STANDARD') headers['x-amz-storage-class'] = storageClass;
  Object.assign(headers, encryptionHeaders(settings));
  if (Object.keys(tags).length > 0) headers['x-amz-tagging-count'] = `${Object.keys(tags).length}`;
  return { headers, acl: acl ?? 'private', tags };
}

/** The form field `tagging`. */
export function parseTaggingXml(text: string): Record<string, string> {
  const root = parseXml(text, 'Tagging');
  const [set] = children(root, 'TagSet');
  if (root === undefined || set === undefined) throw malformedXml();
  return collectTags(children(set, 'Tag').map((tag) => [childText(tag, 'Key'), childText(tag, 'Value')]));
}

/** The header `x-amz-tagging`. */
export const parseTaggingHeader = (text: string): Record<string, string> => collectTags([...new URLSearchParams(text)]);

export const malformedXml = () =>
  new S3Error(
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema',
  );

/** A header value as bytes HTTP can carry: S3 writes metadata beyond ASCII as an RFC 2047 word, other values as UTF-8. */
export function headerValue(name: string, value: string): string {
  if (/^[\u0020-\u007e]*$/.test(value)) return value;
  if (name.startsWith(metadataPrefix)) return `=?UTF-8?B?${Buffer.from(value).toString('base64')}?=`;
  return Buffer.from(value).toString('latin1');
}

function collectTags(pairs: readonly (readonly [string | undefined, string | undefined])[]): Record<string, string> {
  const tags = new Map<string, string>();
  for (const [key, value] of pairs) {
    if (key === undefined || value === undefined) throw malformedXml();
    if (key === '' || key.length > 128)
      throw new S3Error('InvalidTag', 'The TagKey you have provided is invalid', { TagKey: key });
    if (value.length > 256)
      throw new S3Error('InvalidTag', 'The TagValue you have provided is invalid', { TagValue: value });
    if (tags.has(key))
      throw new S3Error('InvalidTag', 'Cannot provide multiple Tags with the same key', { TagKey: key });
    tags.set(key, value);
  }
  if (tags.size > maxTags) throw new S3Error('BadRequest', 'Object tags cannot be greater than 10');
  return Object.fromEntries(tags);
}

function encryptionHeaders(settings: ReadonlyMap<string, string>): Record<string, string> {
  const name = 'x-amz-server-side-encryption';
  const beyond = [...settings.keys()].find((candidate) => candidate.startsWith(`${name}-`));
  if (beyond !== undefined)
    throw new S3Error('NotImplemented', `The local storage knows no keys: '${beyond}' cannot be honoured.`);
  const value = settings.get(name);
  if (value === undefined) return {};
  if (value !== 'AES256') throw invalidArgument('The encryption method specified is not supported', name, value);
  return { [name]: value };
}

function assertMetadataSize(headers: Readonly<Record<string, string>>): void {
  const size = Object.entries(headers)
    .filter(([name]) => name.startsWith(metadataPrefix))
    .reduce(
      (sum, [name, value]) => sum + Buffer.byteLength(name) - metadataPrefix.length + Buffer.byteLength(value),
      0,
    );
  if (size > maxMetadataBytes)
    throw new S3Error('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size', {
      Size: `${size}`,
      MaxSizeAllowed: `${maxMetadataBytes}`,
    });
}

function assertRedirectLocation(location: string | undefined): void {
  if (location === undefined) return;
  if (!/^(?:\/|https?:\/\/)/.test(location) || Buffer.byteLength(location) > maxRedirectBytes)
    throw invalidArgument(
      "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.",
      'x-amz-website-redirect-location',
      location,
    );
}

const withoutAwsChunked = (value: string) =>
  value
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== 'aws-chunked')
    .join(',');
