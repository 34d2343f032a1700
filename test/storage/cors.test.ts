import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  CreateBucketCommand,
  DeleteBucketCorsCommand,
  GetBucketCorsCommand,
  PutBucketCorsCommand,
  PutObjectCommand,
  UploadPartCommand,
  type CORSRule,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { readS3Response } from './s3-response.ts';
import { withChanges, formParts, postForm, signForm } from './post-form.ts';
import { newKey, startStorageUnderTest, type PerStorage, type StorageUnderTest } from './storage-under-test.ts';

const origin = 'https://page.example';
const rule: CORSRule = {
  AllowedOrigins: [origin, 'https://*.preview.example'],
  AllowedMethods: ['POST', 'PUT', 'GET'],
  AllowedHeaders: ['content-type', 'x-amz-*'],
  ExposeHeaders: ['ETag', 'Location', 'x-amz-request-id'],
  MaxAgeSeconds: 60,
};

describe('CORS', () => {
  let storage: StorageUnderTest;
  /** A bucket with the rule above. */
  let bucket: string;
  /** A bucket without a CORS configuration. */
  let bucketWithoutCors: string;
  before(async () => {
    storage = await startStorageUnderTest();
    [bucket, bucketWithoutCors] = ['cors', 'closed'].map((name) => `${name}-${Date.now()}`) as [string, string];
    for (const name of [bucket, bucketWithoutCors])
      await storage.client.send(new CreateBucketCommand({ Bucket: name }));
    await storage.client.send(new PutBucketCorsCommand({ Bucket: bucket, CORSConfiguration: { CORSRules: [rule] } }));
    await storage.client.send(new DeleteBucketCorsCommand({ Bucket: bucketWithoutCors }));
  });
  after(() => storage.close());

  const preflight = async (headers: Record<string, string>, name = bucket) =>
    readS3Response(await fetch(`${storage.url}/${name}/key`, { method: 'OPTIONS', headers }));

  for (const [method, url] of [
    ['POST', ''],
    ['PUT', 'key'],
    ['PUT', 'key?partNumber=1&uploadId=x&X-Amz-Signature=y'],
  ] as const) {
    it(`allows the preflight of ${method} /${url}`, async () => {
      const { status, headers } = await readS3Response(
        await fetch(`${storage.url}/${bucket}/${url}`, {
          method: 'OPTIONS',
          headers: {
            origin,
            'access-control-request-method': method,
            'access-control-request-headers': 'content-type',
          },
        }),
      );
      assert.equal(status, 200);
      assert.equal(headers.get('access-control-allow-origin'), origin);
      assert.ok(headers.get('access-control-allow-methods')?.includes(method));
      assert.equal(headers.get('access-control-allow-headers'), 'content-type');
      assert.equal(headers.get('access-control-max-age'), '60');
      assert.match(headers.get('vary') ?? '', /Origin/);
    });
  }

  it('allows an origin that matches a wildcard', async () => {
    const method = { 'access-control-request-method': 'PUT' };
    const { headers } = await preflight({ ...method, origin: 'https://a.preview.example' });
    assert.equal(headers.get('access-control-allow-origin'), 'https://a.preview.example');
    assert.equal((await preflight({ ...method, origin: 'https://preview.example.evil' })).status, 403);
  });

  for (const [description, headers] of [
    ['another origin', { origin: 'https://evil.example', 'access-control-request-method': 'POST' }],
    [
      'an origin that has an allowed one as its prefix',
      { origin: `${origin}.evil`, 'access-control-request-method': 'POST' },
    ],
    ['another method', { origin, 'access-control-request-method': 'DELETE' }],
    [
      'another header',
      {
        origin,
        'access-control-request-method': 'PUT',
        'access-control-request-headers': 'content-type, authorization',
      },
    ],
  ] as const) {
    it(`refuses the preflight of ${description}`, async () => {
      const response = await preflight(headers);
      const expected: PerStorage<string> = { local: 'AccessForbidden', gateway: 'AccessDenied' };
      assert.deepEqual([response.status, response.code], [403, expected[storage.kind]], response.text);
      assert.equal(response.headers.get('access-control-allow-origin'), null);
    });
  }

  it('refuses every preflight of a bucket without CORS', async () => {
    const response = await preflight({ origin, 'access-control-request-method': 'POST' }, bucketWithoutCors);
    const expected: PerStorage<unknown> = {
      local: [403, 'AccessForbidden', 'CORSResponse: CORS is not enabled for this bucket.'],
      gateway: [403, 'AccessDenied', ''],
    };
    assert.deepEqual([response.status, response.code, response.message], expected[storage.kind]);
    await assert.rejects(storage.client.send(new GetBucketCorsCommand({ Bucket: bucketWithoutCors })), {
      name: 'NoSuchCORSConfiguration',
    });
  });

  it('refuses a preflight without an origin', async () => {
    const response = await preflight({ 'access-control-request-method': 'POST' });
    const expected: PerStorage<number> = { local: 400, gateway: 400 };
    assert.equal(response.status, expected[storage.kind]);
  });

  it('sends CORS headers in responses to a POST, errors included', async () => {
    const target = { ...storage, bucket };
    const headers = { origin };
    const accepted = signForm(target, { key: newKey() });
    for (const [form, status] of [
      [accepted, 204],
      [withChanges(accepted, { key: 'other' }), 403],
      [withChanges(accepted, { 'x-amz-signature': 'wrong' }), 403],
      [signForm(target, { key: newKey(), extraConditions: [['content-length-range', 0, 1]] }), 400],
      [signForm(target, { key: newKey(), expiresInSeconds: -1 }), 403],
    ] as const) {
      const response = await postForm(target, formParts(form), { headers });
      assert.equal(response.status, status, response.text);
      assert.equal(response.headers.get('access-control-allow-origin'), origin);
      assert.match(response.headers.get('access-control-expose-headers') ?? '', /ETag.*Location.*x-amz-request-id/i);
    }
  });

  it('sends CORS headers in responses to a presigned PUT', async () => {
    const object = { Bucket: bucket, Key: newKey() };
    for (const url of [
      await getSignedUrl(storage.client, new PutObjectCommand(object)),
      await getSignedUrl(storage.client, new UploadPartCommand({ ...object, UploadId: 'unknown', PartNumber: 1 })),
    ]) {
      const { headers } = await fetch(url, { method: 'PUT', body: 'hello', headers: { origin } });
      assert.equal(headers.get('access-control-allow-origin'), origin);
    }
  });

  it('sends CORS headers with the error of a presigned PUT', async () => {
    const url = await getSignedUrl(storage.client, new PutObjectCommand({ Bucket: bucket, Key: newKey() }));
    const { status, headers } = await fetch(url.replace(/Signature=.{8}/, 'Signature=00000000'), {
      method: 'PUT',
      body: 'hello',
      headers: { origin },
    });
    const expected: PerStorage<string | null> = { local: origin, gateway: null };
    assert.deepEqual([status, headers.get('access-control-allow-origin')], [403, expected[storage.kind]]);
  });

  it('sends no CORS headers to other origins, or without an Origin header', async () => {
    for (const headers of [{ origin: 'https://evil.example' }, {}] as Record<string, string>[]) {
      const target = { ...storage, bucket };
      const response = await postForm(target, formParts(signForm(target, { key: newKey() })), { headers });
      assert.equal(response.status, 204);
      assert.equal(response.headers.get('access-control-allow-origin'), null);
    }
  });

  it('sends no CORS headers for a bucket that does not exist', async () => {
    const target = { ...storage, bucket: 'not-there' };
    const response = await postForm(target, formParts(signForm(target, { key: newKey() })), { headers: { origin } });
    assert.equal(response.status, 404);
    assert.equal(response.headers.get('access-control-allow-origin'), null);
  });

  it('returns the rules that were set', async () => {
    const { CORSRules } = await storage.client.send(new GetBucketCorsCommand({ Bucket: bucket }));
    const [first] = CORSRules ?? [];
    const sorted = (list: string[] | undefined) => list?.map((text) => text.toLowerCase()).toSorted();
    assert.deepEqual(sorted(first?.AllowedOrigins), sorted(rule.AllowedOrigins));
    assert.deepEqual(sorted(first?.AllowedMethods), sorted(rule.AllowedMethods));
    assert.deepEqual(sorted(first?.AllowedHeaders), sorted(rule.AllowedHeaders));
    assert.deepEqual(sorted(first?.ExposeHeaders), sorted(rule.ExposeHeaders));
    assert.equal(first?.MaxAgeSeconds, 60);
  });

  it('allows every origin, without credentials, when the rule is *', async () => {
    const name = `open-${Date.now()}`;
    await storage.client.send(new CreateBucketCommand({ Bucket: name }));
    const CORSConfiguration = { CORSRules: [{ AllowedOrigins: ['*'], AllowedMethods: ['POST'] }] };
    await storage.client.send(new PutBucketCorsCommand({ Bucket: name, CORSConfiguration }));
    const { headers } = await preflight({ origin, 'access-control-request-method': 'POST' }, name);
    const expected: PerStorage<string> = { local: '*', gateway: origin };
    assert.equal(headers.get('access-control-allow-origin'), expected[storage.kind]);
    assert.equal(headers.get('access-control-allow-credentials'), null);
  });
});
