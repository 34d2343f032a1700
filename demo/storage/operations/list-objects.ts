import { invalidArgument } from '../protocol/s3-error.ts';
import type { StoredObject } from '../store/object-store.ts';
import type { Context } from './operation-context.ts';
import type { S3Request } from '../protocol/s3-request.ts';
import { uriEncode } from '../auth/sigv4.ts';
import { s3Element, xmlResponse } from '../protocol/xml.ts';

const maxPage = 1000;

type Entry = { readonly name: string; readonly object?: StoredObject };

/** ListObjectsV2 */
export async function listObjects({ request, buckets, objects }: Context): Promise<Response> {
  buckets.assertExists(request.bucket);
  const prefix = request.param('prefix') ?? '';
  const delimiter = request.param('delimiter') ?? '';
  const encode = nameEncoder(request);
  const token = request.param('continuation-token');
  const after = token === undefined ? (request.param('start-after') ?? '') : decodeToken(token);
  const limit = pageSize(request, 'max-keys');
  const all = grouped(await objects.list(request.bucket, prefix), prefix, delimiter);
  const rest = all.filter(({ name }) => after === '' || Buffer.compare(Buffer.from(name), Buffer.from(after)) > 0);
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return xmlResponse({
    ListBucketResult: s3Element({
      Name: request.bucket,
      Prefix: encode(prefix),
      Delimiter: delimiter === '' ? undefined : encode(delimiter),
      MaxKeys: limit,
      EncodingType: request.param('encoding-type'),
      KeyCount: page.length,
      IsTruncated: rest.length > page.length,
      ContinuationToken: token,
      NextContinuationToken: rest.length > page.length && last ? encodeToken(last.name) : undefined,
      Contents: page.flatMap(({ object }) =>
        object
          ? [
              {
                Key: encode(object.key),
                LastModified: object.lastModified,
                ETag: object.etag,
                ChecksumAlgorithm: object.checksum.algorithm,
                ChecksumType: object.checksumType,
                Size: object.size,
                StorageClass: object.headers['x-amz-storage-class'] ?? 'STANDARD',
              },
            ]
          : [],
      ),
      CommonPrefixes: page.flatMap(({ name, object }) => (object ? [] : [{ Prefix: encode(name) }])),
    }),
  });
}

/** A page's size as a parameter asks for it: 1000 at most. */
export function pageSize(request: S3Request, name: string): number {
  const value = request.param(name);
  if (value === undefined) return maxPage;
  if (!/^\d{1,10}$/.test(value))
    throw invalidArgument(`Provided ${name} not an integer or within integer range`, name, value);
  return Math.min(Number(value), maxPage);
}

/** With `encoding-type=url` names are escaped, since XML cannot hold every character. */
export function nameEncoder(request: S3Request): (name: string) => string {
  const type = request.param('encoding-type');
  if (type !== undefined && type !== 'url')
    throw invalidArgument('Invalid Encoding Method specified in Request', 'encoding-type', type);
  return type === 'url' ? (name) => uriEncode(name, true) : (name) => name;
}

function grouped(objects: readonly StoredObject[], prefix: string, delimiter: string): Entry[] {
  const entries = new Map<string, Entry>();
  for (const object of objects) {
    const end = delimiter === '' ? -1 : object.key.indexOf(delimiter, prefix.length);
    const name = end < 0 ? object.key : object.key.slice(0, end + delimiter.length);
    entries.set(name, end < 0 ? { name, object } : { name });
  }
  return [...entries.values()];
}

const encodeToken = (name: string) => Buffer.from(name).toString('base64url');
const decodeToken = (token: string) => Buffer.from(token, 'base64url').toString('utf8');
