import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkGrant } from '../../widget/core/check-grant.ts';
import type { Grant } from '../../widget/core/sign.ts';

const postGrant = (url: string, fields: Record<string, unknown> = {}): Grant =>
  ({ id: '1', key: 'k', method: 'POST', url, fields }) as Grant;

const refused: [name: string, grant: Grant, message: RegExp][] = [
  [
    'a URL without TLS',
    postGrant('http://bucket.example.com/'),
    /http:\/\/bucket\.example\.com, and files are only sent over https/,
  ],
  ['a javascript: URL', postGrant('javascript:alert(1)'), /only sent over https/],
  ['a relative URL', postGrant('/upload'), /not an absolute URL/],
  ['a host that looks local', postGrant('http://localhost.example.com/'), /only sent over https/],
  ['a field that is not a string', postGrant('https://s3.example.com/', { key: 1 }), /the field "key" is not a string/],
  ['a field with the name of the file', postGrant('https://s3.example.com/', { File: 'x' }), /named "file"/],
  [
    'a field with a line feed, for which forms send two characters',
    postGrant('https://s3.example.com/', { 'x-amz-meta-caption': 'one\ntwo' }),
    /"x-amz-meta-caption" has a line break/,
  ],
  [
    'a field with a lone carriage return',
    postGrant('https://s3.example.com/', { a: 'one\rtwo' }),
    /"a" has a line break/,
  ],
  [
    'too many fields',
    postGrant('https://s3.example.com/', Object.fromEntries(Array.from({ length: 41 }, (_, i) => [`f${i}`, '']))),
    /41 fields/,
  ],
  [
    'a field that is too long',
    postGrant('https://s3.example.com/', { policy: 'x'.repeat(8193) }),
    /"policy" has 8193 bytes/,
  ],
  [
    'a form of more bytes than S3 reads, boundaries included',
    postGrant('https://s3.example.com/', Object.fromEntries(['a', 'b', 'c'].map((name) => [name, 'x'.repeat(6700)]))),
    /20487 bytes, and S3 reads at most 20480/,
  ],
  [
    'an unknown method',
    { ...postGrant('https://s3.example.com/'), method: 'post' } as unknown as Grant,
    /method is "post"/,
  ],
  [
    'a grant without a method',
    { id: '1', key: 'k', url: 'https://s3.example.com/' } as unknown as Grant,
    /method is "undefined"/,
  ],
];

describe('checkGrant', () => {
  for (const url of [
    'https://bucket.s3.amazonaws.com/',
    'http://localhost:9000/b',
    'http://127.0.0.1/b',
    'http://[::1]:9/b',
  ]) {
    it(`accepts the URL ${url}`, () => checkGrant(postGrant(url), undefined));
  }
  for (const [name, grant, message] of refused) {
    it(`refuses ${name} and says why`, () =>
      assert.throws(() => checkGrant(grant, undefined), { code: 'bad-signer-response', message }));
  }

  it('accepts a field whose line breaks are those of a form', () =>
    checkGrant(postGrant('https://s3.example.com/', { a: 'one\r\ntwo\r\n' }), undefined));

  for (const [page, isAllowed] of [
    ['http:', true],
    ['https:', false],
    ['capacitor:', false],
    ['blob:', false],
  ] as const) {
    it(`${isAllowed ? 'accepts' : 'refuses'} a URL without TLS on a page that came over ${page}`, () => {
      const original = Object.getOwnPropertyDescriptor(globalThis, 'location');
      Object.defineProperty(globalThis, 'location', { value: { protocol: page }, configurable: true });
      try {
        const check = () => checkGrant(postGrant('http://minio.test:9000/'), undefined);
        if (isAllowed) check();
        else
          assert.throws(check, {
            code: 'bad-signer-response',
            message: /only sent over https, unless the page itself/,
          });
        assert.throws(() => checkGrant(postGrant('ftp://minio.test/'), undefined), { code: 'bad-signer-response' });
      } finally {
        if (original) Object.defineProperty(globalThis, 'location', original);
        else Reflect.deleteProperty(globalThis, 'location');
      }
    });
  }

  it('refuses a host that allowed-hosts does not name, without its query in the message', () => {
    const foreign = postGrant('https://evil.example.com/b?X-Amz-Signature=secret');
    assert.throws(
      () => checkGrant(foreign, ['bucket.s3.amazonaws.com']),
      (error: Error) => /evil\.example\.com.*allowed-hosts/.test(error.message) && !error.message.includes('secret'),
    );
    checkGrant(postGrant('https://bucket.s3.amazonaws.com/'), ['bucket.s3.amazonaws.com']);
  });
});
