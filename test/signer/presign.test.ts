// Signatures are compared with those of the AWS SDK.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PutObjectCommand, S3Client, UploadPartCommand, type S3ClientConfig } from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { createPresigner } from '../../signer/core/presign.ts';
import type { Ticket } from '../../signer/core/tickets.ts';
import { CREDENTIALS } from '../fixtures/signer.ts';
import { setRequestHeaders } from '../../signer/core/s3-client.ts';

const NOW = Date.parse('2026-01-02T03:04:05Z');
const KEY = "uploads/ä b'(c)!*~+%/x.jpg";

/** Parameters in any order. */
const normalize = (url: string): string => {
  const { origin, pathname, searchParams } = new URL(url);
  return `${origin}${pathname} ${[...searchParams].map(String).sort().join(' ')}`;
};

for (const [name, config, bucket] of [
  ['AWS', { region: 'eu-central-1' }, 'uploads'],
  ['a bucket with dots in its name', { region: 'eu-central-1' }, 'my.uploads'],
  ['dual-stack', { region: 'eu-central-1', useDualstackEndpoint: true }, 'uploads'],
  ['accelerate', { region: 'eu-central-1', useAccelerateEndpoint: true }, 'uploads'],
  ['path style', { region: 'us-east-1', endpoint: 'http://127.0.0.1:9', forcePathStyle: true }, 'uploads'],
  ['host style', { region: 'us-east-1', endpoint: 'https://s3.example.com:8443' }, 'uploads'],
  [
    'an endpoint with a path',
    { region: 'us-east-1', endpoint: 'https://example.com/s3', forcePathStyle: true },
    'uploads',
  ],
] satisfies [string, S3ClientConfig, string][]) {
  test(`PUTs and parts are signed as by the SDK, for ${name}`, async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: NOW });
    const credentials = { ...CREDENTIALS, sessionToken: 'token/+=' };
    const client = new S3Client({ ...config, credentials, requestChecksumCalculation: 'WHEN_REQUIRED' });
    const presigner = createPresigner(client, bucket, 900, { conditionalWrites: false });
    const sdk = (command: PutObjectCommand | UploadPartCommand, headers: Record<string, string>): Promise<string> => {
      const names = Object.keys(headers);
      setRequestHeaders(command, headers);
      return getSignedUrl(client, command as PutObjectCommand, {
        expiresIn: 900,
        signableHeaders: new Set(names),
        unhoistableHeaders: new Set(names),
      });
    };

    const upload = { key: KEY, uploadId: 'a+b/=~' } as Ticket;
    const part = { Bucket: bucket, Key: KEY, UploadId: upload.uploadId, PartNumber: 12 };
    assert.equal(
      normalize((await presigner.signPart(upload, 12, 7, undefined)).url),
      normalize(await sdk(new UploadPartCommand(part), { 'content-length': '7' })),
    );
    const headers = { 'Content-Disposition': 'attachment', 'x-amz-meta-name': 'a%20b' };
    const put = await presigner.signPut({ method: 'PUT', key: KEY, size: 7, type: 'image/jpeg', headers });
    assert.equal(
      normalize(put.url),
      normalize(
        await sdk(new PutObjectCommand({ Bucket: bucket, Key: KEY }), {
          ...{ 'content-length': '7', 'content-type': 'image/jpeg' },
          ...{ 'content-disposition': 'attachment', 'x-amz-meta-name': 'a%20b' },
        }),
      ),
    );
  });

  test(`POSTs are signed as by the SDK, also after the first one, for ${name}`, async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: NOW });
    const client = new S3Client({ ...config, credentials: CREDENTIALS });
    const presigner = createPresigner(client, bucket, 900, { conditionalWrites: false });
    for (let i = 0; i < 2; i++) {
      const plan = { method: 'POST' as const, key: `${KEY}${i}`, size: 7, type: 'image/jpeg', headers: {} };
      assert.deepEqual(
        await presigner.signPost(plan),
        await createPresignedPost(client, {
          Bucket: bucket,
          Key: plan.key,
          Expires: 900,
          Fields: { 'Content-Type': 'image/jpeg', success_action_status: '201' },
          Conditions: [['content-length-range', 7, 7]],
        }),
      );
    }
  });
}

test('each signature is made with the credentials of its time', async () => {
  let turn = 0;
  const client = new S3Client({
    region: 'us-east-1',
    // They have expired when they are used again, so the SDK asks for new ones.
    credentials: () => Promise.resolve({ ...CREDENTIALS, accessKeyId: `KEY${++turn}`, expiration: new Date() }),
  });
  const presigner = createPresigner(client, 'uploads', 900, { conditionalWrites: false });
  const plan = { key: KEY, size: 7, type: 'image/jpeg', headers: {} };
  const keyOf = (credential: string | null | undefined) => /^KEY(\d+)\//.exec(credential ?? '')![1]!;
  const used: string[] = [];
  for (let i = 0; i < 3; i++) {
    used.push(keyOf((await presigner.signPost({ ...plan, method: 'POST' })).fields['X-Amz-Credential']));
    const { url } = await presigner.signPut({ ...plan, method: 'PUT' });
    used.push(keyOf(new URL(url).searchParams.get('X-Amz-Credential')));
  }
  assert.equal(new Set(used).size, 6, used.join());
});

test('credentials that cannot be loaded once do not fail later signatures', async () => {
  let fails = true;
  const client = new S3Client({
    region: 'us-east-1',
    credentials: () =>
      fails
        ? Promise.reject(new Error('the role is unavailable'))
        : Promise.resolve({ ...CREDENTIALS, expiration: new Date() }),
  });
  const presigner = createPresigner(client, 'uploads', 900, { conditionalWrites: false });
  const plan = { key: KEY, size: 7, type: 'image/jpeg', headers: {} };
  const sign = () =>
    Promise.all([presigner.signPut({ ...plan, method: 'PUT' }), presigner.signPost({ ...plan, method: 'POST' })]);
  await assert.rejects(sign(), /unavailable/);
  fails = false;
  await sign();
});
