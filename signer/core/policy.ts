import type { ChecksumAlgorithm, FileRequest, RefusedFile } from '../../widget/core/protocol.ts';
import { checkTypes, keyExtension, storedType } from './media-types.ts';
import { growPartSize, MAX_OBJECT } from './multipart.ts';

/** What may be uploaded. All sizes in bytes. */
export interface Limits {
  /** Exact types and wildcards such as `image/*`. HTML, SVG, XML and scripts are refused even so. */
  types: readonly string[];
  maxFileSize: number;
  minFileSize: number;
}

export interface Rules extends Limits {
  /** From this size on a file goes up in parts. */
  multipartFrom: number;
  /** Bytes of a part; grown for files of more than 10,000 parts. */
  partSize: number;
  /** How files below `multipartFrom` go up. */
  method: 'POST' | 'PUT';
  /** The checksum asked for when the file comes without one. */
  checksum?: ChecksumAlgorithm | undefined;
  /** Folder of the key, with its slash. */
  folder: string;
}

/** One upload as it will be signed: all that decides what may be stored, and nothing that a client may choose later. */
export interface Plan {
  /** The client's own word for the file, echoed in answers. */
  id?: string;
  method: 'POST' | 'PUT' | 'MULTIPART';
  key: string;
  size: number;
  type: string;
  /** Stored with the object, apart from its type. */
  headers: Record<string, string>;
  /** MULTIPART only. */
  partSize?: number;
  /** The algorithm of the checksum that the client is to compute, of the file or of each part. */
  checksum?: ChecksumAlgorithm;
}

/** Above this only multipart stores a file; AWS: "a single PUT operation … up to 5 GB". */
export const SINGLE_MAX = 5_000_000_000;

/** AWS: user-defined metadata, keys and values, is at most 2 KB. */
export const METADATA_BYTES = 2048;
/** Enough for 255 bytes of any script, percent-encoded, and for 1,100 letters of the Latin one. */
const NAME_BYTES = 1152;
const DISPOSITION_BYTES = 768;

/**
 * Decides about one file. Pure but for the key's UUID.
 *
 * No string of the client reaches the key but the extension, and that only if it is a plain one that fits the type: so
 * no name can hold `${filename}`, `..` or a slash to any effect.
 */
export function plan(
  file: FileRequest,
  metadata: Record<string, string>,
  rules: Rules,
  uuid: string = crypto.randomUUID(),
): Plan | RefusedFile {
  const { name, size, checksum } = file;
  const refuse = (code: string, message: string, limit?: number): RefusedFile => ({
    id: file.id,
    error: { code, message, ...(limit !== undefined && { limit }) },
  });
  const max = Math.min(rules.maxFileSize, MAX_OBJECT);
  if (size > max) return refuse('file-too-large', `The file has ${size} bytes; at most ${max} are accepted.`, max);
  const min = rules.minFileSize;
  if (size < min) return refuse('file-too-small', `The file has ${size} bytes; at least ${min} are required.`, min);
  const type = storedType(name, file.type, rules.types);
  if (!type) return refuse('file-type', 'Files of this type are not accepted.');

  const isMultipart = size > SINGLE_MAX || (size > 0 && size >= rules.multipartFrom);
  const method = isMultipart ? 'MULTIPART' : rules.method;
  const value = checksum && 'value' in checksum ? checksum.value : undefined;
  const wanted = checksum?.algorithm ?? rules.checksum;
  const headers: Record<string, string> = {
    'Content-Disposition': attachment(name),
    ...metadataHeaders(metadata, name, file.path),
    ...(checksum && value && !isMultipart && checksumHeaders(checksum.algorithm, value, method)),
  };
  return {
    id: file.id,
    method,
    key: `${rules.folder}${uuid}${keyExtension(name, type)}`,
    size,
    type,
    headers,
    ...(isMultipart && { partSize: growPartSize(size, rules.partSize) }),
    ...(wanted && (isMultipart || !value) && { checksum: wanted }),
  };
}

/**
 * Metadata headers as S3 will count them: percent-encoded, because a header takes no other script. The page's own comes
 * first; the file's name and path are kept where they still fit.
 */
export function metadataHeaders(
  metadata: Record<string, string>,
  name: string,
  path: string | undefined,
): Record<string, string> {
  const headers: Record<string, string> = {};
  let left = METADATA_BYTES;
  const put = (key: string, value: string): void => {
    if (key.length + value.length > left) return;
    left -= key.length + value.length;
    headers[`x-amz-meta-${key}`] = value;
  };
  for (const [key, value] of Object.entries(metadata)) put(key, percentEncode(value, METADATA_BYTES));
  put('name', percentEncode(name, NAME_BYTES));
  if (path) put('path', percentEncode(path, Infinity));
  return headers;
}

/** Bytes that the client's metadata takes in S3's count. */
export const metadataBytes = (metadata: Record<string, string>): number =>
  Object.entries(metadata).reduce((sum, [key, value]) => sum + key.length + percentEncode(value, Infinity).length, 0);

/** A POST names the algorithm in a field of its own; a PUT says it by the header's name. */
export const checksumHeaders = (
  algorithm: ChecksumAlgorithm,
  value: string,
  method: Plan['method'],
): Record<string, string> => ({
  ...(method === 'POST' && { 'x-amz-checksum-algorithm': algorithm.toUpperCase() }),
  [`x-amz-checksum-${algorithm}`]: value,
});

/** Forces a download under the file's own name (RFC 6266, RFC 8187), so that nothing stored opens as a page. */
const attachment = (name: string): string =>
  `attachment; filename*=UTF-8''${percentEncode(name.replace(/^.*[/\\]/s, '') || 'file', DISPOSITION_BYTES)}`;

/** Percent-encodes all but RFC 8187's attr-char, whole characters only, up to a number of bytes. */
function percentEncode(text: string, most: number): string {
  // No character takes more than nine bytes for each of its units: most texts fit without being counted.
  if (text.length * 9 <= most) return encode(text);
  let encoded = '';
  for (const character of text) {
    const next = encode(character);
    if (encoded.length + next.length > most) break;
    encoded += next;
  }
  return encoded;
}

const encode = (text: string): string => encodeURIComponent(wellFormed(text)).replace(/['()*]/g, hex);

const hex = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;

/** Half a surrogate pair has no bytes. */
const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, '\ufffd');

/**
 * A principal's name as one segment of a key. What S3 or a URL might read otherwise becomes `.` and two hex digits,
 * so two names never share a folder and none is `..`.
 */
export function ownerSegment(owner: string): string {
  return Array.from(new TextEncoder().encode(owner), (byte) => {
    const character = String.fromCharCode(byte);
    return /[A-Za-z0-9_-]/.test(character) ? character : `.${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
}

/**
 * A prefix with its slash, or none.
 *
 * @throws {TypeError} for anything but segments of letters, digits, `_`, `.` and `-`
 */
export function normalPrefix(prefix: string): string {
  const trimmed = prefix.replace(/^\/+|\/+$/g, '');
  if (trimmed === '') return '';
  const isPlain = trimmed.length <= 256 && trimmed.split('/').every((part) => /^(?!\.+$)[A-Za-z0-9_.-]+$/.test(part));
  if (!isPlain) throw new TypeError(`prefix must be segments of letters, digits, "_", "." and "-", not "${prefix}"`);
  return `${trimmed}/`;
}

/**
 * What holds for all, with what differs for one; undefined differs in nothing.
 *
 * @throws {TypeError} for limits that cannot hold together
 */
export function mergeLimits(all: Limits, own: Partial<Limits> = {}): Limits {
  const given = Object.entries(own).filter(([, value]) => value !== undefined);
  const limits: Limits = { ...all, ...Object.fromEntries(given) };
  checkTypes(limits.types);
  const { minFileSize, maxFileSize } = limits;
  if (!(minFileSize >= 0 && maxFileSize >= minFileSize)) {
    throw new TypeError('maxFileSize must be at least minFileSize, and that at least 0');
  }
  return limits;
}
