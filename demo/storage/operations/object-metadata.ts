import { S3Error, invalidArgument, malformedXml } from '../protocol/s3-error.ts';
import type { S3Request } from '../protocol/s3-request.ts';
import { childText, children, parseXml } from '../protocol/xml.ts';
import type { ObjectMetadata } from '../store/object-store.ts';

/** Headers that S3 stores with an object and repeats in GET and HEAD. */
const STORED_HEADERS = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
  'x-amz-website-redirect-location',
];

const METADATA_PREFIX = 'x-amz-meta-';
/**
 * 2 KB: the UTF-8 bytes of all names, without their prefix, and values.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
 */
const MAX_METADATA_BYTES = 2048;
/** 2 KB: https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-to-page-redirect.html */
const MAX_REDIRECT_BYTES = 2048;
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
const MAX_TAGS = 10;
const MAX_TAG_KEY_CHARACTERS = 128;
const MAX_TAG_VALUE_CHARACTERS = 256;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl */
const CANNED_ACLS = new Set([
  'private',
  'public-read',
  'public-read-write',
  'authenticated-read',
  'aws-exec-read',
  'bucket-owner-read',
  'bucket-owner-full-control',
]);

const STORAGE_CLASSES = new Set([
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER',
  'GLACIER_IR',
  'DEEP_ARCHIVE',
]);

/**
 * Reads the metadata, ACL and tags of a new object.
 *
 * @param values headers or form fields by lower-case name
 * @throws {S3Error} `InvalidArgument`, `MetadataTooLarge`, `InvalidStorageClass`, `NotImplemented`
 */
export function readObjectMetadata(
  values: ReadonlyMap<string, string>,
  acl: string | undefined,
  tags: Readonly<Record<string, string>>,
): ObjectMetadata {
  const headers: Record<string, string> = { 'content-type': 'binary/octet-stream' };
  for (const [name, value] of values) {
    const isMetadata = name.startsWith(METADATA_PREFIX);
    if (!isMetadata && (value === '' || !STORED_HEADERS.includes(name))) continue;
    // eslint-disable-next-line no-control-regex
    if (/[\u0000-\u001f\u007f]/.test(value) || /[^\u0021-\u007e]/.test(name))
      throw invalidArgument(`Invalid value for '${name}': control characters are not allowed.`, name, value);
    headers[name] = name === 'content-encoding' ? withoutAwsChunked(value) : value;
  }
  if (headers['content-encoding'] === '') delete headers['content-encoding'];
  assertMetadataSize(headers);
  assertRedirectLocation(headers['x-amz-website-redirect-location']);
  if (acl !== undefined && !CANNED_ACLS.has(acl)) throw invalidArgument('', 'x-amz-acl', acl);
  const storageClass = values.get('x-amz-storage-class') ?? 'STANDARD';
  if (!STORAGE_CLASSES.has(storageClass))
    throw new S3Error('InvalidStorageClass', 'The storage class you specified is not valid', {
      StorageClassRequested: storageClass,
    });
  if (storageClass !== 'STANDARD') headers['x-amz-storage-class'] = storageClass;
  Object.assign(headers, encryptionHeaders(values));
  if (Object.keys(tags).length > 0) headers['x-amz-tagging-count'] = `${Object.keys(tags).length}`;
  return { headers, acl: acl ?? 'private', tags };
}

/** Metadata, ACL and tags of the object, from the request's headers or the query of its presigned URL. */
export function readRequestMetadata(request: S3Request): ObjectMetadata {
  const values = new Map(request.headerAndParamNames().map((name) => [name, request.headerOrParam(name) ?? '']));
  const tagging = request.headerOrParam('x-amz-tagging');
  return readObjectMetadata(
    values,
    request.headerOrParam('x-amz-acl'),
    tagging === undefined ? {} : parseTaggingHeader(tagging),
  );
}

/**
 * Parses the form field `tagging`.
 *
 * @throws {S3Error} `MalformedXML`, `InvalidTag`, `BadRequest`
 */
export function parseTaggingXml(text: string): Record<string, string> {
  const root = parseXml(text, 'Tagging');
  const [set] = children(root, 'TagSet');
  if (root === undefined || set === undefined) throw malformedXml();
  return collectTags(children(set, 'Tag').map((tag) => [childText(tag, 'Key'), childText(tag, 'Value')]));
}

/**
 * Parses the header `x-amz-tagging`.
 *
 * @throws {S3Error} `InvalidTag`, `BadRequest`
 */
export const parseTaggingHeader = (text: string): Record<string, string> => collectTags([...new URLSearchParams(text)]);

/**
 * Encodes a header value for HTTP. S3 sends metadata beyond ASCII as an RFC 2047 encoded word, and other headers as UTF-8,
 * whose bytes Node takes as Latin-1 characters.
 */
export function encodeHeaderValue(name: string, value: string): string {
  if (/^[\u0020-\u007e]*$/.test(value)) return value;
  if (name.startsWith(METADATA_PREFIX)) return `=?UTF-8?B?${Buffer.from(value).toString('base64')}?=`;
  return Buffer.from(value).toString('latin1');
}

function collectTags(pairs: readonly (readonly [string | undefined, string | undefined])[]): Record<string, string> {
  const tags = new Map<string, string>();
  for (const [key, value] of pairs) {
    if (key === undefined || value === undefined) throw malformedXml();
    if (key === '' || key.length > MAX_TAG_KEY_CHARACTERS)
      throw new S3Error('InvalidTag', 'The TagKey you have provided is invalid', { TagKey: key });
    if (value.length > MAX_TAG_VALUE_CHARACTERS)
      throw new S3Error('InvalidTag', 'The TagValue you have provided is invalid', { TagValue: value });
    if (tags.has(key))
      throw new S3Error('InvalidTag', 'Cannot provide multiple Tags with the same key', { TagKey: key });
    tags.set(key, value);
  }
  if (tags.size > MAX_TAGS) throw new S3Error('BadRequest', 'Object tags cannot be greater than 10');
  return Object.fromEntries(tags);
}

function encryptionHeaders(values: ReadonlyMap<string, string>): Record<string, string> {
  const name = 'x-amz-server-side-encryption';
  const withKey = [...values.keys()].find((candidate) => candidate.startsWith(`${name}-`));
  if (withKey !== undefined)
    throw new S3Error(
      'NotImplemented',
      `The local storage does not implement encryption keys. Remove '${withKey}', or set '${name}' to AES256.`,
    );
  const value = values.get(name);
  if (value === undefined) return {};
  if (value !== 'AES256') throw invalidArgument('The encryption method specified is not supported', name, value);
  return { [name]: value };
}

function assertMetadataSize(headers: Readonly<Record<string, string>>): void {
  const size = Object.entries(headers)
    .filter(([name]) => name.startsWith(METADATA_PREFIX))
    .reduce(
      (sum, [name, value]) => sum + Buffer.byteLength(name) - METADATA_PREFIX.length + Buffer.byteLength(value),
      0,
    );
  if (size > MAX_METADATA_BYTES)
    throw new S3Error('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size', {
      Size: `${size}`,
      MaxSizeAllowed: `${MAX_METADATA_BYTES}`,
    });
}

function assertRedirectLocation(location: string | undefined): void {
  if (location === undefined) return;
  if (!/^(?:\/|https?:\/\/)/.test(location) || Buffer.byteLength(location) > MAX_REDIRECT_BYTES)
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
