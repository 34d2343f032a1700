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
import { readAnswer } from './answer.ts';
import { altered, formParts, post, signForm } from './form.ts';
import { newKey, startServer, type PerServer, type TestServer } from './server.ts';

const origin = 'https://page.example';
const rule: CORSRule = {
  AllowedOrigins: [origin, 'https://*.preview.example'],
  AllowedMethods: ['POST', 'PUT', 'GET'],
  AllowedHeaders: ['content-type', 'x-amz-*'],
  ExposeHeaders: ['ETag', 'Location', 'x-amz-request-id'],
  MaxAgeSeconds: 60,
};

describe('CORS', () => {
  let server: TestServer;
  /** With the rule above. */
  let bucket: string;
  /** Without any CORS configuration. */
  let closed: string;
  before(async () => {
    server = await startServer();
    [bucket, closed] = ['cors', 'closed'].map((name) => `${name}-${Date.now()}`) as [string, string];
    for (const name of [bucket, closed]) await server.client.send(new CreateBucketCommand({ Bucket: name }));
    await server.client.send(new PutBucketCorsCommand({ Bucket: bucket, CORSConfiguration: { CORSRules: [rule] } }));
    await server.client.send(new DeleteBucketCorsCommand({ Bucket: closed }));
  });
  after(() => server.close());

  const preflight = async (headers: Record<string, string>, name = bucket) =>
    readAnswer(await fetch(`${server.url}/${name}/key`, { method: 'OPTIONS', headers }));

  for (const [method, url] of [
    ['POST', ''],
    ['PUT', 'key'],
    ['PUT', 'key?partNumber=1&uploadId=x&X-Amz-Signature=y'],
  ] as const) {
    it(`allows the preflight of ${method} /${url}`, async () => {
      const { status, headers } = await readAnswer(
        await fetch(`${server.url}/${bucket}/${url}`, {
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

  it('allows an origin by its wildcard', async () => {
    const wanted = { 'access-control-request-method': 'PUT' };
    const { headers } = await preflight({ ...wanted, origin: 'https://a.preview.example' });
    assert.equal(headers.get('access-control-allow-origin'), 'https://a.preview.example');
    assert.equal((await preflight({ ...wanted, origin: 'https://preview.example.evil' })).status, 403);
  });

  for (const [what, headers] of [
    ['another origin', { origin: 'https://evil.example', 'access-control-request-method': 'POST' }],
    ['an origin that only begins alike', { origin: `${origin}.evil`, 'access-control-request-method': 'POST' }],
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
    it(`refuses the preflight of ${what}`, async () => {
      const answer = await preflight(headers);
      const expected: PerServer<string> = { local: 'AccessForbidden', gateway: 'AccessDenied' };
      assert.deepEqual([answer.status, answer.code], [403, expected[server.kind]], answer.text);
      assert.equal(answer.headers.get('access-control-allow-origin'), null);
    });
  }

  it('says that a bucket has no CORS at all', async () => {
    const answer = await preflight({ origin, 'access-control-request-method': 'POST' }, closed);
    const expected: PerServer<unknown> = {
      local: [403, 'AccessForbidden', 'CORSResponse: CORS is not enabled for this bucket.'],
      gateway: [403, 'AccessDenied', ''],
    };
    assert.deepEqual([answer.status, answer.code, answer.message], expected[server.kind]);
    await assert.rejects(server.client.send(new GetBucketCorsCommand({ Bucket: closed })), {
      name: 'NoSuchCORSConfiguration',
    });
  });

  it('wants to know the origin of a preflight', async () => {
    const answer = await preflight({ 'access-control-request-method': 'POST' });
    const expected: PerServer<number> = { local: 400, gateway: 400 };
    assert.equal(answer.status, expected[server.kind]);
  });

  it('lets the page read answers to a POST, refusals included', async () => {
    const within = { ...server, bucket };
    const headers = { origin };
    const good = signForm(within, { key: newKey() });
    for (const [form, status] of [
      [good, 204],
      [altered(good, { key: 'other' }), 403],
      [altered(good, { 'x-amz-signature': 'wrong' }), 403],
      [signForm(within, { key: newKey(), more: [['content-length-range', 0, 1]] }), 400],
      [signForm(within, { key: newKey(), expires: -1 }), 403],
    ] as const) {
      const answer = await post(within, formParts(form), { headers });
      assert.equal(answer.status, status, answer.text);
      assert.equal(answer.headers.get('access-control-allow-origin'), origin);
      assert.match(answer.headers.get('access-control-expose-headers') ?? '', /ETag.*Location.*x-amz-request-id/i);
    }
  });

  it('lets the page read answers to a presigned PUT', async () => {
    const object = { Bucket: bucket, Key: newKey() };
    for (const url of [
      await getSignedUrl(server.client, new PutObjectCommand(object)),
      await getSignedUrl(server.client, new UploadPartCommand({ ...object, UploadId: 'unknown', PartNumber: 1 })),
    ]) {
      const { headers } = await fetch(url, { method: 'PUT', body: 'hello', headers: { origin } });
      assert.equal(headers.get('access-control-allow-origin'), origin);
    }
  });

  it('lets the page read why a presigned PUT was refused', async () => {
    const url = await getSignedUrl(server.client, new PutObjectCommand({ Bucket: bucket, Key: newKey() }));
    const { status, headers } = await fetch(url.replace(/Signature=.{8}/, 'Signature=00000000'), {
      method: 'PUT',
      body: 'hello',
      headers: { origin },
    });
    const expected: PerServer<string | null> = { local: origin, gateway: null };
    assert.deepEqual([status, headers.get('access-control-allow-origin')], [403, expected[server.kind]]);
  });

  it('says nothing of CORS to other origins, nor to those who name none', async () => {
    for (const headers of [{ origin: 'https://evil.example' }, {}] as Record<string, string>[]) {
      const within = { ...server, bucket };
      const answer = await post(within, formParts(signForm(within, { key: newKey() })), { headers });
      assert.equal(answer.status, 204);
      assert.equal(answer.headers.get('access-control-allow-origin'), null);
    }
  });

  it('has no rules for a bucket that is not there', async () => {
    const within = { ...server, bucket: 'not-there' };
    const answer = await post(within, formParts(signForm(within, { key: newKey() })), { headers: { origin } });
    assert.equal(answer.status, 404);
    assert.equal(answer.headers.get('access-control-allow-origin'), null);
  });

  it('gives back the rules that were put', async () => {
    const { CORSRules } = await server.client.send(new GetBucketCorsCommand({ Bucket: bucket }));
    const [first] = CORSRules ?? [];
    const sorted = (list: string[] | undefined) => list?.map((text) => text.toLowerCase()).toSorted();
    assert.deepEqual(sorted(first?.AllowedOrigins), sorted(rule.AllowedOrigins));
    assert.deepEqual(sorted(first?.AllowedMethods), sorted(rule.AllowedMethods));
    assert.deepEqual(sorted(first?.AllowedHeaders), sorted(rule.AllowedHeaders));
    assert.deepEqual(sorted(first?.ExposeHeaders), sorted(rule.ExposeHeaders));
    assert.equal(first?.MaxAgeSeconds, 60);
  });

  it('opens a bucket to every origin with a lone *', async () => {
    const name = `open-${Date.now()}`;
    await server.client.send(new CreateBucketCommand({ Bucket: name }));
    const CORSConfiguration = { CORSRules: [{ AllowedOrigins: ['*'], AllowedMethods: ['POST'] }] };
    await server.client.send(new PutBucketCorsCommand({ Bucket: name, CORSConfiguration }));
    const { headers } = await preflight({ origin, 'access-control-request-method': 'POST' }, name);
    const expected: PerServer<string> = { local: '*', gateway: origin };
    assert.equal(headers.get('access-control-allow-origin'), expected[server.kind]);
    assert.equal(headers.get('access-control-allow-credentials'), null);
  });
});
