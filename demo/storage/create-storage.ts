import type { IncomingMessage } from 'node:http';
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { authenticate, type Authority } from './auth/authenticate.ts';
import { BucketStore } from './store/bucket-store.ts';
import { corsHeaders, preflight } from './operations/cors-response.ts';
import { corsRulesFor } from './protocol/cors-rules.ts';
import { drain } from './body/discard-body.ts';
import { S3Error } from './protocol/s3-error.ts';
import { ObjectStore } from './store/object-store.ts';
import { findOperation } from './operations/operation-table.ts';
import { defaults, type StorageOptions } from './options.ts';
import { firstPage } from './operations/bucket-list-page.ts';
import { S3Request } from './protocol/s3-request.ts';
import { UploadStore } from './store/upload-store.ts';

/**
 * A small S3 for development: path-style addresses, SigV4, POST policies, multipart uploads. Needs Node's own request
 * (`@hono/node-server`), since it signs and streams what was really sent.
 */
export function createStorage(options: StorageOptions): Hono<{ Bindings: HttpBindings }> {
  const { buckets: names, credentials, region, cors, now } = { ...defaults, ...options };
  const dir = resolve(options.dir);
  const authority: Authority = { credentials, region, now };
  const objects = new ObjectStore(dir, now);
  const uploads = new UploadStore(dir, now);
  const buckets = new BucketStore(dir, objects, corsRulesFor(cors.origins));
  for (const name of new Set([...names, ...buckets.names()])) buckets.create(name);

  async function dispatch(request: S3Request): Promise<Response> {
    const { method, bucket, key } = request;
    if (method === 'OPTIONS') return preflight(request, buckets);
    const on = bucket === '' ? 'service' : key === '' ? 'bucket' : 'object';
    if (on === 'service' && method === 'GET' && request.header('authorization') === undefined)
      return firstPage(buckets.names());
    const operation = findOperation(request, on);
    const access = authenticate(request, authority);
    if (!access && !operation.anonymous) throw new S3Error('AccessDenied', 'Access Denied');
    return operation.run({ request, access, authority, buckets, objects, uploads });
  }

  async function respond(incoming: IncomingMessage): Promise<Response> {
    const fallback = { id: randomBytes(8).toString('hex').toUpperCase(), hostId: '' };
    let request: S3Request | undefined;
    let response: Response;
    try {
      request = new S3Request(incoming);
      response = await dispatch(request);
    } catch (error) {
      const readToTheEnd = await drain(incoming);
      response = refusal(error, request ?? fallback, incoming.method === 'HEAD');
      if (!readToTheEnd) response.headers.set('connection', 'close');
    }
    const cors = request && request.method !== 'OPTIONS' ? await corsHeaders(request, buckets) : {};
    for (const [name, value] of Object.entries(cors)) response.headers.set(name, value);
    response.headers.set('x-amz-request-id', (request ?? fallback).id);
    response.headers.set('x-amz-id-2', (request ?? fallback).hostId);
    return response;
  }

  return new Hono<{ Bindings: HttpBindings }>().all('*', (c) => respond(c.env.incoming));
}

function refusal(error: unknown, { id, hostId }: { id: string; hostId: string }, isHead: boolean): Response {
  const known =
    error instanceof S3Error
      ? error
      : new S3Error('InternalError', 'We encountered an internal error. Please try again.', {}, error);
  // A client that went away is no fault of the storage.
  if (known.code === 'InternalError' && !isDisconnect(error)) console.error(error);
  return new Response(isHead ? null : known.toXml(id, hostId), {
    status: known.status,
    headers: { 'content-type': 'application/xml' },
  });
}

const isDisconnect = (error: unknown) =>
  ['ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE'].includes((error as NodeJS.ErrnoException).code ?? '');
