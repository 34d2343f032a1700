import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isUploadError, Uploader, type UploadError } from '../../widget/core/index.ts';
import type { Grant, MultipartGrant, PostGrant, PutGrant } from '../../widget/core/sign.ts';
import { endpoint } from '../../widget/sign/contract/endpoint.ts';
import { MiB, textFile } from '../fixtures/files.ts';
import { startStubSigner, type StubResponse } from '../fixtures/stub-signer.ts';
import { nodeTransport } from '../fixtures/node-transport.ts';

const file = { id: '1', name: 'cat.jpg', size: 3, type: 'image/jpeg' };
const url = 'https://bucket.s3.amazonaws.com/';
const post = { id: '1', method: 'POST', url, fields: { key: 'a/b', policy: 'p' }, key: 'a/b', expires: 900 };
const parts = { id: '1', method: 'MULTIPART', partSize: 5 * MiB, key: 'a/b', expires: 900, ticket: 't' };
const put = { id: '1', method: 'PUT', url, headers: { 'Content-Type': 'image/jpeg' }, key: 'a/b', expires: 900 };
const signal = new AbortController().signal;

/**
 * The grant for a signer's answer.
 *
 * @param respond answers later requests, by the path after the endpoint
 */
async function grantOf(signed: unknown, respond: (path: string) => StubResponse = () => ({})) {
  const signer = await startStubSigner((path) => (path === '' ? { body: { files: [signed] } } : respond(path)));
  try {
    const [grant] = await endpoint({ url: signer.url })([file], { signal });
    return { grant: grant!, signer, [Symbol.asyncDispose]: () => signer[Symbol.asyncDispose]() };
  } catch (error) {
    await signer[Symbol.asyncDispose]();
    throw error;
  }
}

const isBadResponse =
  (...patterns: RegExp[]) =>
  (error: unknown): boolean => {
    assert(isUploadError(error) && error.code === 'bad-signer-response', String(error));
    for (const pattern of patterns) assert.match(error.message, pattern);
    return true;
  };

const complete = { key: 'a/b', location: `${url}a/b`, etag: 'e', receipt: 'r', size: 3 };

describe('The client of the endpoint', () => {
  for (const signed of [post, put, parts]) {
    it(`reads the method ${signed.method} in lower case`, async () => {
      await using fixture = await grantOf({ ...signed, method: signed.method.toLowerCase() });
      assert.equal((fixture.grant as { method?: string }).method, signed.method);
    });
  }

  it('reads lists, numbers and nulls among the headers of a PUT, and the fields of a POST', async () => {
    await using fixture = await grantOf({
      ...put,
      headers: { Host: ['s3.example.com'], 'x-amz-meta-n': 1, Expires: null },
    });
    assert.deepEqual((fixture.grant as PutGrant).headers, { Host: 's3.example.com', 'x-amz-meta-n': '1' });
    await using second = await grantOf({ ...post, fields: { ...post.fields, success_action_status: 201, acl: null } });
    assert.deepEqual((second.grant as PostGrant).fields, { ...post.fields, success_action_status: '201' });
  });

  it('reads fields without a method as a POST', async () => {
    const { method: _, ...rest } = post;
    await using fixture = await grantOf(rest);
    assert.equal((fixture.grant as { method?: string }).method, 'POST');
  });

  for (const signed of [post, put, parts]) {
    it(`ignores members that the contract does not have in an answer with ${signed.method}`, async () => {
      const planted = {
        mustConfirm: 'x',
        renew: 'x',
        wrapTransport: 'x',
        deleteFile: 'x',
        onPartStored: 'x',
        abort: 'x',
        complete: 'x',
      };
      await using fixture = await grantOf({ ...signed, ...planted, file: {} });
      assert(!Object.values(fixture.grant).includes('x'), Object.keys(fixture.grant).join());
      assert(!('file' in fixture.grant));
    });
  }

  for (const [content, signed, ...patterns] of [
    ['an unknown method', { ...post, method: 'DELETE' }, /\[id, method, url, fields, key, expires\]/],
    ['a PUT without a URL', { id: '1', method: 'PUT', key: 'k' }, /\[id, method, key\]/, /expected: .*url/],
    ['parts without a ticket', { ...parts, ticket: undefined }, /\[id, method, partSize, key, expires\]/, /ticket/],
    ['parts of no size', { ...parts, partSize: '5' }, /partSize/],
    ['headers that are no texts', { ...put, headers: { 'x-amz-meta-a': { b: 1 } } }, /headers/],
    ['an unknown checksum', { ...post, checksum: 'md5' }, /checksum/],
    ['a text in place of a file', 'signed', /\[string\]/],
    ['nothing in place of a file', null, /\[nothing\]/],
  ] as const) {
    it(`names the present and the expected members in the error for ${content}`, async () => {
      await assert.rejects(grantOf(signed), isBadResponse(...(patterns as readonly RegExp[])));
    });
  }

  for (const [path, call, expected] of [
    [
      '/parts',
      (grant: MultipartGrant) => grant.signParts([{ number: 1, size: 3 }], signal),
      /parts with number and url/,
    ],
    ['/parts/list', (grant: MultipartGrant) => grant.listParts(signal), /parts with number and size/],
    ['/complete', (grant: MultipartGrant) => grant.complete(signal), /key and location/],
    ['/confirm', (grant: MultipartGrant) => grant.confirm!(signal), /key and location/],
  ] as const) {
    for (const body of [{}, { ok: true, parts: [{}], key: 7 }, undefined]) {
      it(`names the members of ${JSON.stringify(body) ?? 'a 204'} in the error for ${path}`, async () => {
        await using fixture = await grantOf(parts, () => (body ? { body } : { status: 204 }));
        const present = body ? new RegExp(`\\[${Object.keys(body).join(', ')}\\]`) : /\[\]/;
        await assert.rejects(call(fixture.grant as MultipartGrant), isBadResponse(present, expected));
        assert.deepEqual(fixture.signer.requests, ['POST /sign', `POST /sign${path}`]);
      });
    }
  }

  it('reads the members of the contract, and no others', async () => {
    const answers: Record<string, unknown> = {
      '/parts': { parts: [{ number: 1, url, headers: { a: 'b' }, more: 1 }], expires: 60 },
      '/parts/list': { parts: [{ number: 1, size: 3, etag: 'e' }] },
      '/complete': { ...complete, more: 1 },
      '/confirm': { ...complete, more: 1 },
    };
    await using fixture = await grantOf(parts, (path) => ({ body: answers[path] }));
    const grant = fixture.grant as MultipartGrant;
    const signed = { parts: [{ number: 1, url, headers: { a: 'b' } }], lifetime: 60_000 };
    assert.deepEqual(await grant.signParts([{ number: 1, size: 3 }], signal), signed);
    assert.deepEqual(await grant.listParts(signal), [{ number: 1, size: 3 }]);
    assert.deepEqual(await grant.complete(signal), complete);
    assert.deepEqual(await grant.confirm!(signal), complete);
  });

  it('reopens an upload with the checksum it was signed with', () => {
    const { reopen } = endpoint({ url: '/sign' });
    const file = { name: 'cat.jpg', size: 3, type: 'image/jpeg', lastModified: 0 };
    const record = { ...file, key: 'a/b', ticket: 't', partSize: 5, expires: Date.now() + 60_000 };
    assert.equal(reopen!('1', { ...record, checksum: 'crc32' }).checksum, 'crc32');
    assert.equal(reopen!('1', record).checksum, undefined);
  });

  it('reads a 404 of /confirm as nothing stored', async () => {
    await using fixture = await grantOf({ ...post, ticket: 't' }, () => ({
      status: 404,
      body: { code: 'not-stored' },
    }));
    assert.equal(await (fixture.grant as Exclude<Grant, { error: unknown }>).confirm!(signal), null);
  });

  it("does not retry a quota that is used up, and repeats the signer's message", async () => {
    const { error, requests } = await failure({
      status: 429,
      headers: { 'retry-after': '86400' },
      body: { code: 'quota-exceeded', detail: 'You may upload 5 files a day.', status: 429 },
    });
    assert.deepEqual([error.code, error.phase, error.status, error.retry], ['quota-exceeded', 'sign', 429, 'never']);
    assert.match(error.message, /429 \(quota-exceeded\): You may upload 5 files a day\./);
    assert.deepEqual(requests, ['POST /sign']);
  });

  it('fails with bad-signer-response when the answer is too long', async () => {
    const { error } = await failure({ body: `{"a":"${'x'.repeat(200_000)}"}` });
    assert.equal(error.code, 'bad-signer-response');
    assert.match(error.message, /^The signer that the attribute "endpoint" names answered with more than \d+ bytes\.$/);
  });
});

/** The error of a file whose signer sends this response. */
async function failure(response: StubResponse): Promise<{ error: UploadError; requests: string[] }> {
  await using signer = await startStubSigner(() => response);
  const uploader = new Uploader({ sign: endpoint({ url: signer.url }), send: nodeTransport });
  await uploader.add([textFile()]);
  await new Promise((resolve) => uploader.addEventListener('upload-complete', resolve));
  const [item] = uploader.items;
  uploader.destroy();
  assert(item?.status === 'failed');
  return { error: item.error, requests: signer.requests };
}
