import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkPut } from '../../widget/core/check-put.ts';

const url = 'https://s3.example.com/b/k?X-Amz-SignedHeaders=date%3Bhost&X-Amz-Signature=secret';

describe('checkPut', () => {
  for (const [name, headers, sent] of [
    ['the signed headers', { 'Content-Type': 'text/plain' }, { 'Content-Type': 'text/plain' }],
    ['no header that the browser sends by itself', { Host: 'h', 'Content-Length': '3', connection: 'close' }, {}],
    ['no unsigned header that a browser refuses', { Cookie: 'a', Expect: '100-continue', 'Sec-Fetch-Mode': 'x' }, {}],
    ['lists, numbers and booleans as texts', { a: ['1', '2'], b: 3, c: true }, { a: '1, 2', b: '3', c: 'true' }],
    ['no null', { a: null, b: undefined }, {}],
    ['Latin-1', { 'x-amz-meta-a': 'Zürich' }, { 'x-amz-meta-a': 'Zürich' }],
  ] as const) {
    it(`lets ${name} through`, () => assert.deepEqual(checkPut(url, headers, 3), sent));
  }

  for (const [name, headers, message] of [
    ['Greek', { 'x-amz-meta-title': 'Αναφορά' }, /"x-amz-meta-title" .*percent-encode the value, .*RFC 2047/],
    ['an emoji', { 'x-amz-meta-title': '😀' }, /"x-amz-meta-title"/],
    ['a line break', { 'x-amz-meta-title': 'one\ntwo' }, /"x-amz-meta-title"/],
    ['NUL', { 'x-amz-meta-title': 'a\0b' }, /"x-amz-meta-title"/],
    ['an invalid name', { 'x-amz-meta-größe': '1' }, /"x-amz-meta-größe" is not a name of a header/],
    ['an empty name', { '': '1' }, /"" is not a name/],
    ['a signed header that no page may send', { Date: 'today' }, /"Date" is signed, and browsers let no page send it/],
  ] as const) {
    it(`refuses a header with ${name}, and names it`, () =>
      assert.throws(
        () => checkPut(url, headers, 3),
        (error: Error & { code: string }) =>
          error.code === 'bad-signer-response' && message.test(error.message) && !error.message.includes('secret'),
      ));
  }

  for (const [name, value] of [
    ['x-amz-checksum-crc32', 'AAAAAA=='],
    ['x-amz-checksum-crc32c', 'AAAAAA=='],
    ['X-Amz-Checksum-Crc64nvme', 'AAAAAAAAAAA='],
    ['x-amz-checksum-sha1', '2jmj7l5rSw0yVb/vlWAYkK/YBwk='],
    ['x-amz-checksum-sha256', '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='],
    ['Content-MD5', '1B2M2Y8AsgTpgAmY7PhCfg=='],
  ] as const) {
    const signed = `https://s3.example.com/b/k?${new URLSearchParams({ [name]: value, 'x-amz-sdk-checksum-algorithm': 'X' })}`;
    it(`refuses a URL whose ${name} is that of an empty file, unless the file is empty`, () => {
      assert.throws(() => checkPut(signed, {}, 3), {
        code: 'bad-signer-response',
        message: /checksum of an empty file .*requestChecksumCalculation: 'WHEN_REQUIRED'/,
      });
      assert.deepEqual(checkPut(signed, {}, 0), {});
    });
  }

  it('accepts the checksum of the file itself', () => {
    assert.deepEqual(checkPut('https://s3.example.com/b/k?x-amz-checksum-crc32=y%2FQ5Jg%3D%3D', {}, 9), {});
  });
});
