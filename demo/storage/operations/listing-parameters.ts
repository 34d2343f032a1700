import { uriEncode } from '../auth/sigv4.ts';
import { invalidArgument } from '../protocol/s3-error.ts';
import type { S3Request } from '../protocol/s3-request.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html, ListParts and ListMultipartUploads alike. */
const MAX_PAGE_ENTRIES = 1000;

/**
 * Reads the number of entries to list. Default and maximum: 1,000.
 *
 * @param name of the query parameter, such as `max-keys`
 * @throws {S3Error} `InvalidArgument`
 */
export function readPageSize(request: S3Request, name: string): number {
  const value = request.param(name);
  if (value === undefined) return MAX_PAGE_ENTRIES;
  if (!/^\d{1,10}$/.test(value))
    throw invalidArgument(`Provided ${name} not an integer or within integer range`, name, value);
  return Math.min(Number(value), MAX_PAGE_ENTRIES);
}

/**
 * Returns the function that encodes keys in the response. `encoding-type=url` asks for percent-encoding, since XML cannot
 * represent every character.
 *
 * @throws {S3Error} `InvalidArgument`
 */
export function readKeyEncoder(request: S3Request): (key: string) => string {
  const type = request.param('encoding-type');
  if (type !== undefined && type !== 'url')
    throw invalidArgument('Invalid Encoding Method specified in Request', 'encoding-type', type);
  return type === 'url' ? (key) => uriEncode(key, true) : (key) => key;
}
