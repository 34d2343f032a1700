import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { after, before, describe, it } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { encodeForm, filePart } from './post-form.ts';
import {
  digestOf,
  newKey,
  startLocalStorageUnderTest,
  storedDigest,
  type LocalStorageUnderTest,
} from './storage-under-test.ts';

const REPLAYS = 10_000;
/** Completions are requests of the signer itself, which clients cannot replay directly. */
const COMPLETIONS = 1_000;
/** Requests under way at a time. */
const CONNECTIONS = 16;
const BODY_BYTES = 64;
/** Each kind took 8 to 47 s beside another run of tests, on two cores. */
const TIMEOUT_MS = 120_000;

/** A signed request that anyone can send who has seen it. */
interface Grant {
  method: 'POST' | 'PUT';
  url: string;
  headers: Record<string, string>;
  /** The body of the request, with these bytes as the content. */
  bodyOf(content: Uint8Array): Uint8Array;
}

describe('a grant that is replayed 10,000 times with other bytes of the same length', () => {
  let storage: LocalStorageUnderTest;
  const agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  before(async () => {
    storage = await startLocalStorageUnderTest();
  });
  after(async () => {
    agent.destroy();
    await storage.close();
  });

  async function send({ method, url, headers, bodyOf }: Grant, content: Uint8Array): Promise<number> {
    const body = bodyOf(content);
    const request = http.request(url, { agent, method, headers: { ...headers, 'content-length': body.length } });
    request.end(body);
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    response.resume();
    await once(response, 'end');
    return response.statusCode ?? 0;
  }

  /** Sends the grant again and again, and returns how often each status came. */
  async function replay(grant: Grant, times = REPLAYS): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    let left = times;
    const replayInTurn = async () => {
      while (left-- > 0) {
        const status = await send(grant, randomBytes(BODY_BYTES));
        counts[status] = (counts[status] ?? 0) + 1;
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, replayInTurn));
    return counts;
  }

  const ifNoneMatch = { 'if-none-match': '*' };
  const presign = (command: PutObjectCommand | UploadPartCommand | CompleteMultipartUploadCommand) =>
    getSignedUrl(storage.client, command as PutObjectCommand, {
      signableHeaders: new Set(['content-length', 'if-none-match']),
    });

  it('by POST overwrites nothing', { timeout: TIMEOUT_MS }, async () => {
    const key = newKey();
    const { url, fields } = await createPresignedPost(storage.client, {
      Bucket: storage.bucket,
      Key: key,
      Fields: { 'If-None-Match': '*' },
      Conditions: [['content-length-range', BODY_BYTES, BODY_BYTES]],
    });
    const boundary = 'edge';
    const parts = Object.entries(fields).map(([name, value]) => ({ name, value }));
    const grant: Grant = {
      method: 'POST',
      url,
      headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
      bodyOf: (content) => encodeForm([...parts, filePart(content)], boundary),
    };
    const first = randomBytes(BODY_BYTES);
    assert.equal(await send(grant, first), 204);
    assert.deepEqual(await replay(grant), { 412: REPLAYS });
    assert.deepEqual(await storedDigest(storage, key), digestOf(first));
  });

  it('by PUT overwrites nothing', { timeout: TIMEOUT_MS }, async () => {
    const target = { Bucket: storage.bucket, Key: newKey() };
    const command = new PutObjectCommand({ ...target, ContentLength: BODY_BYTES, IfNoneMatch: '*' });
    const url = await presign(command);
    assert.match(url, /X-Amz-SignedHeaders=content-length%3Bhost%3Bif-none-match/);
    const grant: Grant = { method: 'PUT', url, headers: ifNoneMatch, bodyOf: (content) => content };
    const first = randomBytes(BODY_BYTES);
    assert.equal(await send(grant, first), 200);
    assert.deepEqual(await replay(grant), { 412: REPLAYS });
    assert.equal(await send({ ...grant, headers: {} }, randomBytes(BODY_BYTES)), 403, 'without its condition');
    assert.deepEqual(await storedDigest(storage, target.Key), digestOf(first));
  });

  /** Sends the only part of an upload, and completes it, each by a grant. */
  async function completeByGrants() {
    const target = { Bucket: storage.bucket, Key: newKey() };
    const { UploadId } = await storage.client.send(new CreateMultipartUploadCommand(target));
    const first = randomBytes(BODY_BYTES);
    const upload = { ...target, UploadId };
    const partUrl = await presign(new UploadPartCommand({ ...upload, PartNumber: 1, ContentLength: BODY_BYTES }));
    const part: Grant = { method: 'PUT', url: partUrl, headers: {}, bodyOf: (content) => content };
    const complete: Grant = {
      method: 'POST',
      url: await presign(new CompleteMultipartUploadCommand({ ...upload, IfNoneMatch: '*' })),
      headers: ifNoneMatch,
      bodyOf: (content) =>
        Buffer.from(
          '<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Part><PartNumber>1</PartNumber>' +
            `<ETag>${createHash('md5').update(content).digest('hex')}</ETag></Part></CompleteMultipartUpload>`,
        ),
    };
    assert.equal(await send(part, first), 200);
    assert.equal(await send(complete, first), 200);
    return { key: target.Key, first, part, complete };
  }

  it('for a part overwrites nothing once its upload is complete', { timeout: TIMEOUT_MS }, async () => {
    const { key, first, part } = await completeByGrants();
    assert.deepEqual(await replay(part), { 404: REPLAYS });
    assert.deepEqual(await storedDigest(storage, key), digestOf(first));
  });

  it('to complete an upload overwrites nothing', { timeout: TIMEOUT_MS }, async () => {
    const { key, first, complete } = await completeByGrants();
    // S3 repeats its first response, so that a client that has lost it gets it again.
    assert.deepEqual(await replay(complete, COMPLETIONS), { 200: COMPLETIONS });
    assert.deepEqual(await storedDigest(storage, key), digestOf(first));
  });
});
