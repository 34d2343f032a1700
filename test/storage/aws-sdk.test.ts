import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import {
  CreateBucketCommand,
  DeleteBucketLifecycleCommand,
  DeleteObjectsCommand,
  DeletePublicAccessBlockCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  GetPublicAccessBlockCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketLifecycleConfigurationCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import {
  createClient,
  digestOf,
  newKey,
  startStorageUnderTest,
  storedDigest,
  type PerStorage,
  type StorageUnderTest,
} from './storage-under-test.ts';
import { MiB } from '../fixtures/files.ts';

describe('the AWS SDK with its default settings', () => {
  let storage: StorageUnderTest;
  /** Adds a checksum to every request, and verifies it in every response. */
  let client: S3Client;
  before(async () => {
    storage = await startStorageUnderTest();
    client = createClient(storage.url, storage.region, storage.credentials, {
      requestChecksumCalculation: 'WHEN_SUPPORTED',
      responseChecksumValidation: 'WHEN_SUPPORTED',
    });
  });
  after(async () => {
    client.destroy();
    await storage.close();
  });

  it('puts and gets a buffer', async () => {
    const target = { Bucket: storage.bucket, Key: newKey() };
    const Body = randomBytes(100_000);
    const { ChecksumCRC32 } = await client.send(new PutObjectCommand({ ...target, Body }));
    assert.equal(ChecksumCRC32 !== undefined, storage.kind === 'local');
    const response = await client.send(new GetObjectCommand(target));
    assert.deepEqual(digestOf((await response.Body?.transformToByteArray()) ?? Buffer.alloc(0)), digestOf(Body));
  });

  it('puts a stream, whose checksum follows as a trailer', async () => {
    const target = { Bucket: storage.bucket, Key: newKey() };
    const bytes = randomBytes(3 * MiB + 1);
    const Body = Readable.from([bytes.subarray(0, 100_000), bytes.subarray(100_000)]);
    const sent = client.send(new PutObjectCommand({ ...target, Body, ContentLength: bytes.length }));
    if (storage.kind === 'gateway') {
      await assert.rejects(sent, { name: 'MissingContentLength' });
      return;
    }
    assert.ok((await sent).ChecksumCRC32);
    assert.deepEqual(await storedDigest(storage, target.Key), digestOf(bytes));
  });

  it('lists objects, by common prefixes and in pages', async () => {
    const prefix = newKey('');
    const names = ['a', 'b/1', 'b/2', 'c', 'ä', 'z <&>'];
    for (const name of names)
      await client.send(new PutObjectCommand({ Bucket: storage.bucket, Key: prefix + name, Body: name }));
    const list = { Bucket: storage.bucket, Prefix: prefix };
    const all = await client.send(new ListObjectsV2Command(list));
    assert.deepEqual(
      all.Contents?.map(({ Key, Size }) => [Key?.slice(prefix.length), Size]),
      ['a', 'b/1', 'b/2', 'c', 'z <&>', 'ä'].map((name) => [name, Buffer.byteLength(name)]),
    );
    const folders = await client.send(new ListObjectsV2Command({ ...list, Delimiter: '/' }));
    assert.deepEqual(
      folders.CommonPrefixes?.map(({ Prefix }) => Prefix),
      [`${prefix}b/`],
    );
    assert.equal(folders.Contents?.length, 4);
    const first = await client.send(new ListObjectsV2Command({ ...list, MaxKeys: 4 }));
    const ContinuationToken = first.NextContinuationToken;
    const second = await client.send(new ListObjectsV2Command({ ...list, ContinuationToken }));
    assert.deepEqual([first.KeyCount, first.IsTruncated, second.KeyCount, second.IsTruncated], [4, true, 2, false]);
  });

  it('deletes several objects in one request', async () => {
    const keys = [newKey(), newKey()];
    for (const Key of keys) await client.send(new PutObjectCommand({ Bucket: storage.bucket, Key, Body: 'x' }));
    const Objects = [...keys, newKey()].map((Key) => ({ Key }));
    const { Deleted } = await client.send(new DeleteObjectsCommand({ Bucket: storage.bucket, Delete: { Objects } }));
    assert.equal(Deleted?.length, 3);
    for (const key of keys) assert.equal(await storedDigest(storage, key), undefined);
  });

  describe('in operations on buckets', () => {
    let Bucket: string;
    before(async () => {
      Bucket = `settings-${Date.now()}`;
      await client.send(new CreateBucketCommand({ Bucket }));
    });

    it('lists the buckets', async () => {
      const { Buckets = [] } = await client.send(new ListBucketsCommand({}));
      const names = Buckets.map(({ Name }) => Name);
      assert.ok(names.includes(Bucket) && names.includes(storage.bucket));
    });

    it('returns the location of a bucket', async () => {
      const { LocationConstraint } = await client.send(new GetBucketLocationCommand({ Bucket }));
      const expected: PerStorage<string | undefined> = { local: '', gateway: 'default' };
      assert.equal(LocationConstraint ?? '', expected[storage.kind]);
    });

    it('refuses invalid bucket names', async () => {
      for (const name of ['ab', 'Upper', 'a..b', '1.2.3.4'])
        await assert.rejects(
          client.send(new CreateBucketCommand({ Bucket: name })),
          { name: 'InvalidBucketName' },
          name,
        );
    });

    it('stores a lifecycle rule that aborts incomplete uploads', async () => {
      const missing = client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
      await assert.rejects(missing, { name: 'NoSuchLifecycleConfiguration' });
      const rule = {
        ID: 'orphans',
        Status: 'Enabled' as const,
        Filter: { Prefix: '' },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
      };
      const LifecycleConfiguration = { Rules: [rule] };
      await client.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }));
      const { Rules } = await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
      assert.deepEqual(
        Rules?.map(({ ID, Status, AbortIncompleteMultipartUpload }) => ({
          ID,
          Status,
          AbortIncompleteMultipartUpload,
        })),
        [{ ID: rule.ID, Status: rule.Status, AbortIncompleteMultipartUpload: rule.AbortIncompleteMultipartUpload }],
      );
      await client.send(new DeleteBucketLifecycleCommand({ Bucket }));
    });

    it('refuses public ACLs when public access is blocked', async () => {
      const before = client.send(new GetPublicAccessBlockCommand({ Bucket })).then(
        ({ PublicAccessBlockConfiguration }) => PublicAccessBlockConfiguration?.BlockPublicAcls,
        (error: unknown) => (error as Error).name,
      );
      const expected: PerStorage<unknown> = { local: 'NoSuchPublicAccessBlockConfiguration', gateway: false };
      assert.equal(await before, expected[storage.kind]);
      const flags = {
        BlockPublicAcls: true,
        IgnorePublicAcls: true,
        BlockPublicPolicy: true,
        RestrictPublicBuckets: true,
      };
      await client.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: flags }));
      const { PublicAccessBlockConfiguration } = await client.send(new GetPublicAccessBlockCommand({ Bucket }));
      assert.deepEqual(PublicAccessBlockConfiguration, flags);
      await assert.rejects(
        client.send(new PutObjectCommand({ Bucket, Key: newKey(), Body: 'x', ACL: 'public-read' })),
        { name: 'AccessDenied' },
      );
      await client.send(new DeletePublicAccessBlockCommand({ Bucket }));
    });
  });
});
