import { Readable } from 'node:stream';
import { headerValue } from './object-metadata.ts';
import { checksumHeaders } from '../protocol/checksums.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { preconditionFailed, type StoredObject } from '../store/object-store.ts';
import type { Context } from './operation-context.ts';
import type { S3Request } from '../protocol/s3-request.ts';

/** Query parameters by which a signed request replaces a stored header. */
const overrides = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
];

/** GET and HEAD Object. */
export async function getObject({ request, access, buckets, objects }: Context): Promise<Response> {
  buckets.assertExists(request.bucket);
  const found = await objects.open(request.bucket, request.key);
  const { IgnorePublicAcls } = await buckets.publicAccess(request.bucket);
  const isPublic = !IgnorePublicAcls && (found?.object.acl.startsWith('public-read') ?? false);
  if (!access && !isPublic) {
    await found?.bytes.close();
    // Whether there is such a key is nobody's business who may not list the bucket.
    throw new S3Error('AccessDenied', 'Access Denied');
  }
  if (!found) throw new S3Error('NoSuchKey', 'The specified key does not exist.', { Key: request.key });
  const { object, bytes } = found;
  let streaming = false;
  try {
    const notModified = isUnchanged(request, object);
    const headers = { ...objectHeaders(object), ...(access && overriddenHeaders(request)) };
    if (notModified) return new Response(null, { status: 304, headers });
    const range = parseRange(request.header('range'), object.size);
    const [first, last] = range ?? [0, object.size - 1];
    const length = last - first + 1;
    const all = {
      ...headers,
      'content-length': `${length}`,
      ...(range && { 'content-range': `bytes ${first}-${last}/${object.size}` }),
      ...(!range &&
        request.header('x-amz-checksum-mode') === 'ENABLED' &&
        checksumHeaders(object.checksum, object.checksumType)),
    };
    const status = range ? 206 : 200;
    if (request.method === 'HEAD' || length === 0) return new Response(null, { status, headers: all });
    const stream = bytes.createReadStream({ start: first, end: last, highWaterMark: 256 * 1024 });
    streaming = true;
    return new Response(Readable.toWeb(stream) as ReadableStream, { status, headers: all });
  } finally {
    // The stream closes the file when it ends or is cancelled.
    if (!streaming) await bytes.close();
  }
}

export function objectHeaders(object: StoredObject): Record<string, string> {
  return {
    ...Object.fromEntries(Object.entries(object.headers).map(([name, value]) => [name, headerValue(name, value)])),
    etag: object.etag,
    'last-modified': new Date(object.lastModified).toUTCString(),
    'accept-ranges': 'bytes',
    // What a stranger uploaded is shown as what it says it is, not as what it looks like.
    'x-content-type-options': 'nosniff',
  };
}

function overriddenHeaders(request: S3Request): Record<string, string> {
  return Object.fromEntries(
    overrides.flatMap((name) => {
      const value = request.param(`response-${name}`);
      return value === undefined ? [] : [[name, headerValue(name, value)]];
    }),
  );
}

function isUnchanged(request: S3Request, { etag }: StoredObject): boolean {
  const ifMatch = request.header('if-match');
  if (ifMatch !== undefined && !names(ifMatch, etag)) throw preconditionFailed('If-Match');
  const ifNoneMatch = request.header('if-none-match');
  return ifNoneMatch !== undefined && names(ifNoneMatch, etag);
}

const names = (list: string, etag: string) =>
  list.split(',').some((entry) => entry.trim() === '*' || `"${entry.trim().replaceAll('"', '')}"` === etag);

/** The first and last byte asked for; undefined for the whole, which is also the answer to a range that cannot be read. */
function parseRange(header: string | undefined, size: number): readonly [number, number] | undefined {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (from === undefined || to === undefined || from + to === '') return undefined;
  const first = from === '' ? Math.max(size - Number(to), 0) : Number(from);
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (first >= size || (from === '' && Number(to) === 0))
    throw new S3Error('InvalidRange', 'The requested range is not satisfiable', {
      RangeRequested: header ?? '',
      ActualObjectSize: `${size}`,
    });
  return first > last ? undefined : [first, last];
}
