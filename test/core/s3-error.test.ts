import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { retryAfter, s3Error, xmlText } from '../../widget/core/s3-error.ts';
import { s3ErrorXml } from '../fixtures/s3-error-xml.ts';

const response = (status: number, text = '', headers: Record<string, string> = {}) => ({
  status,
  text,
  header: (name: string) => headers[name.toLowerCase()] ?? null,
});
/** A response of the storage, its meaning, and whether to retry. */
const rows: [name: string, status: number, body: string, code: string, retry: string][] = [
  ['InternalError', 500, s3ErrorXml('InternalError'), 'storage-busy', 'transient'],
  ['a bare 502', 502, '<html>', 'storage-busy', 'transient'],
  ['SlowDown', 503, s3ErrorXml('SlowDown'), 'storage-busy', 'throttle'],
  ['a bare 429', 429, '', 'storage-busy', 'throttle'],
  ['RequestTimeout', 400, s3ErrorXml('RequestTimeout'), 'storage-busy', 'transient'],
  [
    'an expired policy on AWS',
    403,
    s3ErrorXml('AccessDenied', 'Invalid according to Policy: Policy expired.'),
    'expired',
    'sign-again',
  ],
  ['an expired policy on Ceph', 403, s3ErrorXml('AccessDenied', 'Policy expired'), 'expired', 'sign-again'],
  ['an expired URL', 403, s3ErrorXml('AccessDenied', 'Request has expired'), 'expired', 'sign-again'],
  ['an expired token', 400, s3ErrorXml('ExpiredToken'), 'expired', 'sign-again'],
  [
    'an expired URL on R2',
    400,
    s3ErrorXml('ExpiredRequest', 'Presigned URL or request signature has expired.'),
    'expired',
    'sign-again',
  ],
  ['an expired URL that only its code names', 400, s3ErrorXml('ExpiredRequest'), 'expired', 'sign-again'],
  [
    'an expired URL on Ozone',
    400,
    s3ErrorXml('MalformedHeader', 'Pre-signed S3 url is expired'),
    'expired',
    'sign-again',
  ],
  [
    'an expired URL on Garage',
    400,
    s3ErrorXml('InvalidRequest', 'Bad request: Date is too old'),
    'expired',
    'sign-again',
  ],
  [
    'a lifetime that is too long, which is no expiry',
    400,
    s3ErrorXml('AuthorizationQueryParametersError', 'X-Amz-Expires must be less than a week (in seconds)'),
    'storage-config',
    'never',
  ],
  ['a malformed header', 400, s3ErrorXml('MalformedHeader', 'Bad header'), 'storage-refused', 'never'],
  [
    'a wrong clock under another code',
    403,
    s3ErrorXml('AccessDenied', 'The time of the request is too skewed'),
    'signer-clock',
    'sign-again',
  ],
  ['a conflicting write', 409, s3ErrorXml('ConditionalRequestConflict'), 'storage-busy', 'transient'],
  ['an object that exists already', 412, s3ErrorXml('PreconditionFailed'), 'already-stored', 'never'],
  [
    'a failed condition',
    403,
    s3ErrorXml('AccessDenied', 'Policy Condition failed: ["eq", "$x", "y"]'),
    'storage-refused',
    'never',
  ],
  ['a wrong signature', 403, s3ErrorXml('SignatureDoesNotMatch'), 'storage-refused', 'never'],
  [
    'a wrong clock, which another signature may fix',
    403,
    s3ErrorXml('RequestTimeTooSkewed'),
    'signer-clock',
    'sign-again',
  ],
  [
    'too large',
    400,
    s3ErrorXml('EntityTooLarge', '', '<MaxSizeAllowed>10</MaxSizeAllowed>'),
    'file-too-large',
    'never',
  ],
  ['too small', 400, s3ErrorXml('EntityTooSmall', '', '<MinSizeAllowed>5</MinSizeAllowed>'), 'file-too-small', 'never'],
  ['damaged bytes', 400, s3ErrorXml('BadDigest'), 'corrupt', 'transient'],
  ['no such upload', 404, s3ErrorXml('NoSuchUpload'), 'upload-lost', 'never'],
  ['no such bucket', 404, s3ErrorXml('NoSuchBucket'), 'storage-config', 'never'],
  ['another region', 301, s3ErrorXml('PermanentRedirect'), 'storage-config', 'never'],
  [
    'a signature for another region',
    400,
    s3ErrorXml('AuthorizationQueryParametersError', "the region 'x' is wrong; expecting 'y'"),
    'storage-config',
    'never',
  ],
  ['POST not implemented', 501, s3ErrorXml('NotImplemented'), 'storage-config', 'never'],
  ['a code that is a member of every object', 400, s3ErrorXml('constructor'), 'storage-refused', 'never'],
];

describe('The reader of storage responses', () => {
  for (const [name, status, body, code, retry] of rows) {
    it(`reads ${name} as ${code}, ${retry}`, () => {
      const error = s3Error(response(status, body), 'upload');
      assert.deepEqual([error.code, error.retry, error.status], [code, retry, status]);
    });
  }

  it('reads the limit and the request id from the response', () => {
    const error = s3Error(
      response(400, s3ErrorXml('EntityTooLarge', 'm', '<MaxSizeAllowed>10</MaxSizeAllowed>')),
      'upload',
    );
    assert.deepEqual([error.limit, error.requestId, error.s3Code], [10, 'R1', 'EntityTooLarge']);
  });

  it('unescapes the quotes of an ETag in XML', () => {
    assert.equal(xmlText('<ETag>&quot;abc&quot;</ETag>', 'ETag'), '"abc"');
    assert.equal(xmlText('<ETag>&#34;abc&#34;</ETag>', 'ETag'), '"abc"');
  });

  it('reads only the first 16 KiB of a response', () => {
    assert.equal(xmlText(`${'x'.repeat(20_000)}<Code>Late</Code>`, 'Code'), undefined);
  });

  it('reads Retry-After in seconds, in milliseconds and as a date, and ignores any other', () => {
    assert.equal(retryAfter(response(503, '', { 'retry-after': '3' })), 3000);
    assert.equal(retryAfter(response(503, '', { 'x-amz-retry-after': '250' })), 250);
    const soon = retryAfter(response(503, '', { 'retry-after': new Date(Date.now() + 5000).toUTCString() }))!;
    assert.ok(soon > 3000 && soon <= 5000, String(soon));
    assert.equal(retryAfter(response(503, '', { 'retry-after': 'soon' })), undefined);
    assert.equal(retryAfter(response(503)), undefined);
  });
});
