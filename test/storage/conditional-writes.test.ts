import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  ListPartsCommand,
  PutObjectCommand,
  S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import {
  digestOf,
  headObject,
  newKey,
  startStorageUnderTest,
  storedDigest,
  type PerStorage,
  type StorageUnderTest,
} from './storage-under-test.ts';

const needsLocalStorage = { skip: Boolean(process.env.TEST_S3_ENDPOINT) && 'needs the local storage' };

/** The outcome of a write to a key that exists. */
type Outcome = 'refused' | 'replaced';

describe('If-None-Match: *', () => {
  let storage: StorageUnderTest;
  before(async () => {
    storage = await startStorageUnderTest();
  });
  after(() => storage.close());

  /** Sends a request by the SDK, and returns its status. */
  async function statusOf(sent: Promise<{ $metadata: { httpStatusCode?: number } }>): Promise<number> {
    try {
      return (await sent).$metadata.httpStatusCode ?? 0;
    } catch (error) {
      assert.ok(error instanceof S3ServiceException, String(error));
      if (error.$metadata.httpStatusCode === 412) assert.equal(error.name, 'PreconditionFailed');
      return error.$metadata.httpStatusCode ?? 0;
    }
  }

  const target = (Key: string) => ({ Bucket: storage.bucket, Key });

  const post = async (key: string, bytes: Uint8Array<ArrayBuffer>) => {
    const Fields = { 'If-None-Match': '*' };
    const { url, fields } = await createPresignedPost(storage.client, { ...target(key), Fields });
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    form.set('file', new Blob([bytes]));
    const response = await fetch(url, { method: 'POST', body: form });
    const text = await response.text();
    if (response.status === 412) assert.match(text, /<Code>PreconditionFailed<\/Code>/);
    return response.status;
  };
  const put = (key: string, Body: Uint8Array) =>
    statusOf(storage.client.send(new PutObjectCommand({ ...target(key), Body, IfNoneMatch: '*' })));
  const copy = async (key: string, Body: Uint8Array) => {
    const source = newKey();
    await storage.client.send(new PutObjectCommand({ ...target(source), Body }));
    const CopySource = `${storage.bucket}/${source}`;
    return statusOf(storage.client.send(new CopyObjectCommand({ ...target(key), CopySource, IfNoneMatch: '*' })));
  };
  const complete = async (key: string, Body: Uint8Array) => {
    const { UploadId } = await storage.client.send(new CreateMultipartUploadCommand(target(key)));
    const { ETag } = await storage.client.send(
      new UploadPartCommand({ ...target(key), UploadId, PartNumber: 1, Body }),
    );
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    const command = new CompleteMultipartUploadCommand({
      ...{ ...target(key), UploadId, MultipartUpload, IfNoneMatch: '*' },
    });
    const status = await statusOf(storage.client.send(command));
    if (status === 412) {
      // The upload stays, so that it can be completed or aborted.
      const { Parts } = await storage.client.send(new ListPartsCommand({ ...target(key), UploadId }));
      assert.equal(Parts?.length, 1);
    }
    return status;
  };

  const writes: {
    name: string;
    write: (key: string, bytes: Uint8Array<ArrayBuffer>) => Promise<number>;
    again: PerStorage<Outcome>;
  }[] = [
    { name: 'PutObject', write: put, again: { local: 'refused', gateway: 'refused' } },
    { name: 'CompleteMultipartUpload', write: complete, again: { local: 'refused', gateway: 'replaced' } },
    { name: 'CopyObject', write: copy, again: { local: 'refused', gateway: 'replaced' } },
    { name: 'the form field of a POST', write: post, again: { local: 'refused', gateway: 'replaced' } },
  ];

  for (const { name, write, again } of writes) {
    it(`on ${name} stores a new object, and keeps one that exists`, async () => {
      const key = newKey();
      const [first, second] = [randomBytes(1000), randomBytes(1000)].map((bytes) => new Uint8Array(bytes));
      assert.ok((await write(key, first!)) < 300);
      const isRefused = again[storage.kind] === 'refused';
      const status = await write(key, second!);
      assert.ok(isRefused ? status === 412 : status < 300, `${status}`);
      assert.deepEqual(await storedDigest(storage, key), digestOf(isRefused ? first! : second!));
    });

    it(`on ${name} stores exactly one of twenty requests at the same time`, needsLocalStorage, async () => {
      const key = newKey();
      const bodies = Array.from({ length: 20 }, () => new Uint8Array(randomBytes(1000)));
      const statuses = await Promise.all(bodies.map((bytes) => write(key, bytes)));
      const stored = bodies.filter((_, index) => statuses[index]! < 300);
      assert.deepEqual([stored.length, statuses.filter((status) => status === 412).length], [1, 19]);
      assert.deepEqual(await storedDigest(storage, key), digestOf(stored[0]!));
    });
  }

  it('is the only condition that the local storage implements, on each kind of write', needsLocalStorage, async () => {
    const key = newKey();
    const conditions = [{ IfNoneMatch: '"etag"' }, { IfMatch: '*' }];
    for (const condition of conditions)
      assert.equal(
        await statusOf(storage.client.send(new PutObjectCommand({ ...target(key), Body: 'x', ...condition }))),
        501,
      );
    const { url, fields } = await createPresignedPost(storage.client, {
      ...target(key),
      Fields: { 'If-None-Match': '"etag"' },
    });
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    form.set('file', new Blob(['x']));
    assert.equal((await fetch(url, { method: 'POST', body: form })).status, 501);
    assert.equal(await headObject(storage, key), undefined);
  });
});
