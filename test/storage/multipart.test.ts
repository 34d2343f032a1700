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
import { elementText, readS3Response } from './s3-response.ts';
import {
  both,
  digestOf,
  headObject,
  newKey,
  startStorageUnderTest,
  storedDigest,
  type PerStorage,
  type StorageUnderTest,
} from './storage-under-test.ts';
import { MiB } from '../fixtures/files.ts';

/** Smallest size of every part but the last. */
const MIN_PART_BYTES = 5 * MiB;

describe('the storage, on a multipart upload,', () => {
  let storage: StorageUnderTest;
  before(async () => {
    storage = await startStorageUnderTest();
  });
  after(() => storage.close());

  async function createUpload(options: Partial<CreateMultipartUploadCommandInput> = {}) {
    const target = { Bucket: storage.bucket, Key: newKey() };
    const { UploadId } = await storage.client.send(new CreateMultipartUploadCommand({ ...target, ...options }));
    assert.ok(UploadId);
    return { ...target, UploadId };
  }
  type Upload = Awaited<ReturnType<typeof createUpload>>;

  const presignPart = (upload: Upload, PartNumber: number, ContentLength: number) =>
    getSignedUrl(storage.client, new UploadPartCommand({ ...upload, PartNumber, ContentLength }), {
      signableHeaders: new Set(['content-length']),
    });

  async function putPart(upload: Upload, PartNumber: number, body: Buffer): Promise<CompletedPart> {
    const response = await fetch(await presignPart(upload, PartNumber, body.length), {
      method: 'PUT',
      body: new Uint8Array(body),
    });
    assert.equal(response.status, 200, await response.text());
    const etag = response.headers.get('etag');
    assert.equal(etag, `"${createHash('md5').update(body).digest('hex')}"`);
    return { PartNumber, ETag: etag };
  }

  const sendPart = (
    upload: Upload,
    PartNumber: number,
    Body: string | Buffer,
    more: Partial<UploadPartCommandInput> = {},
  ) => storage.client.send(new UploadPartCommand({ ...upload, PartNumber, Body, ...more }));

  const completeUpload = (upload: Upload, Parts: CompletedPart[], more = {}) =>
    storage.client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts }, ...more }));

  const abortUpload = (upload: Upload) => storage.client.send(new AbortMultipartUploadCommand(upload));

  /** Asserts that a request fails with this error code, or succeeds: `done`. */
  const assertOutcome = async (promise: Promise<unknown>, expected: PerStorage<string>) => {
    const outcome = await promise.then(
      () => 'done',
      (error: unknown) => {
        assert.ok(error instanceof S3ServiceException, String(error));
        return error.name;
      },
    );
    assert.equal(outcome, expected[storage.kind]);
  };

  it('joins parts by number, whatever the order of their upload', async () => {
    const upload = await createUpload({ ContentType: 'video/mp4', Metadata: { name: 'film' } });
    const bodies = [randomBytes(MIN_PART_BYTES), randomBytes(MIN_PART_BYTES + 1), randomBytes(7)] as const;
    const third = await putPart(upload, 3, bodies[2]);
    const [first, second] = await Promise.all([putPart(upload, 1, bodies[0]), putPart(upload, 2, bodies[1])]);
    await completeUpload(upload, [first, second, third]);
    assert.deepEqual(await storedDigest(storage, upload.Key), digestOf(Buffer.concat(bodies)));
    const object = await headObject(storage, upload.Key);
    const md5s = bodies.map((body) => createHash('md5').update(body).digest());
    const etag = `"${createHash('md5').update(Buffer.concat(md5s)).digest('hex')}-3"`;
    assert.deepEqual([object?.ETag, object?.ContentType, object?.Metadata], [etag, 'video/mp4', { name: 'film' }]);
  });

  it('returns bucket, key, ETag and location on completion', async () => {
    const upload = await createUpload();
    const response = await completeUpload(upload, [await putPart(upload, 1, Buffer.from('hello'))]);
    const md5 = createHash('md5').update(createHash('md5').update('hello').digest()).digest('hex');
    const expected: PerStorage<string | undefined> = { local: `"${md5}-1"`, gateway: undefined };
    assert.deepEqual(
      [response.Bucket, response.Key, response.ETag || undefined],
      [upload.Bucket, upload.Key, expected[storage.kind]],
    );
    assert.ok(response.Location?.includes(upload.Bucket));
  });

  it('returns the same response to a repeated completion', async () => {
    const upload = await createUpload();
    const parts = [await putPart(upload, 1, Buffer.from('hello'))];
    await completeUpload(upload, parts);
    const again = await completeUpload(upload, parts);
    assert.equal(again.ETag?.replaceAll('"', ''), (await headObject(storage, upload.Key))?.ETag?.replaceAll('"', ''));
  });

  it('replaces a part that is uploaded again with the same number', async () => {
    const upload = await createUpload();
    const before = await putPart(upload, 1, Buffer.from('before'));
    const part = await putPart(upload, 1, Buffer.from('after'));
    await assertOutcome(completeUpload(upload, [before]), both('InvalidPart'));
    await completeUpload(upload, [part]);
    assert.deepEqual(await storedDigest(storage, upload.Key), digestOf(Buffer.from('after')));
  });

  it('omits parts that the completion does not list', async () => {
    const upload = await createUpload();
    await putPart(upload, 1, Buffer.from('not listed'));
    const completed = completeUpload(upload, [await putPart(upload, 2, Buffer.from('listed'))]);
    await assertOutcome(completed, { local: 'done', gateway: 'InvalidPart' });
    if (storage.kind === 'local')
      assert.deepEqual(await storedDigest(storage, upload.Key), digestOf(Buffer.from('listed')));
  });

  it('refuses a completion that lists a missing part or a wrong ETag', async () => {
    const upload = await createUpload();
    const part = await putPart(upload, 1, randomBytes(MIN_PART_BYTES));
    await assertOutcome(completeUpload(upload, [part, { PartNumber: 2, ETag: part.ETag }]), both('InvalidPart'));
    await assertOutcome(completeUpload(upload, [{ PartNumber: 1, ETag: `"${'0'.repeat(32)}"` }]), both('InvalidPart'));
    assert.equal(await headObject(storage, upload.Key), undefined);
  });

  it('refuses a completion that does not list the parts in ascending order', async () => {
    const upload = await createUpload();
    const parts = [
      await putPart(upload, 1, randomBytes(MIN_PART_BYTES)),
      await putPart(upload, 2, randomBytes(MIN_PART_BYTES)),
    ];
    await assertOutcome(completeUpload(upload, parts.toReversed()), { local: 'InvalidPartOrder', gateway: 'done' });
  });

  it('refuses a part below 5 MiB before the last one, and names its number', async () => {
    const upload = await createUpload();
    const parts = [
      await putPart(upload, 1, randomBytes(MIN_PART_BYTES - 1)),
      await putPart(upload, 2, Buffer.from('end')),
    ];
    const list = parts.map(
      ({ PartNumber, ETag }) => `<Part><PartNumber>${PartNumber}</PartNumber><ETag>${ETag}</ETag></Part>`,
    );
    const url = await getSignedUrl(storage.client, new CompleteMultipartUploadCommand(upload));
    const body = `<CompleteMultipartUpload>${list.join('')}</CompleteMultipartUpload>`;
    const response = await readS3Response(await fetch(url, { method: 'POST', body }));
    assert.deepEqual([response.status, response.code], [400, 'EntityTooSmall']);
    const expected: PerStorage<unknown> = {
      local: [`${MIN_PART_BYTES - 1}`, `${MIN_PART_BYTES}`, '1'],
      gateway: [undefined, undefined, undefined],
    };
    const names = ['ProposedSize', 'MinSizeAllowed', 'PartNumber'];
    assert.deepEqual(
      names.map((name) => elementText(response.text, name)),
      expected[storage.kind],
    );
  });

  for (const [description, body] of [
    ['that is not XML', 'parts'],
    ['that lists no parts', '<CompleteMultipartUpload></CompleteMultipartUpload>'],
    ['that has a document type', '<!DOCTYPE a [<!ENTITY b "c">]><CompleteMultipartUpload></CompleteMultipartUpload>'],
  ] as const) {
    it(`refuses a completion ${description}`, async () => {
      const url = await getSignedUrl(storage.client, new CompleteMultipartUploadCommand(await createUpload()));
      const response = await readS3Response(await fetch(url, { method: 'POST', body }));
      assert.deepEqual([response.status, response.code], [400, 'MalformedXML'], response.text);
    });
  }

  it('enforces the signed Content-Length and part number of a presigned URL', async () => {
    const upload = await createUpload();
    const url = await presignPart(upload, 1, 5);
    const send = async (address: string, body: string) =>
      readS3Response(await fetch(address, { method: 'PUT', body })).then(({ status, code }) => [status, code]);
    const expected: PerStorage<string> = { local: 'SignatureDoesNotMatch', gateway: 'AccessDenied' };
    const mismatch = [403, expected[storage.kind]];
    assert.deepEqual(await send(url, 'hello!'), mismatch);
    assert.deepEqual(await send(url.replace('partNumber=1', 'partNumber=2'), 'hello'), mismatch);
    assert.deepEqual(await send(url, 'hello'), [200, '']);
  });

  it('accepts part numbers from 1 to 10,000 only', async () => {
    const upload = await createUpload();
    for (const number of [0, 10_001]) {
      const expected: PerStorage<string> = { local: 'InvalidArgument', gateway: 'done' };
      await assertOutcome(sendPart(upload, number, 'x'), expected);
    }
    await sendPart(upload, 10_000, 'x');
  });

  it('lists parts in pages of the requested size', async () => {
    const upload = await createUpload();
    for (const number of [1, 2, 3, 5, 8]) await sendPart(upload, number, 'x'.repeat(number));
    const page = (PartNumberMarker: string | undefined) =>
      storage.client.send(new ListPartsCommand({ ...upload, MaxParts: 2, PartNumberMarker }));
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

  it('lists at most 1,000 parts in one page', async () => {
    const upload = await createUpload();
    const numbers = Array.from({ length: 1001 }, (_, index) => index + 1);
    for (let first = 0; first < numbers.length; first += 20)
      await Promise.all(numbers.slice(first, first + 20).map((number) => sendPart(upload, number, 'x')));
    const { Parts, IsTruncated, NextPartNumberMarker } = await storage.client.send(new ListPartsCommand(upload));
    assert.deepEqual([Parts?.length, IsTruncated, NextPartNumberMarker], [1000, true, '1000']);
    await abortUpload(upload);
  });

  it('lists the uploads that are in progress, ordered by key', async () => {
    const prefix = newKey('');
    const uploads = [];
    for (const name of ['b', 'a', 'a']) uploads.push(await createUpload({ Key: `${prefix}${name}` }));
    const { Uploads = [], IsTruncated } = await storage.client.send(
      new ListMultipartUploadsCommand({ Bucket: storage.bucket, Prefix: prefix }),
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

  it('refuses parts, completion and listing of an aborted upload', async () => {
    const upload = await createUpload();
    const part = await putPart(upload, 1, Buffer.from('hello'));
    await abortUpload(upload);
    await assertOutcome(sendPart(upload, 2, 'late'), both('NoSuchUpload'));
    await assertOutcome(completeUpload(upload, [part]), { local: 'NoSuchUpload', gateway: 'InternalError' });
    await assertOutcome(abortUpload(upload), both('NoSuchUpload'));
    const listed = storage.client.send(new ListPartsCommand(upload));
    await assertOutcome(listed, { local: 'NoSuchUpload', gateway: 'NoSuchKey' });
    const { Uploads = [] } = await storage.client.send(
      new ListMultipartUploadsCommand({ Bucket: upload.Bucket, Prefix: upload.Key }),
    );
    assert.deepEqual(Uploads, []);
  });

  it('aborts an upload by a presigned URL', async () => {
    const upload = await createUpload();
    const url = await getSignedUrl(storage.client, new AbortMultipartUploadCommand(upload));
    assert.equal((await fetch(url, { method: 'DELETE' })).status, 204);
  });

  it('refuses a part whose key or upload id is wrong', async () => {
    const upload = await createUpload();
    await assertOutcome(sendPart({ ...upload, Key: newKey() }, 1, 'x'), both('NoSuchUpload'));
    await assertOutcome(sendPart({ ...upload, UploadId: '../../uploads' }, 1, 'x'), both('NoSuchUpload'));
  });

  it('refuses a completion with If-None-Match: * when the object exists', async () => {
    const upload = await createUpload();
    const parts = [await putPart(upload, 1, Buffer.from('parts'))];
    await storage.client.send(new PutObjectCommand({ Bucket: upload.Bucket, Key: upload.Key, Body: 'first' }));
    const completed = completeUpload(upload, parts, { IfNoneMatch: '*' });
    await assertOutcome(completed, { local: 'PreconditionFailed', gateway: 'done' });
  });

  describe('with checksums', () => {
    it('verifies the Content-MD5 of a part', async () => {
      const upload = await createUpload();
      const ContentMD5 = createHash('md5').update('hello').digest('base64');
      await assertOutcome(sendPart(upload, 1, 'other', { ContentMD5 }), both('BadDigest'));
      await sendPart(upload, 1, 'hello', { ContentMD5 });
    });

    for (const [algorithm, right, name] of [
      ['CRC32', 'y/Q5Jg==', 'ChecksumCRC32'],
      ['CRC32C', '4waSgw==', 'ChecksumCRC32C'],
      ['CRC64NVME', 'rosUhgp5mIg=', 'ChecksumCRC64NVME'],
      ['SHA256', createHash('sha256').update('123456789').digest('base64'), 'ChecksumSHA256'],
    ] as const) {
      it(`verifies the ${algorithm} of a part and of the completed object`, async () => {
        const upload = await createUpload({ ChecksumAlgorithm: algorithm });
        const attempt = (body: string) =>
          sendPart(upload, 1, body, { [name]: right }).then(
            (part) => part.ETag ?? '',
            (error: unknown) => (error as Error).name,
          );
        const expected: PerStorage<RegExp> = { local: /^BadDigest$/, gateway: /^"/ };
        assert.match(await attempt('12345678x'), expected[storage.kind]);
        const part = { PartNumber: 1, ETag: await attempt('123456789'), [name]: right };
        const response: Record<string, unknown> = { ...(await completeUpload(upload, [part])) };
        const composite = createHash('sha256').update(Buffer.from(right, 'base64')).digest('base64');
        const whole: PerStorage<(string | undefined)[]> = {
          local: {
            CRC32: ['COMPOSITE', '7kxlUA==-1'],
            CRC32C: ['COMPOSITE', 'pzJFoA==-1'],
            CRC64NVME: ['FULL_OBJECT', right],
            SHA256: ['COMPOSITE', `${composite}-1`],
          }[algorithm],
          gateway: [undefined, undefined],
        };
        assert.deepEqual([response.ChecksumType, response[name]], whole[storage.kind]);
      });
    }

    it('refuses a part without the checksum that the upload requires', async () => {
      const upload = await createUpload({ ChecksumAlgorithm: 'SHA256' });
      const url = await presignPart(upload, 1, 5);
      const { status, code } = await readS3Response(await fetch(url, { method: 'PUT', body: 'hello' }));
      const expected: PerStorage<unknown> = { local: [400, 'InvalidRequest'], gateway: [200, ''] };
      assert.deepEqual([status, code], expected[storage.kind]);
    });

    it('verifies the full-object checksum of a completion', async () => {
      const upload = await createUpload({ ChecksumAlgorithm: 'CRC64NVME', ChecksumType: 'FULL_OBJECT' });
      const { ETag } = await sendPart(upload, 1, '123456789', { ChecksumCRC64NVME: 'rosUhgp5mIg=' });
      const parts = [{ PartNumber: 1, ETag }];
      const completed = completeUpload(upload, parts, { ChecksumCRC64NVME: 'AAAAAAAAAAA=' });
      await assertOutcome(completed, { local: 'BadDigest', gateway: 'done' });
      await completeUpload(upload, parts, { ChecksumCRC64NVME: 'rosUhgp5mIg=' });
    });
  });

  it('stores 20 parts of 5 MiB that are uploaded in parallel', async () => {
    const upload = await createUpload();
    const bodies = Array.from({ length: 20 }, () => randomBytes(MIN_PART_BYTES));
    const parts = await Promise.all(bodies.map((body, index) => putPart(upload, index + 1, body)));
    await completeUpload(upload, parts);
    assert.deepEqual(await storedDigest(storage, upload.Key), digestOf(Buffer.concat(bodies)));
  });
});
