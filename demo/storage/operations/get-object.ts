import { Readable } from 'node:stream';
import { checksumHeaders } from '../protocol/checksums.ts';
import { S3Error, accessDenied, preconditionFailed } from '../protocol/s3-error.ts';
import type { S3Request } from '../protocol/s3-request.ts';
import type { StoredObject } from '../store/object-store.ts';
import { includesETag } from './etag-list.ts';
import { encodeHeaderValue } from './object-metadata.ts';
import type { OperationContext } from './operation-context.ts';

/** Headers that a signed request may replace with `response-<name>`. */
const OVERRIDABLE_HEADERS = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
];

/** GetObject and HeadObject. A public ACL allows anonymous requests. */
export async function getObject({ request, signature, buckets, objects }: OperationContext): Promise<Response> {
  buckets.assertExists(request.bucket);
  const found = await objects.open(request.bucket, request.key);
  const { IgnorePublicAcls } = await buckets.publicAccessBlock(request.bucket);
  const isPublic = !IgnorePublicAcls && (found?.object.acl.startsWith('public-read') ?? false);
  if (!signature && !isPublic) {
    await found?.bytes.close();
    // The same error for a missing object: only a signer may learn which keys exist.
    throw accessDenied();
  }
  if (!found) throw new S3Error('NoSuchKey', 'The specified key does not exist.', { Key: request.key });
  const { object, bytes } = found;
  let streaming = false;
  try {
    const notModified = isNotModified(request, object);
    const headers = { ...objectHeaders(object), ...(signature && overriddenHeaders(request)) };
    if (notModified) return new Response(null, { status: 304, headers });
    const range = parseRange(request.header('range'), object.size);
    const [first, last] = range ?? [0, object.size - 1];
    const length = last - first + 1;
    const rangeHeaders = {
      ...headers,
      'content-length': `${length}`,
      ...(range && { 'content-range': `bytes ${first}-${last}/${object.size}` }),
      ...(!range &&
        request.header('x-amz-checksum-mode') === 'ENABLED' &&
        checksumHeaders(object.checksum, object.checksumType)),
    };
    const status = range ? 206 : 200;
    if (request.method === 'HEAD' || length === 0) return new Response(null, { status, headers: rangeHeaders });
    const stream = bytes.createReadStream({ start: first, end: last, highWaterMark: 256 * 1024 });
    streaming = true;
    return new Response(Readable.toWeb(stream) as ReadableStream, { status, headers: rangeHeaders });
  } finally {
    // The stream closes the file when it ends or is cancelled.
    if (!streaming) await bytes.close();
  }
}

function objectHeaders(object: StoredObject): Record<string, string> {
  return {
    ...Object.fromEntries(
      Object.entries(object.headers).map(([name, value]) => [name, encodeHeaderValue(name, value)]),
    ),
    etag: object.etag,
    'last-modified': new Date(object.lastModified).toUTCString(),
    'accept-ranges': 'bytes',
    // Visitors upload these bytes: a browser must not guess a type such as HTML from them.
    'x-content-type-options': 'nosniff',
  };
}

function overriddenHeaders(request: S3Request): Record<string, string> {
  return Object.fromEntries(
    OVERRIDABLE_HEADERS.flatMap((name) => {
      const value = request.param(`response-${name}`);
      return value === undefined ? [] : [[name, encodeHeaderValue(name, value)]];
    }),
  );
}

/**
 * Whether the response is 304.
 *
 * @throws {S3Error} `PreconditionFailed`
 */
function isNotModified(request: S3Request, { etag }: StoredObject): boolean {
  const ifMatch = request.header('if-match');
  if (ifMatch !== undefined && !includesETag(ifMatch, etag)) throw preconditionFailed('If-Match');
  const ifNoneMatch = request.header('if-none-match');
  return ifNoneMatch !== undefined && includesETag(ifNoneMatch, etag);
}

/**
 * Reads a Range header: the first and last byte, both inclusive. Undefined, for the whole object, when there is none, or
 * one of another form.
 */
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
