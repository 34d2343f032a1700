import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  S3ServiceException,
  UploadPartCommand,
  type CompletedPart,
  type CreateMultipartUploadCommandInput,
  type UploadPartCommandInput,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { element, readAnswer } from './answer.ts';
import { both, digestOf, head, newKey, startServer, stored, type PerServer, type TestServer } from './server.ts';

/** S3's smallest part, but for the last. */
const minPart = 5 * 1024 ** 2;

describe('multipart upload', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.close());

  async function begin(options: Partial<CreateMultipartUploadCommandInput> = {}) {
    const at = { Bucket: server.bucket, Key: newKey() };
    const { UploadId } = await server.client.send(new CreateMultipartUploadCommand({ ...at, ...options }));
    assert.ok(UploadId);
    return { ...at, UploadId };
  }
  type At = Awaited<ReturnType<typeof begin>>;

  const presignPart = (at: At, PartNumber: number, ContentLength: number) =>
    getSignedUrl(server.client, new UploadPartCommand({ ...at, PartNumber, ContentLength }), {
      signableHeaders: new Set(['content-length']),
    });

  async function putPart(at: At, PartNumber: number, body: Buffer): Promise<CompletedPart> {
    const response = await fetch(await presignPart(at, PartNumber, body.length), {
      method: 'PUT',
      body: new Uint8Array(body),
    });
    assert.equal(response.status, 200, await response.text());
    const etag = response.headers.get('etag');
    assert.equal(etag, `"${createHash('md5').update(body).digest('hex')}"`);
    return { PartNumber, ETag: etag };
  }

  const sendPart = (at: At, PartNumber: number, Body: string | Buffer, more: Partial<UploadPartCommandInput> = {}) =>
    server.client.send(new UploadPartCommand({ ...at, PartNumber, Body, ...more }));

  const complete = (at: At, Parts: CompletedPart[], more = {}) =>
    server.client.send(new CompleteMultipartUploadCommand({ ...at, MultipartUpload: { Parts }, ...more }));

  const abort = (at: At) => server.client.send(new AbortMultipartUploadCommand(at));

  /** The code of the refusal, or `done`. */
  const endsWith = async (promise: Promise<unknown>, expected: PerServer<string>) => {
    const outcome = await promise.then(
      () => 'done',
      (error: unknown) => {
        assert.ok(error instanceof S3ServiceException, String(error));
        return error.name;
      },
    );
    assert.equal(outcome, expected[server.kind]);
  };

  it('makes one object of parts that came in any order', async () => {
    const at = await begin({ ContentType: 'video/mp4', Metadata: { name: 'film' } });
    const bodies = [randomBytes(minPart), randomBytes(minPart + 1), randomBytes(7)] as const;
    const third = await putPart(at, 3, bodies[2]);
    const [first, second] = await Promise.all([putPart(at, 1, bodies[0]), putPart(at, 2, bodies[1])]);
    await complete(at, [first, second, third]);
    assert.deepEqual(await stored(server, at.Key), digestOf(Buffer.concat(bodies)));
    const object = await head(server, at.Key);
    const md5s = bodies.map((body) => createHash('md5').update(body).digest());
    const etag = `"${createHash('md5').update(Buffer.concat(md5s)).digest('hex')}-3"`;
    assert.deepEqual([object?.ETag, object?.ContentType, object?.Metadata], [etag, 'video/mp4', { name: 'film' }]);
  });

  it('answers a completion with place, key and ETag', async () => {
    const at = await begin();
    const answer = await complete(at, [await putPart(at, 1, Buffer.from('hello'))]);
    const md5 = createHash('md5').update(createHash('md5').update('hello').digest()).digest('hex');
    const expected: PerServer<string | undefined> = { local: `"${md5}-1"`, gateway: undefined };
    assert.deepEqual([answer.Bucket, answer.Key, answer.ETag || undefined], [at.Bucket, at.Key, expected[server.kind]]);
    assert.ok(answer.Location?.includes(at.Bucket));
  });

  it('answers a repeated completion as the first', async () => {
    const at = await begin();
    const parts = [await putPart(at, 1, Buffer.from('hello'))];
    await complete(at, parts);
    const again = await complete(at, parts);
    assert.equal(again.ETag?.replaceAll('"', ''), (await head(server, at.Key))?.ETag?.replaceAll('"', ''));
  });

  it('takes the last of two parts with one number', async () => {
    const at = await begin();
    const before = await putPart(at, 1, Buffer.from('before'));
    const part = await putPart(at, 1, Buffer.from('after'));
    await endsWith(complete(at, [before]), both('InvalidPart'));
    await complete(at, [part]);
    assert.deepEqual(await stored(server, at.Key), digestOf(Buffer.from('after')));
  });

  it('leaves out parts that the list leaves out', async () => {
    const at = await begin();
    await putPart(at, 1, Buffer.from('not wanted'));
    const completed = complete(at, [await putPart(at, 2, Buffer.from('wanted'))]);
    await endsWith(completed, { local: 'done', gateway: 'InvalidPart' });
    if (server.kind === 'local') assert.deepEqual(await stored(server, at.Key), digestOf(Buffer.from('wanted')));
  });

  it('refuses a part that is not there', async () => {
    const at = await begin();
    const part = await putPart(at, 1, randomBytes(minPart));
    await endsWith(complete(at, [part, { PartNumber: 2, ETag: part.ETag }]), both('InvalidPart'));
    await endsWith(complete(at, [{ PartNumber: 1, ETag: `"${'0'.repeat(32)}"` }]), both('InvalidPart'));
    assert.equal(await head(server, at.Key), undefined);
  });

  it('refuses parts out of order', async () => {
    const at = await begin();
    const parts = [await putPart(at, 1, randomBytes(minPart)), await putPart(at, 2, randomBytes(minPart))];
    await endsWith(complete(at, parts.toReversed()), { local: 'InvalidPartOrder', gateway: 'done' });
  });

  it('refuses a small part before the last, and says which', async () => {
    const at = await begin();
    const parts = [await putPart(at, 1, randomBytes(minPart - 1)), await putPart(at, 2, Buffer.from('end'))];
    const list = parts.map(
      ({ PartNumber, ETag }) => `<Part><PartNumber>${PartNumber}</PartNumber><ETag>${ETag}</ETag></Part>`,
    );
    const url = await getSignedUrl(server.client, new CompleteMultipartUploadCommand(at));
    const body = `<CompleteMultipartUpload>${list.join('')}</CompleteMultipartUpload>`;
    const answer = await readAnswer(await fetch(url, { method: 'POST', body }));
    assert.deepEqual([answer.status, answer.code], [400, 'EntityTooSmall']);
    const expected: PerServer<unknown> = {
      local: [`${minPart - 1}`, `${minPart}`, '1'],
      gateway: [undefined, undefined, undefined],
    };
    const names = ['ProposedSize', 'MinSizeAllowed', 'PartNumber'];
    assert.deepEqual(
      names.map((name) => element(answer.text, name)),
      expected[server.kind],
    );
  });

  for (const [what, body] of [
    ['no XML', 'parts'],
    ['no parts', '<CompleteMultipartUpload></CompleteMultipartUpload>'],
    ['a document type', '<!DOCTYPE a [<!ENTITY b "c">]><CompleteMultipartUpload></CompleteMultipartUpload>'],
  ] as const) {
    it(`refuses a completion with ${what}`, async () => {
      const url = await getSignedUrl(server.client, new CompleteMultipartUploadCommand(await begin()));
      const answer = await readAnswer(await fetch(url, { method: 'POST', body }));
      assert.deepEqual([answer.status, answer.code], [400, 'MalformedXML'], answer.text);
    });
  }

  it('enforces the signed length and number of a part', async () => {
    const at = await begin();
    const url = await presignPart(at, 1, 5);
    const send = async (address: string, body: string) =>
      readAnswer(await fetch(address, { method: 'PUT', body })).then(({ status, code }) => [status, code]);
    const expected: PerServer<string> = { local: 'SignatureDoesNotMatch', gateway: 'AccessDenied' };
    const mismatch = [403, expected[server.kind]];
    assert.deepEqual(await send(url, 'hello!'), mismatch);
    assert.deepEqual(await send(url.replace('partNumber=1', 'partNumber=2'), 'hello'), mismatch);
    assert.deepEqual(await send(url, 'hello'), [200, '']);
  });

  it('counts parts from 1 to 10,000', async () => {
    const at = await begin();
    for (const number of [0, 10_001]) {
      const expected: PerServer<string> = { local: 'InvalidArgument', gateway: 'done' };
      await endsWith(sendPart(at, number, 'x'), expected);
    }
    await sendPart(at, 10_000, 'x');
  });

  it('lists parts page by page', async () => {
    const at = await begin();
    for (const number of [1, 2, 3, 5, 8]) await sendPart(at, number, 'x'.repeat(number));
    const page = (PartNumberMarker: string | undefined) =>
      server.client.send(new ListPartsCommand({ ...at, MaxParts: 2, PartNumberMarker }));
    const pages = [];
    let marker: string | undefined;
    do {
      const { Parts = [], IsTruncated, NextPartNumberMarker, MaxParts } = await page(marker);
      assert.equal(MaxParts, 2);
      pages.push(Parts.map(({ PartNumber, Size }) => [PartNumber, Size]));
      marker = IsTruncated ? NextPartNumberMarker : undefined;
    } while (marker !== undefined);
    const numbers = [1, 2, 3, 5, 8].map((number) => [number, number]);
    assert.deepEqual(pages, [numbers.slice(0, 2), numbers.slice(2, 4), numbers.slice(4)]);
  });

  it('lists a thousand parts at a time', async () => {
    const at = await begin();
    const numbers = Array.from({ length: 1001 }, (_, index) => index + 1);
    for (let first = 0; first < numbers.length; first += 20)
      await Promise.all(numbers.slice(first, first + 20).map((number) => sendPart(at, number, 'x')));
    const { Parts, IsTruncated, NextPartNumberMarker } = await server.client.send(new ListPartsCommand(at));
    assert.deepEqual([Parts?.length, IsTruncated, NextPartNumberMarker], [1000, true, '1000']);
    await abort(at);
  });

  it('lists the uploads under way', async () => {
    const prefix = newKey('');
    const uploads = [];
    for (const name of ['b', 'a', 'a']) uploads.push(await begin({ Key: `${prefix}${name}` }));
    const { Uploads = [], IsTruncated } = await server.client.send(
      new ListMultipartUploadsCommand({ Bucket: server.bucket, Prefix: prefix }),
    );
    assert.equal(IsTruncated, false);
    assert.deepEqual(
      Uploads.map(({ Key }) => Key?.slice(prefix.length)),
      ['a', 'a', 'b'],
    );
    assert.deepEqual(
      Uploads.map(({ UploadId }) => UploadId).toSorted(),
      uploads.map(({ UploadId }) => UploadId).toSorted(),
    );
  });

  it('forgets what was aborted, the parts on their way included', async () => {
    const at = await begin();
    const part = await putPart(at, 1, Buffer.from('hello'));
    await abort(at);
    await endsWith(sendPart(at, 2, 'late'), both('NoSuchUpload'));
    await endsWith(complete(at, [part]), { local: 'NoSuchUpload', gateway: 'InternalError' });
    await endsWith(abort(at), both('NoSuchUpload'));
    const listed = server.client.send(new ListPartsCommand(at));
    await endsWith(listed, { local: 'NoSuchUpload', gateway: 'NoSuchKey' });
    const { Uploads = [] } = await server.client.send(
      new ListMultipartUploadsCommand({ Bucket: at.Bucket, Prefix: at.Key }),
    );
    assert.deepEqual(Uploads, []);
  });

  it('aborts by a presigned URL', async () => {
    const at = await begin();
    const url = await getSignedUrl(server.client, new AbortMultipartUploadCommand(at));
    assert.equal((await fetch(url, { method: 'DELETE' })).status, 204);
  });

  it('knows an upload by its key too', async () => {
    const at = await begin();
    await endsWith(sendPart({ ...at, Key: newKey() }, 1, 'x'), both('NoSuchUpload'));
    await endsWith(sendPart({ ...at, UploadId: '../../uploads' }, 1, 'x'), both('NoSuchUpload'));
  });

  it('does not overwrite when told so', async () => {
    const at = await begin();
    const parts = [await putPart(at, 1, Buffer.from('parts'))];
    await server.client.send(new PutObjectCommand({ Bucket: at.Bucket, Key: at.Key, Body: 'first' }));
    const completed = complete(at, parts, { IfNoneMatch: '*' });
    await endsWith(completed, { local: 'PreconditionFailed', gateway: 'done' });
  });

  describe('checksums', () => {
    it('verifies Content-MD5 of a part', async () => {
      const at = await begin();
      const ContentMD5 = createHash('md5').update('hello').digest('base64');
      await endsWith(sendPart(at, 1, 'other', { ContentMD5 }), both('BadDigest'));
      await sendPart(at, 1, 'hello', { ContentMD5 });
    });

    for (const [algorithm, right, name] of [
      ['CRC32', 'y/Q5Jg==', 'ChecksumCRC32'],
      ['CRC32C', '4waSgw==', 'ChecksumCRC32C'],
      ['CRC64NVME', 'rosUhgp5mIg=', 'ChecksumCRC64NVME'],
      ['SHA256', createHash('sha256').update('123456789').digest('base64'), 'ChecksumSHA256'],
    ] as const) {
      it(`verifies ${algorithm} of a part, and of the whole`, async () => {
        const at = await begin({ ChecksumAlgorithm: algorithm });
        const attempt = (body: string) =>
          sendPart(at, 1, body, { [name]: right }).then(
            (part) => part.ETag ?? '',
            (error: unknown) => (error as Error).name,
          );
        const expected: PerServer<RegExp> = { local: /^BadDigest$/, gateway: /^"/ };
        assert.match(await attempt('12345678x'), expected[server.kind]);
        const part = { PartNumber: 1, ETag: await attempt('123456789'), [name]: right };
        const answer: Record<string, unknown> = { ...(await complete(at, [part])) };
        const composite = createHash('sha256').update(Buffer.from(right, 'base64')).digest('base64');
        const whole: PerServer<(string | undefined)[]> = {
          local: {
            CRC32: ['COMPOSITE', '7kxlUA==-1'],
            CRC32C: ['COMPOSITE', 'pzJFoA==-1'],
            CRC64NVME: ['FULL_OBJECT', right],
            SHA256: ['COMPOSITE', `${composite}-1`],
          }[algorithm],
          gateway: [undefined, undefined],
        };
        assert.deepEqual([answer.ChecksumType, answer[name]], whole[server.kind]);
      });
    }

    it('takes no part without the checksum that was announced', async () => {
      const at = await begin({ ChecksumAlgorithm: 'SHA256' });
      const url = await presignPart(at, 1, 5);
      const { status, code } = await readAnswer(await fetch(url, { method: 'PUT', body: 'hello' }));
      const expected: PerServer<unknown> = { local: [400, 'InvalidRequest'], gateway: [200, ''] };
      assert.deepEqual([status, code], expected[server.kind]);
    });

    it('verifies a completed object by its whole', async () => {
      const at = await begin({ ChecksumAlgorithm: 'CRC64NVME', ChecksumType: 'FULL_OBJECT' });
      const { ETag } = await sendPart(at, 1, '123456789', { ChecksumCRC64NVME: 'rosUhgp5mIg=' });
      const parts = [{ PartNumber: 1, ETag }];
      const completed = complete(at, parts, { ChecksumCRC64NVME: 'AAAAAAAAAAA=' });
      await endsWith(completed, { local: 'BadDigest', gateway: 'done' });
      await complete(at, parts, { ChecksumCRC64NVME: 'rosUhgp5mIg=' });
    });
  });

  it('stores a twentyfold of parts sent at once', async () => {
    const at = await begin();
    const bodies = Array.from({ length: 20 }, () => randomBytes(minPart));
    const parts = await Promise.all(bodies.map((body, index) => putPart(at, index + 1, body)));
    await complete(at, parts);
    assert.deepEqual(await stored(server, at.Key), digestOf(Buffer.concat(bodies)));
  });
});
