import type { ChecksumAlgorithm } from '../../widget/core/protocol.ts';

/**
 * Maximum bytes of an object's metadata: names and values together, as S3 counts them.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
 */
export const MAX_METADATA_BYTES = 2048;
/** Maximum bytes of the file's name in its metadata: 255 bytes of any script, percent-encoded, or 1,152 ASCII letters. */
const MAX_NAME_BYTES = 1152;
/** Maximum bytes of the file's name in Content-Disposition: 255 bytes of any script, percent-encoded. */
const MAX_DISPOSITION_BYTES = 768;

/**
 * The metadata headers of an object. Values are percent-encoded because a header carries ASCII only. The page's metadata
 * comes first; the file's name and path are added if they still fit.
 */
export function metadataHeaders(
  metadata: Record<string, string>,
  name: string,
  path: string | undefined,
): Record<string, string> {
  const headers: Record<string, string> = {};
  let left = MAX_METADATA_BYTES;
  const add = (key: string, value: string): void => {
    if (key.length + value.length > left) return;
    left -= key.length + value.length;
    headers[`x-amz-meta-${key}`] = value;
  };
  for (const [key, value] of Object.entries(metadata)) add(key, percentEncode(value, MAX_METADATA_BYTES));
  add('name', encodeName(name, MAX_NAME_BYTES));
  if (path) add('path', percentEncode(path, Infinity));
  return headers;
}

/** Bytes of the page's metadata as S3 counts them, percent-encoded. */
export const metadataBytes = (metadata: Record<string, string>): number =>
  Object.entries(metadata).reduce((sum, [key, value]) => sum + key.length + percentEncode(value, Infinity).length, 0);

/** The headers of a checksum. A POST names the algorithm in its own field; a PUT names it only in the header's name. */
export const checksumHeaders = (
  algorithm: ChecksumAlgorithm,
  value: string,
  method: 'POST' | 'PUT' | 'MULTIPART',
): Record<string, string> => ({
  ...(method === 'POST' && { 'x-amz-checksum-algorithm': algorithm.toUpperCase() }),
  [`x-amz-checksum-${algorithm}`]: value,
});

/**
 * A Content-Disposition that makes browsers download the object under a name (RFC 6266, RFC 8187), so that nothing in the
 * bucket opens as a page.
 */
export const contentDisposition = (name: string): string =>
  `attachment; filename*=UTF-8''${encodeName(name, MAX_DISPOSITION_BYTES)}`;

/** Percent-encodes a file's name. One that is too long is cut in front of its extension. */
function encodeName(name: string, maxBytes: number): string {
  const [extension = ''] = /\.[A-Za-z0-9]{1,10}$/.exec(name) ?? [];
  return percentEncode(name.slice(0, name.length - extension.length), maxBytes - extension.length) + extension;
}

/** Percent-encodes everything except RFC 8187's attr-char. Cuts after the last whole character within `maxBytes`. */
function percentEncode(text: string, maxBytes: number): string {
  // A UTF-16 unit becomes nine bytes at most, so most texts fit without counting.
  if (text.length * 9 <= maxBytes) return encode(text);
  let encoded = '';
  for (const character of text) {
    const next = encode(character);
    if (encoded.length + next.length > maxBytes) break;
    encoded += next;
  }
  return encoded;
}

const encode = (text: string): string => encodeURIComponent(wellFormed(text)).replace(/['()*]/g, hex);

const hex = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;

/** Replaces lone surrogates, which `encodeURIComponent` cannot encode. */
const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, '\ufffd');
