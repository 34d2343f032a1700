import { s3Element, xmlResponse } from '../protocol/xml.ts';
import type { StoredObject } from '../store/object-store.ts';
import { readKeyEncoder, readPageSize } from './listing-parameters.ts';
import type { OperationContext } from './operation-context.ts';

/** An object, or, without one, a common prefix. */
interface Entry {
  readonly name: string;
  readonly object?: StoredObject;
}

/** ListObjectsV2. */
export async function listObjects({ request, buckets, objects }: OperationContext): Promise<Response> {
  buckets.assertExists(request.bucket);
  const prefix = request.param('prefix') ?? '';
  const delimiter = request.param('delimiter') ?? '';
  const encode = readKeyEncoder(request);
  const token = request.param('continuation-token');
  const after = token === undefined ? (request.param('start-after') ?? '') : decodeToken(token);
  const limit = readPageSize(request, 'max-keys');
  const all = groupByPrefix(await objects.list(request.bucket, prefix), prefix, delimiter);
  const remaining = all.filter(({ name }) => after === '' || Buffer.compare(Buffer.from(name), Buffer.from(after)) > 0);
  const page = remaining.slice(0, limit);
  const last = page.at(-1);
  return xmlResponse({
    ListBucketResult: s3Element({
      Name: request.bucket,
      Prefix: encode(prefix),
      Delimiter: delimiter === '' ? undefined : encode(delimiter),
      MaxKeys: limit,
      EncodingType: request.param('encoding-type'),
      KeyCount: page.length,
      IsTruncated: remaining.length > page.length,
      ContinuationToken: token,
      NextContinuationToken: remaining.length > page.length && last ? encodeToken(last.name) : undefined,
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

/** Replaces the objects that have the delimiter after the prefix by their common prefixes. */
function groupByPrefix(objects: readonly StoredObject[], prefix: string, delimiter: string): Entry[] {
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
