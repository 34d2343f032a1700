import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  PutObjectCommand,
  S3ServiceException,
  type S3Client,
  type S3ClientConfig,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { readS3Response, type S3Response } from './s3-response.ts';
import {
  both,
  createClient,
  digestOf,
  headObject,
  newKey,
  startStorageUnderTest,
  storedDigest,
  type PerStorage,
  type StorageUnderTest,
} from './storage-under-test.ts';
import { MiB } from '../fixtures/files.ts';

type Outcome = 'stored' | readonly [status: number, code: string];

interface Presigned {
  input?: Partial<PutObjectCommandInput>;
  /** Headers that the signature covers. */
  signed?: string[];
  expiresIn?: number;
  signingDate?: Date;
}

describe('the storage', () => {
  let storage: StorageUnderTest;
  before(async () => {
    storage = await startStorageUnderTest();
  });
  after(() => storage.close());

  const presign = (key: string, { input, signed = [], expiresIn = 300, signingDate }: Presigned = {}) =>
    getSignedUrl(storage.client, new PutObjectCommand({ Bucket: storage.bucket, Key: key, ...input }), {
      expiresIn,
      signableHeaders: new Set(signed),
      ...(signingDate && { signingDate }),
    });

  const put = async (
    url: string,
    body: string | Uint8Array<ArrayBuffer> = 'hello',
    headers: Record<string, string> = {},
  ) => readS3Response(await fetch(url, { method: 'PUT', body, headers }));

  async function assertOutcome(response: S3Response, expected: PerStorage<Outcome>, key: string): Promise<void> {
    const outcome = expected[storage.kind];
    if (outcome === 'stored') assert.equal(response.status, 200, response.text);
    else assert.deepEqual([response.status, response.code], outcome, response.text);
    assert.equal((await headObject(storage, key)) !== undefined, outcome === 'stored');
  }

  // With STS enabled, the gateway returns AccessDenied for a wrong signature.
  const mismatch = { local: [403, 'SignatureDoesNotMatch'], gateway: [403, 'AccessDenied'] } as const;

  describe('on a presigned PUT', () => {
    it('stores the body and returns its ETag', async () => {
      const key = newKey('a b+c%é.bin');
      const bytes = new Uint8Array(randomBytes(MiB));
      const response = await put(await presign(key), bytes);
      assert.equal(response.status, 200, response.text);
      assert.equal(response.headers.get('etag'), `"${createHash('md5').update(bytes).digest('hex')}"`);
      assert.deepEqual(await storedDigest(storage, key), digestOf(bytes));
    });

    it('refuses a changed signature', async () => {
      const key = newKey();
      const url = (await presign(key)).replace(/Signature=.{8}/, 'Signature=00000000');
      await assertOutcome(await put(url), mismatch, key);
    });

    it('refuses another key than the signed one', async () => {
      const key = newKey();
      const other = newKey();
      const url = (await presign(key)).replace(key, other);
      await assertOutcome(await put(url), mismatch, other);
    });

    it('refuses another method than the signed one', async () => {
      const url = await presign(newKey());
      assert.equal((await fetch(url, { method: 'DELETE' })).status, 403);
    });

    it('refuses an added query parameter', async () => {
      const key = newKey();
      await assertOutcome(await put(`${await presign(key)}&x-amz-acl=public-read`), mismatch, key);
    });

    it('refuses an expired URL, and states its lifetime and the current time', async () => {
      const key = newKey();
      const url = await presign(key, { expiresIn: 60, signingDate: new Date(Date.now() - 61_000) });
      const response = await put(url);
      await assertOutcome(response, both([403, 'AccessDenied']), key);
      const expected: PerStorage<unknown> = { local: ['Request has expired', true, true], gateway: ['', false, false] };
      const seen = [response.message, /<X-Amz-Expires>60</.test(response.text), /<ServerTime>.*Z</.test(response.text)];
      assert.deepEqual(seen, expected[storage.kind]);
    });

    it('refuses a URL that is dated in the future', async () => {
      const key = newKey();
      const url = await presign(key, { signingDate: new Date(Date.now() + 3_600_000) });
      await assertOutcome(await put(url), { local: [403, 'AccessDenied'], gateway: 'stored' }, key);
    });

    it('refuses a URL with a lifetime of more than a week', async () => {
      const key = newKey();
      const url = (await presign(key)).replace('X-Amz-Expires=300', 'X-Amz-Expires=604801');
      await assertOutcome(
        await put(url),
        { local: [400, 'AuthorizationQueryParametersError'], gateway: [403, 'AccessDenied'] },
        key,
      );
    });

    it('refuses a signature for another region', async () => {
      const key = newKey();
      const elsewhere = createClient(storage.url, 'eu-central-1', storage.credentials);
      const url = await getSignedUrl(elsewhere, new PutObjectCommand({ Bucket: storage.bucket, Key: key }));
      await assertOutcome(
        await put(url),
        { local: [400, 'AuthorizationQueryParametersError'], gateway: 'stored' },
        key,
      );
    });

    it('refuses an unknown access key', async () => {
      const key = newKey();
      const credentials = { accessKeyId: 'AKIAUNKNOWN00000000', secretAccessKey: 'x' };
      const stranger = createClient(storage.url, storage.region, credentials);
      const url = await getSignedUrl(stranger, new PutObjectCommand({ Bucket: storage.bucket, Key: key }));
      await assertOutcome(await put(url), { local: [403, 'InvalidAccessKeyId'], gateway: [403, 'AccessDenied'] }, key);
    });

    it('enforces a signed Content-Length', async () => {
      const key = newKey();
      const url = await presign(key, { input: { ContentLength: 5 }, signed: ['content-length'] });
      assert.match(url, /X-Amz-SignedHeaders=content-length%3Bhost/);
      await assertOutcome(await put(url, 'hello!'), mismatch, key);
      await assertOutcome(await put(url, 'hello'), both('stored'), key);
    });

    it('enforces a signed Content-Type', async () => {
      const key = newKey();
      const url = await presign(key, { input: { ContentType: 'image/png' }, signed: ['content-type'] });
      await assertOutcome(await put(url, 'hello', { 'content-type': 'text/html' }), mismatch, key);
      await assertOutcome(await put(url, 'hello', { 'content-type': 'image/png' }), both('stored'), key);
      assert.equal((await headObject(storage, key))?.ContentType, 'image/png');
    });

    it('refuses an x-amz- header that is not signed', async () => {
      const key = newKey();
      const response = await put(await presign(key), 'hello', { 'x-amz-meta-evil': '1' });
      await assertOutcome(response, { local: [403, 'AccessDenied'], gateway: 'stored' }, key);
    });

    it('refuses a body without a Content-Length', async () => {
      const key = newKey();
      const body = new Blob(['hello']).stream();
      const init = { method: 'PUT', body, duplex: 'half' } as RequestInit;
      await assertOutcome(
        await readS3Response(await fetch(await presign(key), init)),
        both([411, 'MissingContentLength']),
        key,
      );
    });

    it('verifies the Content-MD5', async () => {
      const key = newKey();
      const url = await presign(key);
      const md5 = (text: string) => createHash('md5').update(text).digest('base64');
      await assertOutcome(await put(url, 'hello', { 'content-md5': md5('other') }), both([400, 'BadDigest']), key);
      await assertOutcome(await put(url, 'hello', { 'content-md5': 'AAAA' }), both([400, 'InvalidDigest']), key);
      await assertOutcome(await put(url, 'hello', { 'content-md5': md5('hello') }), both('stored'), key);
    });

    for (const [name, right] of [
      ['ChecksumCRC32', 'y/Q5Jg=='],
      ['ChecksumCRC32C', '4waSgw=='],
      ['ChecksumCRC64NVME', 'rosUhgp5mIg='],
      ['ChecksumSHA1', createHash('sha1').update('123456789').digest('base64')],
      ['ChecksumSHA256', createHash('sha256').update('123456789').digest('base64')],
    ] as const) {
      it(`verifies the ${name}`, async () => {
        const key = newKey();
        const url = await presign(key, { input: { [name]: right } });
        await assertOutcome(await put(url, '12345678x'), { local: [400, 'BadDigest'], gateway: 'stored' }, key);
        await assertOutcome(await put(url, '123456789'), both('stored'), key);
      });
    }

    it('refuses a body whose URL has the checksum of an empty one, as careless signers create', async () => {
      const key = newKey();
      const url = await presign(key, { input: { ChecksumCRC32: 'AAAAAA==' } });
      assert.match(url, /x-amz-checksum-crc32=AAAAAA/);
      await assertOutcome(await put(url), { local: [400, 'BadDigest'], gateway: 'stored' }, key);
    });

    it('refuses to replace an object with If-None-Match: *', async () => {
      const key = newKey();
      const url = await presign(key);
      await assertOutcome(await put(url, 'first', { 'if-none-match': '*' }), both('stored'), key);
      const again = await put(url, 'second', { 'if-none-match': '*' });
      assert.deepEqual([again.status, again.code], [412, 'PreconditionFailed']);
      assert.deepEqual(await storedDigest(storage, key), digestOf(Buffer.from('first')));
    });

    it('stores type, disposition, caching and metadata', async () => {
      const key = newKey();
      const input = {
        ContentType: 'text/plain',
        ContentDisposition: 'attachment; filename="a.txt"',
        CacheControl: 'no-cache',
        Metadata: { name: 'cat' },
      };
      const headers = {
        'content-type': input.ContentType,
        'content-disposition': input.ContentDisposition,
        'cache-control': input.CacheControl,
      };
      const url = await presign(key, { input, signed: ['content-type'] });
      const response = await put(url, 'hello', headers);
      assert.equal(response.status, 200, response.text);
      const object = await headObject(storage, key);
      assert.deepEqual(
        [object?.ContentType, object?.ContentDisposition, object?.CacheControl, object?.Metadata],
        [input.ContentType, input.ContentDisposition, input.CacheControl, input.Metadata],
      );
    });
  });

  describe('on a presigned GET or a DELETE', () => {
    const text = '0123456789';
    let key: string;
    before(async () => {
      key = newKey('digits.txt');
      const object = { Body: text, ContentType: 'text/plain', ContentDisposition: 'attachment' };
      await storage.client.send(new PutObjectCommand({ Bucket: storage.bucket, Key: key, ...object }));
    });

    const get = async (headers: Record<string, string> = {}, input = {}) => {
      const command = new GetObjectCommand({ Bucket: storage.bucket, Key: key, ...input });
      return readS3Response(await fetch(await getSignedUrl(storage.client, command), { headers }));
    };

    it('returns the bytes with the stored headers', async () => {
      const response = await get();
      assert.deepEqual([response.status, response.text], [200, text]);
      assert.equal(response.headers.get('content-type'), 'text/plain');
      assert.equal(response.headers.get('content-disposition'), 'attachment');
      assert.equal(response.headers.get('content-length'), '10');
      assert.equal(response.headers.get('accept-ranges'), 'bytes');
      assert.ok(response.headers.get('last-modified'));
    });

    for (const [range, expected, contentRange] of [
      ['bytes=2-4', '234', 'bytes 2-4/10'],
      ['bytes=7-', '789', 'bytes 7-9/10'],
      ['bytes=-2', '89', 'bytes 8-9/10'],
      ['bytes=0-99', text, 'bytes 0-9/10'],
    ] as const) {
      it(`returns the range ${range}`, async () => {
        const response = await get({ range });
        assert.deepEqual([response.status, response.text], [206, expected]);
        assert.equal(response.headers.get('content-range'), contentRange);
      });
    }

    it('refuses a range after the end', async () => {
      const response = await get({ range: 'bytes=10-' });
      assert.deepEqual([response.status, response.code], [416, 'InvalidRange']);
    });

    it('responds 304 when If-None-Match matches, and 412 when If-Match does not', async () => {
      const etag = `"${createHash('md5').update(text).digest('hex')}"`;
      assert.equal((await get({ 'if-none-match': etag })).status, 304);
      assert.equal((await get({ 'if-match': '"other"' })).status, 412);
    });

    it('replaces headers by the signed response- parameters', async () => {
      const { headers } = await get({}, { ResponseContentDisposition: 'inline', ResponseContentType: 'text/csv' });
      assert.deepEqual([headers.get('content-disposition'), headers.get('content-type')], ['inline', 'text/csv']);
    });

    it('responds 404 for a missing object', async () => {
      const response = await get({}, { Key: newKey() });
      assert.deepEqual([response.status, response.code], [404, 'NoSuchKey']);
    });

    it('deletes an object, and succeeds for a missing one', async () => {
      const gone = newKey();
      await storage.client.send(new PutObjectCommand({ Bucket: storage.bucket, Key: gone, Body: 'x' }));
      for (let time = 0; time < 2; time += 1)
        await storage.client.send(new DeleteObjectCommand({ Bucket: storage.bucket, Key: gone }));
      assert.equal(await headObject(storage, gone), undefined);
    });
  });

  describe('on a request signed by header', () => {
    it('refuses a signature with a wrong secret', async () => {
      const stranger = createClient(storage.url, storage.region, { ...storage.credentials, secretAccessKey: 'wrong' });
      await assert.rejects(stranger.send(new PutObjectCommand({ Bucket: storage.bucket, Key: newKey(), Body: 'x' })), {
        name: mismatch[storage.kind][1],
      });
    });

    it('refuses a signature for another region, and names the expected one', async () => {
      const elsewhere = createClient(storage.url, 'eu-central-1', storage.credentials);
      const sent = elsewhere.send(new PutObjectCommand({ Bucket: storage.bucket, Key: newKey(), Body: 'x' }));
      if (storage.kind === 'gateway') await sent;
      else
        await assert.rejects(sent, {
          name: 'AuthorizationHeaderMalformed',
          message: "The authorization header is malformed; the region 'eu-central-1' is wrong; expecting 'us-east-1'",
        });
    });

    /** A client that signs one body and sends another. */
    function createTamperingClient(body: string, more: S3ClientConfig = {}): S3Client {
      const { requestHandler: original } = storage.client.config;
      const handle: typeof original.handle = (request, options) =>
        original.handle(Object.assign(request, { body: Buffer.from(body) }), options);
      return createClient(storage.url, storage.region, storage.credentials, { ...more, requestHandler: { handle } });
    }

    it('refuses a body that differs from the signed one', async () => {
      const client = createTamperingClient('other');
      const sent = client.send(new PutObjectCommand({ Bucket: storage.bucket, Key: newKey(), Body: 'hello' }));
      await assert.rejects(sent, { name: 'XAmzContentSHA256Mismatch' });
    });

    for (const [description, body, local] of [
      [
        'with a wrong checksum in its trailer',
        '5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n',
        [400, 'BadDigest'],
      ],
      ['without a checksum in its trailer', '5\r\nhello\r\n0\r\n\r\n', [400, 'BadDigest']],
      ['without its end', '5\r\nhello\r\n', [400, 'IncompleteBody']],
      [
        'of another length than announced',
        '4\r\nhell\r\n0\r\nx-amz-checksum-crc32:HIYA4w==\r\n\r\n',
        [400, 'IncompleteBody'],
      ],
      ['that is not in the aws-chunked format', 'hello', [400, 'IncompleteBody']],
    ] as const) {
      it(`refuses a chunked body ${description}`, async () => {
        const client = createTamperingClient(body, { requestChecksumCalculation: 'WHEN_SUPPORTED' });
        const Body = Readable.from(['hello']);
        const target = { Bucket: storage.bucket, Key: newKey() };
        const expected: PerStorage<unknown> = { local, gateway: [411, 'MissingContentLength'] };
        await assert.rejects(client.send(new PutObjectCommand({ ...target, Body, ContentLength: 5 })), (error) => {
          assert.ok(error instanceof S3ServiceException, String(error));
          assert.deepEqual([error.$metadata.httpStatusCode, error.name], expected[storage.kind]);
          return true;
        });
        assert.equal(await headObject(storage, target.Key), undefined);
      });
    }

    it('refuses unsigned requests', async () => {
      for (const method of ['GET', 'HEAD', 'PUT', 'DELETE']) {
        const { status } = await fetch(`${storage.url}/${storage.bucket}/${newKey()}`, {
          method,
          ...(method === 'PUT' && { body: 'x' }),
        });
        assert.equal(status, 403, method);
      }
    });

    it('responds 200 to HeadBucket of a bucket that exists, and 404 otherwise', async () => {
      await storage.client.send(new HeadBucketCommand({ Bucket: storage.bucket }));
      await assert.rejects(storage.client.send(new HeadBucketCommand({ Bucket: 'not-there' })), { name: 'NotFound' });
    });
  });
});
