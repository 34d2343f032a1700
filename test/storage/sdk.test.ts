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
import { clientFor, digestOf, newKey, startServer, stored, type PerServer, type TestServer } from './server.ts';

describe('the AWS SDK as it comes', () => {
  let server: TestServer;
  /** With the SDK's own defaults: a checksum on everything. */
  let client: S3Client;
  before(async () => {
    server = await startServer();
    client = clientFor(server.url, server.region, server.credentials, {
      requestChecksumCalculation: 'WHEN_SUPPORTED',
      responseChecksumValidation: 'WHEN_SUPPORTED',
    });
  });
  after(async () => {
    client.destroy();
    await server.close();
  });

  it('puts and gets a buffer', async () => {
    const at = { Bucket: server.bucket, Key: newKey() };
    const Body = randomBytes(100_000);
    const { ChecksumCRC32 } = await client.send(new PutObjectCommand({ ...at, Body }));
    assert.equal(ChecksumCRC32 !== undefined, server.kind === 'local');
    const answer = await client.send(new GetObjectCommand(at));
    assert.deepEqual(digestOf((await answer.Body?.transformToByteArray()) ?? Buffer.alloc(0)), digestOf(Body));
  });

  it('puts a stream, whose checksum comes behind it', async () => {
    const at = { Bucket: server.bucket, Key: newKey() };
    const bytes = randomBytes(3 * 1024 ** 2 + 1);
    const Body = Readable.from([bytes.subarray(0, 100_000), bytes.subarray(100_000)]);
    const sent = client.send(new PutObjectCommand({ ...at, Body, ContentLength: bytes.length }));
    if (server.kind === 'gateway') {
      await assert.rejects(sent, { name: 'MissingContentLength' });
      return;
    }
    assert.ok((await sent).ChecksumCRC32);
    assert.deepEqual(await stored(server, at.Key), digestOf(bytes));
  });

  it('lists objects, by folders and page by page', async () => {
    const prefix = newKey('');
    const names = ['a', 'b/1', 'b/2', 'c', 'ä', 'z <&>'];
    for (const name of names)
      await client.send(new PutObjectCommand({ Bucket: server.bucket, Key: prefix + name, Body: name }));
    const list = { Bucket: server.bucket, Prefix: prefix };
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

  it('deletes many objects at once', async () => {
    const keys = [newKey(), newKey()];
    for (const Key of keys) await client.send(new PutObjectCommand({ Bucket: server.bucket, Key, Body: 'x' }));
    const Objects = [...keys, newKey()].map((Key) => ({ Key }));
    const { Deleted } = await client.send(new DeleteObjectsCommand({ Bucket: server.bucket, Delete: { Objects } }));
    assert.equal(Deleted?.length, 3);
    for (const key of keys) assert.equal(await stored(server, key), undefined);
  });

  describe('buckets', () => {
    let Bucket: string;
    before(async () => {
      Bucket = `settings-${Date.now()}`;
      await client.send(new CreateBucketCommand({ Bucket }));
    });

    it('lists them', async () => {
      const { Buckets = [] } = await client.send(new ListBucketsCommand({}));
      const names = Buckets.map(({ Name }) => Name);
      assert.ok(names.includes(Bucket) && names.includes(server.bucket));
    });

    it('says where they are', async () => {
      const { LocationConstraint } = await client.send(new GetBucketLocationCommand({ Bucket }));
      const expected: PerServer<string | undefined> = { local: '', gateway: 'default' };
      assert.equal(LocationConstraint ?? '', expected[server.kind]);
    });

    it('refuses a name that is none', async () => {
      for (const name of ['ab', 'Upper', 'a..b', '1.2.3.4'])
        await assert.rejects(
          client.send(new CreateBucketCommand({ Bucket: name })),
          { name: 'InvalidBucketName' },
          name,
        );
    });

    it('keeps a lifecycle rule for orphaned parts', async () => {
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

    it('blocks public access when told so', async () => {
      const before = client.send(new GetPublicAccessBlockCommand({ Bucket })).then(
        ({ PublicAccessBlockConfiguration }) => PublicAccessBlockConfiguration?.BlockPublicAcls,
        (error: unknown) => (error as Error).name,
      );
      const expected: PerServer<unknown> = { local: 'NoSuchPublicAccessBlockConfiguration', gateway: false };
      assert.equal(await before, expected[server.kind]);
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
