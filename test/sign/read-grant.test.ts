import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isUploadError } from '../../widget/core/index.ts';
import { readGrant } from '../../widget/sign/read-grant.ts';

const file = { id: '7', name: 'cat.jpg', size: 3, type: 'image/jpeg' };
const policy = btoa('{"expiration":"2026-01-01T00:15:00Z","conditions":[]}');
const url = 'https://bucket.s3.amazonaws.com/';
const presigned = `${url}a/cat%20b.jpg?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=120&X-Amz-Signature=00`;

describe('readGrant', () => {
  // Answers as in the documentation and the packages of their backends.
  for (const [source, answer, expected] of [
    [
      '@aws-sdk/s3-presigned-post',
      { url, fields: { key: 'a/b', 'X-Amz-Date': '20260101T000000Z', Policy: policy, 'X-Amz-Signature': '0' } },
      { method: 'POST', key: 'a/b', lifetime: 900_000 },
    ],
    [
      'boto3',
      { url, fields: { key: 'a/b', 'x-amz-date': '20260101T000500Z', policy, 'x-amz-signature': '0' } },
      { method: 'POST', key: 'a/b', lifetime: 600_000 },
    ],
    [
      "Shrine's POST",
      { method: 'post', url, fields: { key: 'cache/1.jpg', policy }, headers: {} },
      { method: 'POST', key: 'cache/1.jpg' },
    ],
    [
      "Shrine's PUT",
      { method: 'put', url: presigned, fields: {}, headers: { 'Content-Type': 'image/jpeg' } },
      { method: 'PUT', key: 'a/cat b.jpg', lifetime: 120_000, headers: { 'Content-Type': 'image/jpeg' } },
    ],
    ['Companion', { method: 'POST', url, fields: { key: 'k' }, expires: 800 }, { method: 'POST', lifetime: 800_000 }],
    ['a route with a URL alone', { url: presigned }, { method: 'PUT', headers: {}, lifetime: 120_000 }],
    ['a route with signedUrl', { signedUrl: presigned, key: 'given' }, { method: 'PUT', key: 'given' }],
    ['a route with the field KEY', { url, fields: { KEY: 'a/${filename}' } }, { method: 'POST', key: 'a/${filename}' }],
    [
      "Laravel's temporaryUploadUrl",
      { url: presigned, headers: { Host: ['bucket.s3.amazonaws.com'], 'x-amz-acl': ['private'] } },
      { method: 'PUT', headers: { Host: 'bucket.s3.amazonaws.com', 'x-amz-acl': 'private' } },
    ],
    ['a route with a null header', { url: presigned, headers: { Expires: null } }, { method: 'PUT', headers: {} }],
    ['PHP without headers and fields', { url: presigned, headers: [], fields: [] }, { method: 'PUT', headers: {} }],
    [
      'boto3 with a number and a boolean',
      { url, fields: { key: 'k', success_action_status: 201, 'x-amz-meta-draft': true } },
      { method: 'POST', fields: { key: 'k', success_action_status: '201', 'x-amz-meta-draft': 'true' } },
    ],
    ['a route with a % in the path that is not an escape', { url: `${url}100%` }, { method: 'PUT', key: '100%' }],
  ] as const) {
    it(`reads the answer of ${source}`, () => {
      const grant = readGrant(answer, file);
      assert.equal(grant.id, '7');
      assert.deepEqual(Object.fromEntries(Object.keys(expected).map((name) => [name, grant[name as 'id']])), expected);
      if ('fields' in answer && 'fields' in grant && !('fields' in expected))
        assert.deepEqual(grant.fields, answer.fields, 'fields are sent verbatim');
    });
  }

  for (const [answer, message] of [
    [{ uploadURL: url, id: 1 }, /the members \[uploadURL, id\]; expected: url and fields, or url \(or signedUrl\)/],
    [{}, /the members \[\]/],
    [{ url: 'not a url' }, /the members \[url\]/],
    [{ url: 7 }, /the members \[url\]/],
    [{ url, fields: { policy } }, /the members \[policy\]; expected: the form fields as texts, key among them/],
    [{ url, fields: { key: 'a', policy: {} } }, /the members \[key, policy\]; expected: the form fields as texts/],
    [{ url, method: 'POST' }, /the members \[url, method\]; expected: url and fields/],
    [{ url, method: 'DELETE' }, /the members \[url, method\]/],
    [{ url, headers: { a: [{}] } }, /the members \[url, headers\]/],
  ] as const) {
    it(`names the members of ${JSON.stringify(answer).slice(0, 60)} in the error, and not their values`, () => {
      assert.throws(
        () => readGrant(answer, file),
        (error) => {
          assert(isUploadError(error) && error.code === 'bad-signer-response');
          assert.match(error.message, message);
          assert(!error.message.includes('amazonaws'));
          return true;
        },
      );
    });
  }
});
