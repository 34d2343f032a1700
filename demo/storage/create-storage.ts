import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { resolve } from 'node:path';
import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { authenticate, type AuthConfig } from './auth/authenticate.ts';
import { assertOwnHost, assertPageAllowed } from './auth/local-only.ts';
import { discardBody } from './body/discard-body.ts';
import { bucketListPage } from './operations/bucket-list-page.ts';
import { corsHeaders, respondToPreflight } from './operations/cors-response.ts';
import { findOperation } from './operations/operation-table.ts';
import { DEFAULTS, type StorageOptions } from './options.ts';
import { defaultCorsRules } from './protocol/cors-rules.ts';
import { S3Error, accessDenied } from './protocol/s3-error.ts';
import { S3Request } from './protocol/s3-request.ts';
import { BucketStore } from './store/bucket-store.ts';
import { ObjectStore } from './store/object-store.ts';
import { UploadStore } from './store/upload-store.ts';

/**
 * Creates a small S3 server for development: path-style addresses, Signature Version 4, POST policies, multipart uploads.
 * The app runs only on `@hono/node-server`: it reads Node's `IncomingMessage`, since a `Request` no longer has the raw
 * request target that the signature covers.
 *
 * @throws {S3Error} `InvalidBucketName`
 */
export function createStorage(options: StorageOptions): Hono<{ Bindings: HttpBindings }> {
  const { buckets: names, credentials, region, cors, now } = { ...DEFAULTS, ...options };
  const { pages = cors.origins } = options;
  const dir = resolve(options.dir);
  const auth: AuthConfig = { credentials, region, now };
  const objects = new ObjectStore(dir, now);
  const uploads = new UploadStore(dir, now);
  const buckets = new BucketStore(dir, objects, defaultCorsRules(cors.origins));
  for (const name of new Set([...names, ...buckets.names()])) buckets.create(name);

  async function runOperation(request: S3Request): Promise<Response> {
    const { method, bucket, key } = request;
    assertOwnHost(request);
    assertPageAllowed(request, pages);
    if (method === 'OPTIONS') return respondToPreflight(request, buckets);
    const resource = bucket === '' ? 'service' : key === '' ? 'bucket' : 'object';
    if (resource === 'service' && method === 'GET' && request.header('authorization') === undefined)
      return bucketListPage(buckets.names());
    const operation = findOperation(request, resource);
    const signature = authenticate(request, auth);
    if (!signature && !operation.anonymous) throw accessDenied();
    return operation.run({ request, signature, auth, buckets, objects, uploads });
  }

  async function respond(incoming: IncomingMessage): Promise<Response> {
    // Ids of the response to a request that cannot be parsed.
    const fallback = { id: randomBytes(8).toString('hex').toUpperCase(), hostId: '' };
    let request: S3Request | undefined;
    let response: Response;
    try {
      request = new S3Request(incoming);
      response = await runOperation(request);
    } catch (error) {
      const reachedEnd = await discardBody(incoming);
      response = errorResponse(error, request ?? fallback, incoming.method === 'HEAD');
      if (!reachedEnd) response.headers.set('connection', 'close');
    }
    const cors = request && request.method !== 'OPTIONS' ? await corsHeaders(request, buckets) : {};
    for (const [name, value] of Object.entries(cors)) response.headers.set(name, value);
    response.headers.set('x-amz-request-id', (request ?? fallback).id);
    response.headers.set('x-amz-id-2', (request ?? fallback).hostId);
    return response;
  }

  return new Hono<{ Bindings: HttpBindings }>().all('*', (c) => respond(c.env.incoming));
}

function errorResponse(error: unknown, { id, hostId }: { id: string; hostId: string }, isHead: boolean): Response {
  const s3Error =
    error instanceof S3Error
      ? error
      : new S3Error('InternalError', 'We encountered an internal error. Please try again.', {}, error);
  if (s3Error.code === 'InternalError' && !isDisconnect(error)) console.error(error);
  return new Response(isHead ? null : s3Error.toXml(id, hostId), {
    status: s3Error.status,
    headers: { 'content-type': 'application/xml' },
  });
}

/** Whether the client closed the connection, which is no error of the storage. */
const isDisconnect = (error: unknown) =>
  ['ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE'].includes((error as NodeJS.ErrnoException).code ?? '');
