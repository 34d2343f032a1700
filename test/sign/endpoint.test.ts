import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isUploadError, Uploader, type UploadError } from '../../widget/core/index.ts';
import type { Grant, MultipartGrant } from '../../widget/core/sign.ts';
import { endpoint } from '../../widget/sign/contract/endpoint.ts';
import { textFile } from '../fixtures/files.ts';
import { startStubSigner, type StubResponse } from '../fixtures/stub-signer.ts';
import { nodeTransport } from '../fixtures/node-transport.ts';

const file = { id: '1', name: 'cat.jpg', size: 3, type: 'image/jpeg' };
const url = 'https://bucket.s3.amazonaws.com/';
const post = { id: '1', method: 'POST', url, fields: { key: 'a/b', policy: 'p' }, key: 'a/b', expires: 900 };
const parts = { id: '1', method: 'MULTIPART', partSize: 5 * 2 ** 20, key: 'a/b', expires: 900, ticket: 't' };
const put = { id: '1', method: 'PUT', url, headers: { 'Content-Type': 'image/jpeg' }, key: 'a/b', expires: 900 };
const signal = new AbortController().signal;

/** The grant that the tag makes of an answer, and what it does with later ones. */
async function grantOf(signed: unknown, later: (path: string) => StubResponse = () => ({})) {
  const signer = await startStubSigner((path) => (path === '' ? { body: { files: [signed] } } : later(path)));
  try {
    const [grant] = await endpoint({ url: signer.url })([file], { signal });
    return { grant: grant!, signer, [Symbol.asyncDispose]: () => signer[Symbol.asyncDispose]() };
  } catch (error) {
    await signer[Symbol.asyncDispose]();
    throw error;
  }
}

const isBad =
  (...words: RegExp[]) =>
  (error: unknown): boolean => {
    assert(isUploadError(error) && error.code === 'bad-signer-response', String(error));
    for (const word of words) assert.match(error.message, word);
    return true;
  };

for (const signed of [post, put, parts]) {
  test(`a method of any case is taken for ${signed.method}`, async () => {
    await using fixture = await grantOf({ ...signed, method: signed.method.toLowerCase() });
    assert.equal((fixture.grant as { method?: string }).method, signed.method);
  });
}

test('fields without a method are a POST', async () => {
  const { method: _, ...rest } = post;
  await using fixture = await grantOf(rest);
  assert.equal((fixture.grant as { method?: string }).method, 'POST');
});

for (const signed of [post, put, parts]) {
  test(`what an answer has beside the contract's members goes nowhere: ${signed.method}`, async () => {
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

for (const [what, signed, ...words] of [
  ['an unknown method', { ...post, method: 'DELETE' }, /\[id, method, url, fields, key, expires\]/],
  ['a PUT without a URL', { id: '1', method: 'PUT', key: 'k' }, /\[id, method, key\]/, /wanted are .*url/],
  ['parts without a ticket', { ...parts, ticket: undefined }, /\[id, method, partSize, key, expires\]/, /ticket/],
  ['parts of no size', { ...parts, partSize: '5' }, /partSize/],
  ['headers that are no strings', { ...put, headers: { 'x-amz-meta-a': 1 } }, /headers/],
  ['an unknown checksum', { ...post, checksum: 'md5' }, /checksum/],
  ['a text in place of a file', 'signed', /\[string\]/],
  ['nothing in place of a file', null, /\[nothing\]/],
] as const) {
  test(`${what} is told by the members it had and those it wants`, async () => {
    await assert.rejects(grantOf(signed), isBad(...(words as readonly RegExp[])));
  });
}

const complete = { key: 'a/b', location: `${url}a/b`, etag: 'e', receipt: 'r', size: 3 };

for (const [path, ask, wanted] of [
  ['/parts', (grant: MultipartGrant) => grant.signParts([{ number: 1, size: 3 }], signal), /parts with number and url/],
  ['/parts/list', (grant: MultipartGrant) => grant.listParts(signal), /parts with number and size/],
  ['/complete', (grant: MultipartGrant) => grant.complete(signal), /key and location/],
  ['/confirm', (grant: MultipartGrant) => grant.confirm!(signal), /key and location/],
] as const) {
  for (const body of [{}, { ok: true, parts: [{}], key: 7 }, undefined]) {
    test(`${JSON.stringify(body) ?? '204'} in answer to ${path} is told by its members`, async () => {
      await using fixture = await grantOf(parts, () => (body ? { body } : { status: 204 }));
      const had = body ? new RegExp(`\\[${Object.keys(body).join(', ')}\\]`) : /\[\]/;
      await assert.rejects(ask(fixture.grant as MultipartGrant), isBad(had, wanted));
      assert.deepEqual(fixture.signer.requests, ['POST /sign', `POST /sign${path}`]);
    });
  }
}

test('what the contract says is understood, and nothing beside it', async () => {
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

test('an answer of 404 to /confirm says that nothing is stored', async () => {
  await using fixture = await grantOf({ ...post, ticket: 't' }, () => ({ status: 404, body: { code: 'not-stored' } }));
  assert.equal(await (fixture.grant as Exclude<Grant, { error: unknown }>).confirm!(signal), null);
});

async function failure(answer: StubResponse): Promise<{ error: UploadError; asked: string[] }> {
  await using signer = await startStubSigner(() => answer);
  const uploader = new Uploader({ sign: endpoint({ url: signer.url }), send: nodeTransport });
  await uploader.add([textFile()]);
  await new Promise((resolve) => uploader.addEventListener('upload-complete', resolve));
  const [item] = uploader.items;
  uploader.destroy();
  assert(item?.status === 'failed');
  return { error: item.error, asked: signer.requests };
}

test('a quota that is used up for today is final, in the words of the signer', async () => {
  const { error, asked } = await failure({
    status: 429,
    headers: { 'retry-after': '86400' },
    body: { code: 'quota-exceeded', detail: 'You may upload 5 files a day.', status: 429 },
  });
  assert.deepEqual([error.code, error.phase, error.status, error.retry], ['quota-exceeded', 'sign', 429, 'never']);
  assert.match(error.message, /429 \(quota-exceeded\): You may upload 5 files a day\./);
  assert.deepEqual(asked, ['POST /sign']);
});

test('an endless answer is told as that of the signer', async () => {
  const { error } = await failure({ body: `{"a":"${'x'.repeat(200_000)}"}` });
  assert.equal(error.code, 'bad-signer-response');
  assert.match(error.message, /the signer answered with more than \d+ bytes; does the attribute endpoint name it\?/);
});
