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
import { readAnswer, type Answer } from './answer.ts';
import {
  both,
  clientFor,
  digestOf,
  head,
  newKey,
  startServer,
  stored,
  type PerServer,
  type TestServer,
} from './server.ts';

type Outcome = 'stored' | readonly [status: number, code: string];

interface Presigned {
  input?: Partial<PutObjectCommandInput>;
  /** Headers whose exact value is signed. */
  signed?: string[];
  expiresIn?: number;
  signingDate?: Date;
}

describe('signed requests', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.close());

  const presign = (key: string, { input, signed = [], expiresIn = 300, signingDate }: Presigned = {}) =>
    getSignedUrl(server.client, new PutObjectCommand({ Bucket: server.bucket, Key: key, ...input }), {
      expiresIn,
      signableHeaders: new Set(signed),
      ...(signingDate && { signingDate }),
    });

  const put = async (
    url: string,
    body: string | Uint8Array<ArrayBuffer> = 'hello',
    headers: Record<string, string> = {},
  ) => readAnswer(await fetch(url, { method: 'PUT', body, headers }));

  async function check(answer: Answer, expected: PerServer<Outcome>, key: string): Promise<void> {
    const outcome = expected[server.kind];
    if (outcome === 'stored') assert.equal(answer.status, 200, answer.text);
    else assert.deepEqual([answer.status, answer.code], outcome, answer.text);
    assert.equal((await head(server, key)) !== undefined, outcome === 'stored');
  }

  // With its STS on, the gateway says no more than that it denies access.
  const mismatch = { local: [403, 'SignatureDoesNotMatch'], gateway: [403, 'AccessDenied'] } as const;

  describe('presigned PUT', () => {
    it('stores the body and answers with its ETag', async () => {
      const key = newKey('a b+c%é.bin');
      const bytes = new Uint8Array(randomBytes(1024 ** 2));
      const answer = await put(await presign(key), bytes);
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.headers.get('etag'), `"${createHash('md5').update(bytes).digest('hex')}"`);
      assert.deepEqual(await stored(server, key), digestOf(bytes));
    });

    it('refuses an altered signature', async () => {
      const key = newKey();
      const url = (await presign(key)).replace(/Signature=.{8}/, 'Signature=00000000');
      await check(await put(url), mismatch, key);
    });

    it('refuses another key', async () => {
      const key = newKey();
      const other = newKey();
      const url = (await presign(key)).replace(key, other);
      await check(await put(url), mismatch, other);
    });

    it('refuses another method', async () => {
      const url = await presign(newKey());
      assert.equal((await fetch(url, { method: 'DELETE' })).status, 403);
    });

    it('refuses a parameter that was added', async () => {
      const key = newKey();
      await check(await put(`${await presign(key)}&x-amz-acl=public-read`), mismatch, key);
    });

    it('refuses an expired URL, and says since when', async () => {
      const key = newKey();
      const url = await presign(key, { expiresIn: 60, signingDate: new Date(Date.now() - 61_000) });
      const answer = await put(url);
      await check(answer, both([403, 'AccessDenied']), key);
      const expected: PerServer<unknown> = { local: ['Request has expired', true, true], gateway: ['', false, false] };
      const seen = [answer.message, /<X-Amz-Expires>60</.test(answer.text), /<ServerTime>.*Z</.test(answer.text)];
      assert.deepEqual(seen, expected[server.kind]);
    });

    it('refuses a URL of the future', async () => {
      const key = newKey();
      const url = await presign(key, { signingDate: new Date(Date.now() + 3_600_000) });
      await check(await put(url), { local: [403, 'AccessDenied'], gateway: 'stored' }, key);
    });

    it('refuses a URL that would live longer than a week', async () => {
      const key = newKey();
      const url = (await presign(key)).replace('X-Amz-Expires=300', 'X-Amz-Expires=604801');
      await check(
        await put(url),
        { local: [400, 'AuthorizationQueryParametersError'], gateway: [403, 'AccessDenied'] },
        key,
      );
    });

    it('refuses the signature of another region', async () => {
      const key = newKey();
      const elsewhere = clientFor(server.url, 'eu-central-1', server.credentials);
      const url = await getSignedUrl(elsewhere, new PutObjectCommand({ Bucket: server.bucket, Key: key }));
      await check(await put(url), { local: [400, 'AuthorizationQueryParametersError'], gateway: 'stored' }, key);
    });

    it('refuses an unknown access key', async () => {
      const key = newKey();
      const credentials = { accessKeyId: 'AKIAUNKNOWN00000000', secretAccessKey: 'x' };
      const stranger = clientFor(server.url, server.region, credentials);
      const url = await getSignedUrl(stranger, new PutObjectCommand({ Bucket: server.bucket, Key: key }));
      await check(await put(url), { local: [403, 'InvalidAccessKeyId'], gateway: [403, 'AccessDenied'] }, key);
    });

    it('enforces a signed Content-Length', async () => {
      const key = newKey();
      const url = await presign(key, { input: { ContentLength: 5 }, signed: ['content-length'] });
      assert.match(url, /X-Amz-SignedHeaders=content-length%3Bhost/);
      await check(await put(url, 'hello!'), mismatch, key);
      await check(await put(url, 'hello'), both('stored'), key);
    });

    it('enforces a signed Content-Type', async () => {
      const key = newKey();
      const url = await presign(key, { input: { ContentType: 'image/png' }, signed: ['content-type'] });
      await check(await put(url, 'hello', { 'content-type': 'text/html' }), mismatch, key);
      await check(await put(url, 'hello', { 'content-type': 'image/png' }), both('stored'), key);
      assert.equal((await head(server, key))?.ContentType, 'image/png');
    });

    it('takes no x-amz- header that was not signed', async () => {
      const key = newKey();
      const answer = await put(await presign(key), 'hello', { 'x-amz-meta-evil': '1' });
      await check(answer, { local: [403, 'AccessDenied'], gateway: 'stored' }, key);
    });

    it('wants a Content-Length', async () => {
      const key = newKey();
      const body = new Blob(['hello']).stream();
      const init = { method: 'PUT', body, duplex: 'half' } as RequestInit;
      await check(await readAnswer(await fetch(await presign(key), init)), both([411, 'MissingContentLength']), key);
    });

    it('verifies Content-MD5', async () => {
      const key = newKey();
      const url = await presign(key);
      const md5 = (text: string) => createHash('md5').update(text).digest('base64');
      await check(await put(url, 'hello', { 'content-md5': md5('other') }), both([400, 'BadDigest']), key);
      await check(await put(url, 'hello', { 'content-md5': 'AAAA' }), both([400, 'InvalidDigest']), key);
      await check(await put(url, 'hello', { 'content-md5': md5('hello') }), both('stored'), key);
    });

    for (const [name, right] of [
      ['ChecksumCRC32', 'y/Q5Jg=='],
      ['ChecksumCRC32C', '4waSgw=='],
      ['ChecksumCRC64NVME', 'rosUhgp5mIg='],
      ['ChecksumSHA1', createHash('sha1').update('123456789').digest('base64')],
      ['ChecksumSHA256', createHash('sha256').update('123456789').digest('base64')],
    ] as const) {
      it(`verifies ${name}`, async () => {
        const key = newKey();
        const url = await presign(key, { input: { [name]: right } });
        await check(await put(url, '12345678x'), { local: [400, 'BadDigest'], gateway: 'stored' }, key);
        await check(await put(url, '123456789'), both('stored'), key);
      });
    }

    it('refuses bytes under a checksum of nothing, which careless signers put into URLs', async () => {
      const key = newKey();
      const url = await presign(key, { input: { ChecksumCRC32: 'AAAAAA==' } });
      assert.match(url, /x-amz-checksum-crc32=AAAAAA/);
      await check(await put(url), { local: [400, 'BadDigest'], gateway: 'stored' }, key);
    });

    it('does not overwrite when told so', async () => {
      const key = newKey();
      const url = await presign(key);
      await check(await put(url, 'first', { 'if-none-match': '*' }), both('stored'), key);
      const again = await put(url, 'second', { 'if-none-match': '*' });
      assert.deepEqual([again.status, again.code], [412, 'PreconditionFailed']);
      assert.deepEqual(await stored(server, key), digestOf(Buffer.from('first')));
    });

    it('keeps the signed settings', async () => {
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
      const answer = await put(url, 'hello', headers);
      assert.equal(answer.status, 200, answer.text);
      const object = await head(server, key);
      assert.deepEqual(
        [object?.ContentType, object?.ContentDisposition, object?.CacheControl, object?.Metadata],
        [input.ContentType, input.ContentDisposition, input.CacheControl, input.Metadata],
      );
    });
  });

  describe('reading', () => {
    const text = '0123456789';
    let key: string;
    before(async () => {
      key = newKey('digits.txt');
      const object = { Body: text, ContentType: 'text/plain', ContentDisposition: 'attachment' };
      await server.client.send(new PutObjectCommand({ Bucket: server.bucket, Key: key, ...object }));
    });

    const get = async (headers: Record<string, string> = {}, input = {}) => {
      const command = new GetObjectCommand({ Bucket: server.bucket, Key: key, ...input });
      return readAnswer(await fetch(await getSignedUrl(server.client, command), { headers }));
    };

    it('gives the bytes with their headers', async () => {
      const answer = await get();
      assert.deepEqual([answer.status, answer.text], [200, text]);
      assert.equal(answer.headers.get('content-type'), 'text/plain');
      assert.equal(answer.headers.get('content-disposition'), 'attachment');
      assert.equal(answer.headers.get('content-length'), '10');
      assert.equal(answer.headers.get('accept-ranges'), 'bytes');
      assert.ok(answer.headers.get('last-modified'));
    });

    for (const [range, expected, contentRange] of [
      ['bytes=2-4', '234', 'bytes 2-4/10'],
      ['bytes=7-', '789', 'bytes 7-9/10'],
      ['bytes=-2', '89', 'bytes 8-9/10'],
      ['bytes=0-99', text, 'bytes 0-9/10'],
    ] as const) {
      it(`gives ${range}`, async () => {
        const answer = await get({ range });
        assert.deepEqual([answer.status, answer.text], [206, expected]);
        assert.equal(answer.headers.get('content-range'), contentRange);
      });
    }

    it('refuses a range behind the end', async () => {
      const answer = await get({ range: 'bytes=10-' });
      assert.deepEqual([answer.status, answer.code], [416, 'InvalidRange']);
    });

    it('answers 304 when nothing changed', async () => {
      const etag = `"${createHash('md5').update(text).digest('hex')}"`;
      assert.equal((await get({ 'if-none-match': etag })).status, 304);
      assert.equal((await get({ 'if-match': '"other"' })).status, 412);
    });

    it('lets the signer replace headers', async () => {
      const { headers } = await get({}, { ResponseContentDisposition: 'inline', ResponseContentType: 'text/csv' });
      assert.deepEqual([headers.get('content-disposition'), headers.get('content-type')], ['inline', 'text/csv']);
    });

    it('knows no object that is not there', async () => {
      const answer = await get({}, { Key: newKey() });
      assert.deepEqual([answer.status, answer.code], [404, 'NoSuchKey']);
    });

    it('deletes, also what is not there', async () => {
      const gone = newKey();
      await server.client.send(new PutObjectCommand({ Bucket: server.bucket, Key: gone, Body: 'x' }));
      for (let time = 0; time < 2; time += 1)
        await server.client.send(new DeleteObjectCommand({ Bucket: server.bucket, Key: gone }));
      assert.equal(await head(server, gone), undefined);
    });
  });

  describe('signed by header', () => {
    it('refuses a wrong secret', async () => {
      const stranger = clientFor(server.url, server.region, { ...server.credentials, secretAccessKey: 'wrong' });
      await assert.rejects(stranger.send(new PutObjectCommand({ Bucket: server.bucket, Key: newKey(), Body: 'x' })), {
        name: mismatch[server.kind][1],
      });
    });

    it('refuses another region, and says which it wants', async () => {
      const elsewhere = clientFor(server.url, 'eu-central-1', server.credentials);
      const sent = elsewhere.send(new PutObjectCommand({ Bucket: server.bucket, Key: newKey(), Body: 'x' }));
      if (server.kind === 'gateway') await sent;
      else
        await assert.rejects(sent, {
          name: 'AuthorizationHeaderMalformed',
          message: "The authorization header is malformed; the region 'eu-central-1' is wrong; expecting 'us-east-1'",
        });
    });

    /** Signs one body and sends another. */
    function tampering(body: string, more: S3ClientConfig = {}): S3Client {
      const { requestHandler: honest } = server.client.config;
      const handle: typeof honest.handle = (request, options) =>
        honest.handle(Object.assign(request, { body: Buffer.from(body) }), options);
      return clientFor(server.url, server.region, server.credentials, { ...more, requestHandler: { handle } });
    }

    it('refuses a body that is not the one that was signed', async () => {
      const client = tampering('other');
      const sent = client.send(new PutObjectCommand({ Bucket: server.bucket, Key: newKey(), Body: 'hello' }));
      await assert.rejects(sent, { name: 'XAmzContentSHA256Mismatch' });
    });

    for (const [what, body, local] of [
      ['a wrong checksum behind it', '5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n', [400, 'BadDigest']],
      ['no checksum behind it', '5\r\nhello\r\n0\r\n\r\n', [400, 'BadDigest']],
      ['no end', '5\r\nhello\r\n', [400, 'IncompleteBody']],
      ['another length', '4\r\nhell\r\n0\r\nx-amz-checksum-crc32:HIYA4w==\r\n\r\n', [400, 'IncompleteBody']],
      ['nothing of its form', 'hello', [400, 'IncompleteBody']],
    ] as const) {
      it(`refuses a chunked body with ${what}`, async () => {
        const client = tampering(body, { requestChecksumCalculation: 'WHEN_SUPPORTED' });
        const Body = Readable.from(['hello']);
        const at = { Bucket: server.bucket, Key: newKey() };
        const expected: PerServer<unknown> = { local, gateway: [411, 'MissingContentLength'] };
        await assert.rejects(client.send(new PutObjectCommand({ ...at, Body, ContentLength: 5 })), (error) => {
          assert.ok(error instanceof S3ServiceException, String(error));
          assert.deepEqual([error.$metadata.httpStatusCode, error.name], expected[server.kind]);
          return true;
        });
        assert.equal(await head(server, at.Key), undefined);
      });
    }

    it('refuses whoever does not sign', async () => {
      for (const method of ['GET', 'HEAD', 'PUT', 'DELETE']) {
        const { status } = await fetch(`${server.url}/${server.bucket}/${newKey()}`, {
          method,
          ...(method === 'PUT' && { body: 'x' }),
        });
        assert.equal(status, 403, method);
      }
    });

    it('knows its buckets', async () => {
      await server.client.send(new HeadBucketCommand({ Bucket: server.bucket }));
      await assert.rejects(server.client.send(new HeadBucketCommand({ Bucket: 'not-there' })), { name: 'NotFound' });
    });
  });
});
