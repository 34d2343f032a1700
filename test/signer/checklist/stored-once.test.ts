// A stored file cannot be replaced: by another signature, or by the same one where the storage supports conditions.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import {
  GetObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { MIN_PART_BYTES } from '../../../signer/core/multipart.ts';
import type { SignerOptions } from '../../../signer/core/options.ts';
import { readConfig } from '../../../signer/service/settings.ts';
import type { SignedPost, SignedPut, StoredFile } from '../../../widget/core/protocol.ts';
import { CREDENTIALS, policyOf, signerOf, type TestSigner } from '../../fixtures/signer.ts';
import { openBucket, type TestBucket } from '../bucket.ts';
import { call, listOpenUploads, sendPut, startMultipart, signerOfBucket } from '../multipart.ts';
import { sendPost } from './send-post.ts';

let bucket: TestBucket;
before(async () => {
  bucket = await openBucket();
});
beforeEach(() => bucket.proxy.reset());
after(() => bucket.close());

const bucketSigner = (options?: Partial<SignerOptions>): TestSigner => signerOfBucket(bucket, options);

async function read(key: string): Promise<string> {
  const { Body } = await bucket.directClient.send(new GetObjectCommand({ Bucket: bucket.name, Key: key }));
  return Body!.transformToString();
}

const [first, second] = [Buffer.from('clean'), Buffer.from('evil!')];

describe('/sign-again', () => {
  it('signs a file that is not stored yet', async () => {
    const signer = bucketSigner();
    const [file] = (await signer.sign([{ size: 5 }])) as SignedPost[];
    const again = await call<SignedPost>(signer, '/sign-again', { ticket: file!.ticket });
    assert.equal(again.key, file!.key);
    assert.equal((await sendPost(again, first)).status, 201);
  });

  it('refuses a file that is stored, before and after it was confirmed', async () => {
    const signer = bucketSigner();
    const [{ ticket, ...file }] = (await signer.sign([{ size: 5 }])) as [SignedPost];
    assert.equal((await sendPost(file, first)).status, 201);
    for (let i = 0; i < 2; i++) {
      const { code } = await call<{ code: string }>(signer, '/sign-again', { ticket }, 409);
      assert.equal(code, 'already-stored');
      await call(signer, '/confirm', { ticket });
    }
  });

  it('refuses a multipart upload that was completed', async () => {
    const signer = bucketSigner();
    const { ticket } = await startMultipart(signer);
    await call(signer, '/sign-again', { ticket });
    await call(signer, '/complete', { ticket });
    await call(signer, '/sign-again', { ticket }, 409);
  });
});

describe('conditionalWrites', () => {
  const signedPost = async (options: Partial<SignerOptions>): Promise<boolean> => {
    const [file] = (await signerOf(options).sign([{}])) as [SignedPost];
    const inPolicy = policyOf(file.fields).conditions.some((each) => !Array.isArray(each) && each['If-None-Match']);
    assert.equal(Boolean(file.fields['If-None-Match']), inPolicy);
    return inPolicy;
  };
  const signedPut = async (options: Partial<SignerOptions>): Promise<boolean> => {
    const [file] = (await signerOf({ ...options, method: 'put' }).sign([{}])) as [SignedPut];
    return file.headers?.['If-None-Match'] === '*';
  };

  it('is true by default, and with an endpoint only for POST, whose field other storages ignore', async () => {
    const client = new S3Client({ region: 'us-east-1', credentials: CREDENTIALS });
    assert.deepEqual([await signedPost({ client }), await signedPut({ client })], [true, true]);
    assert.deepEqual([await signedPost({}), await signedPut({})], [true, false]);
    const [on, off] = [{ conditionalWrites: true }, { conditionalWrites: false }];
    assert.deepEqual([await signedPost(on), await signedPut(on)], [true, true]);
    assert.deepEqual([await signedPost({ client, ...off }), await signedPut({ client, ...off })], [false, false]);
  });

  it('has a setting with the same default', () => {
    const env = { S3_BUCKET: 'uploads', AWS_REGION: 'us-east-1', SIGNER_AUTH: 'public', SIGNER_ORIGINS: 'https://a.b' };
    const read = (SIGNER_CONDITIONAL_WRITES?: string) => readConfig({ ...env, SIGNER_CONDITIONAL_WRITES });
    assert.deepEqual(
      [undefined, '0', '1'].map((value) => read(value).conditionalWrites),
      [undefined, false, true],
    );
  });

  it('makes a signed PUT that stores a file once', async () => {
    const signer = bucketSigner({ method: 'put', conditionalWrites: true });
    const [{ ticket, ...file }] = (await signer.sign([{ size: 5 }])) as [SignedPut];
    assert.equal(file.headers!['If-None-Match'], '*');
    assert.match(new URL(file.url).searchParams.get('X-Amz-SignedHeaders')!, /(^|;)if-none-match(;|$)/);
    const { 'If-None-Match': _condition, ...others } = file.headers!;
    assert.equal((await sendPut(file.url, first, others)).status, 403, 'without the condition');
    assert.equal((await sendPut(file.url, first, file.headers)).status, 200);
    for (let i = 0; i < 20; i++) assert.equal((await sendPut(file.url, second, file.headers)).status, 412);
    await call(signer, '/confirm', { ticket });
    assert.equal(await read(file.key), 'clean');
  });

  it('makes a signed POST that stores a file once, except on Ceph’s gateway', async () => {
    const signer = bucketSigner({ conditionalWrites: true });
    const [{ ticket, ...file }] = (await signer.sign([{ size: 5 }])) as [SignedPost];
    assert.equal((await sendPost(file, first)).status, 201);
    // Ceph's gateway ignores the condition of a form.
    const expected = bucket.isGateway ? 201 : 412;
    for (let i = 0; i < 20; i++) assert.equal((await sendPost(file, second)).status, expected);
    await call(signer, '/confirm', { ticket });
    assert.equal(await read(file.key), bucket.isGateway ? 'evil!' : 'clean');
  });

  it('lets a completed upload be completed again, with the same result', async () => {
    const signer = bucketSigner({ conditionalWrites: true });
    const { ticket } = await startMultipart(signer);
    const results: StoredFile[] = [];
    for (let i = 0; i < 3; i++) results.push(await call<StoredFile>(signer, '/complete', { ticket }));
    assert.equal(new Set(results.map(({ etag }) => etag)).size, 1);
  });

  it('looks the object up if the storage says that it exists, and leaves no upload open', async () => {
    const signer = bucketSigner({ conditionalWrites: true });
    const { ticket, key, size } = await startMultipart(signer);
    // The first completion succeeds, and its response and the end of the upload are lost.
    bucket.proxy.faults = [{ do: 'reset', method: 'POST', path: 'uploadId', times: 1 }];
    await call(signer, '/complete', { ticket }, 502);
    const body = '<Error><Code>PreconditionFailed</Code><Message>At least one of the pre-conditions</Message></Error>';
    bucket.proxy.faults = [
      { do: 'answer', method: 'GET', path: 'uploadId', status: 200, body: partsXml(size), times: 1 },
      { do: 'answer', method: 'POST', path: 'uploadId', status: 412, body, times: 1 },
    ];
    const file = await call<StoredFile>(signer, '/complete', { ticket });
    assert.deepEqual([file.key, file.size], [key, size]);
    assert.equal((await listOpenUploads(bucket)).length, 0);
    assert.ok(bucket.proxy.requests.some(({ method }) => method === 'DELETE'));
  });

  it('lets the client list the parts again if two completions meet', async () => {
    const signer = bucketSigner({ conditionalWrites: true });
    const { ticket } = await startMultipart(signer);
    const body = '<Error><Code>ConditionalRequestConflict</Code><Message>The conditional request</Message></Error>';
    bucket.proxy.faults = [{ do: 'answer', method: 'POST', path: 'uploadId', status: 409, body, times: 1 }];
    const { code } = await call<{ code: string }>(signer, '/complete', { ticket }, 409);
    assert.equal(code, 'parts-changed');
    await call(signer, '/complete', { ticket });
  });
});

describe('A versioned bucket', process.env.TEST_S3_ENDPOINT ? {} : { skip: 'needs Ceph’s gateway' }, () => {
  it('has one version of an accepted file whose signature is used again and again, with a quarantine', async () => {
    await using versioned = await openBucket();
    const { name: Bucket, directClient } = versioned;
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await directClient.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
    const quarantine = { accept: () => 'accepted' as const, wait: 30_000 };
    const signer = signerOf({ client: versioned.client, bucket: Bucket, quarantine });
    const [{ ticket, ...file }] = (await signer.sign([{ size: 5 }])) as [SignedPost];
    for (let i = 0; i < 5; i++) {
      assert.equal((await sendPost(file, i === 0 ? first : second)).status, 201);
      await call(signer, '/confirm', { ticket });
    }
    const { Versions = [] } = await directClient.send(new ListObjectVersionsCommand({ Bucket, Prefix: 'uploads/' }));
    assert.deepEqual(
      Versions.map(({ Key, Size }) => [Key, Size]),
      [[file.key, 5]],
    );
    const { Contents = [] } = await directClient.send(new ListObjectsV2Command({ Bucket }));
    assert.deepEqual(
      Contents.map(({ Key }) => Key),
      [file.key],
      'nothing is left in the quarantine',
    );
  });
});

/** ListParts of a file of three parts. */
const partsXml = (size: number): string =>
  `<?xml version="1.0"?><ListPartsResult><IsTruncated>false</IsTruncated>${[1, 2, 3]
    .map((number) => {
      const bytes = number < 3 ? MIN_PART_BYTES : size - 2 * MIN_PART_BYTES;
      return `<Part><PartNumber>${number}</PartNumber><ETag>"${number}"</ETag><Size>${bytes}</Size></Part>`;
    })
    .join('')}</ListPartsResult>`;
