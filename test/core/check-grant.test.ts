import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkGrant } from '../../widget/core/check-grant.ts';
import type { Grant } from '../../widget/core/sign.ts';

const grant = (url: string, fields: Record<string, unknown> = {}): Grant =>
  ({ id: '1', key: 'k', method: 'POST', url, fields }) as Grant;

for (const url of [
  'https://bucket.s3.amazonaws.com/',
  'http://localhost:9000/b',
  'http://127.0.0.1/b',
  'http://[::1]:9/b',
]) {
  test(`accepts the URL ${url}`, () => checkGrant(grant(url), undefined));
}

const refused: [name: string, grant: Grant, message: RegExp][] = [
  [
    'a URL without TLS',
    grant('http://bucket.example.com/'),
    /http:\/\/bucket\.example\.com, and files are only sent over https/,
  ],
  ['a javascript: URL', grant('javascript:alert(1)'), /only sent over https/],
  ['a relative URL', grant('/upload'), /not an absolute URL/],
  ['a host that looks local', grant('http://localhost.example.com/'), /only sent over https/],
  ['a field that is not a string', grant('https://s3.example.com/', { key: 1 }), /the field "key" is not a string/],
  ['a field with the name of the file', grant('https://s3.example.com/', { File: 'x' }), /named "file"/],
  [
    'too many fields',
    grant('https://s3.example.com/', Object.fromEntries(Array.from({ length: 41 }, (_, i) => [`f${i}`, '']))),
    /41 fields/,
  ],
  [
    'a field that is too long',
    grant('https://s3.example.com/', { policy: 'x'.repeat(8193) }),
    /"policy" has 8193 bytes/,
  ],
  [
    'a form of more bytes than S3 reads, boundaries included',
    grant('https://s3.example.com/', Object.fromEntries(['a', 'b', 'c'].map((name) => [name, 'x'.repeat(6700)]))),
    /20487 bytes, and S3 reads at most 20480/,
  ],
  [
    'an unknown method',
    { ...grant('https://s3.example.com/'), method: 'post' } as unknown as Grant,
    /method is "post"/,
  ],
  [
    'a grant without a method',
    { id: '1', key: 'k', url: 'https://s3.example.com/' } as unknown as Grant,
    /method is "undefined"/,
  ],
];
for (const [name, given, message] of refused) {
  test(`refuses ${name} and says why`, () =>
    assert.throws(() => checkGrant(given, undefined), { code: 'bad-signer-response', message }));
}

test('refuses a host that allowed-hosts does not name, without its query in the message', () => {
  const foreign = grant('https://evil.example.com/b?X-Amz-Signature=secret');
  assert.throws(
    () => checkGrant(foreign, ['bucket.s3.amazonaws.com']),
    (error: Error) => /evil\.example\.com.*allowed-hosts/.test(error.message) && !error.message.includes('secret'),
  );
  checkGrant(grant('https://bucket.s3.amazonaws.com/'), ['bucket.s3.amazonaws.com']);
});
