import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCopyCommand,
  type CopyObjectCommandInput,
  type UploadPartCopyCommandInput,
} from '@aws-sdk/client-s3';
import { MiB } from '../fixtures/files.ts';
import {
  digestOf,
  headObject,
  newKey,
  startStorageUnderTest,
  storedDigest,
  type StorageUnderTest,
} from './storage-under-test.ts';

/** The ETag of no object. */
const OTHER_ETAG = '"0123456789abcdef0123456789abcdef"';

describe('a copy', () => {
  let storage: StorageUnderTest;
  const bytes = randomBytes(12 * MiB);
  const source = newKey('a b+c%é.bin');
  let etag: string | undefined;
  let CopySource: string;
  before(async () => {
    storage = await startStorageUnderTest();
    CopySource = `${storage.bucket}/${source.split('/').map(encodeURIComponent).join('/')}`;
    const object = { ContentType: 'image/png', ContentDisposition: 'attachment', Metadata: { name: 'cat' } };
    ({ ETag: etag } = await storage.client.send(
      new PutObjectCommand({ Bucket: storage.bucket, Key: source, Body: bytes, ...object }),
    ));
  });
  after(() => storage.close());

  const copy = (Key: string, more: Partial<CopyObjectCommandInput> = {}) =>
    storage.client.send(new CopyObjectCommand({ Bucket: storage.bucket, Key, CopySource, ...more }));

  it('has the bytes, the ETag, the type and the metadata of its source', async () => {
    const key = newKey();
    const { CopyObjectResult } = await copy(key);
    assert.equal(CopyObjectResult?.ETag?.replaceAll('"', ''), etag?.replaceAll('"', ''));
    assert.deepEqual(await storedDigest(storage, key), digestOf(bytes));
    const head = await headObject(storage, key);
    assert.deepEqual(
      [head?.ContentType, head?.ContentDisposition, head?.Metadata],
      ['image/png', 'attachment', { name: 'cat' }],
    );
  });

  it('has other metadata if the request replaces it', async () => {
    const key = newKey();
    await copy(key, { MetadataDirective: 'REPLACE', ContentType: 'text/plain', Metadata: { album: 'summer' } });
    const head = await headObject(storage, key);
    assert.deepEqual([head?.ContentType, head?.Metadata], ['text/plain', { album: 'summer' }]);
  });

  it('is made only while the ETag of its source is the expected one', async () => {
    const key = newKey();
    for (const condition of [{ CopySourceIfMatch: OTHER_ETAG }, { CopySourceIfNoneMatch: etag }]) {
      // Ceph 16 ignores conditions on the source.
      if (storage.kind === 'gateway') await copy(newKey(), condition);
      else await assert.rejects(copy(key, condition), { name: 'PreconditionFailed' });
    }
    assert.equal(await headObject(storage, key), undefined);
    await copy(key, { CopySourceIfMatch: etag });
    assert.ok(await headObject(storage, key));
  });

  it('of an empty object is empty', async () => {
    const [empty, key] = [newKey(), newKey()];
    await storage.client.send(new PutObjectCommand({ Bucket: storage.bucket, Key: empty, Body: '' }));
    await copy(key, { CopySource: `/${storage.bucket}/${empty}` });
    assert.equal((await headObject(storage, key))?.ContentLength, 0);
  });

  it('needs a source that exists', async () => {
    await assert.rejects(copy(newKey(), { CopySource: `${storage.bucket}/${newKey()}` }), { name: 'NoSuchKey' });
    await assert.rejects(copy(newKey(), { CopySource: `not-there/${source}` }));
    if (storage.kind === 'gateway') return;
    await assert.rejects(copy(newKey(), { CopySource: storage.bucket }), { name: 'InvalidArgument' });
    await assert.rejects(copy(newKey(), { CopySource: `${CopySource}?versionId=1` }), { name: 'NotImplemented' });
    await assert.rejects(copy(source), { name: 'InvalidRequest' });
  });

  describe('in parts', () => {
    /** Ceph 16 does not decode the source's key here, as it does for a whole object. */
    const plainSource = newKey('plain.bin');
    before(() => storage.client.send(new PutObjectCommand({ Bucket: storage.bucket, Key: plainSource, Body: bytes })));

    const start = async () => {
      const target = { Bucket: storage.bucket, Key: newKey() };
      const { UploadId } = await storage.client.send(new CreateMultipartUploadCommand(target));
      const copyPart = (PartNumber: number, more: Partial<UploadPartCopyCommandInput>) =>
        storage.client.send(
          new UploadPartCopyCommand({
            ...{ ...target, UploadId, PartNumber },
            CopySource: `${storage.bucket}/${plainSource}`,
            ...more,
          }),
        );
      return { target, UploadId, copyPart };
    };

    it('has the bytes of its source', async () => {
      const { target, UploadId, copyPart } = await start();
      const ranges = [`bytes=0-${5 * MiB - 1}`, `bytes=${5 * MiB}-${12 * MiB - 1}`];
      const Parts = [];
      for (const [index, CopySourceRange] of ranges.entries()) {
        const { CopyPartResult } = await copyPart(index + 1, { CopySourceRange, CopySourceIfMatch: etag });
        Parts.push({ PartNumber: index + 1, ETag: CopyPartResult?.ETag });
      }
      const completed = { ...target, UploadId, MultipartUpload: { Parts } };
      await storage.client.send(new CompleteMultipartUploadCommand(completed));
      assert.deepEqual(await storedDigest(storage, target.Key), digestOf(bytes));
    });

    it('is refused for another ETag, and for a range that the source does not have', async () => {
      const { copyPart } = await start();
      const copied = copyPart(1, { CopySourceIfMatch: OTHER_ETAG });
      if (storage.kind === 'gateway') await copied;
      else await assert.rejects(copied, { name: 'PreconditionFailed' });
      await assert.rejects(copyPart(1, { CopySourceRange: `bytes=0-${12 * MiB}` }));
      await assert.rejects(copyPart(1, { CopySourceRange: 'bytes=9-1' }));
    });
  });
});
