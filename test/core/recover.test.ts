import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { UploadError, type UploadErrorCode, type UploadErrorInit } from '../../widget/core/errors.ts';
import { lacksParts, type PartAttempts, type PartRecovery, recoverPart } from '../../widget/core/recover-part.ts';
import { type Attempts, recover, type Recovery } from '../../widget/core/recover.ts';
import { s3Error } from '../../widget/core/s3-error.ts';

/** The storage's response, as an error. */
const response = (status: number, s3Code = '', message = ''): UploadError =>
  s3Error(
    { status, text: `<Error><Code>${s3Code}</Code><Message>${message}</Message></Error>`, header: () => null },
    'upload',
  );

const failure = (code: UploadErrorCode, init: Partial<UploadErrorInit> = {}): UploadError =>
  new UploadError(code, code, { phase: 'upload', ...init });

const noResponse = failure('network', { retry: 'transient', sent: 'part' });
const noAnswer = failure('network', { retry: 'transient', sent: 'all' });
const policyExpired = response(403, 'AccessDenied', 'Invalid according to Policy: Policy expired.');
const urlExpired = response(403, 'AccessDenied', 'Request has expired');
const noSuchUpload = response(404, 'NoSuchUpload');

const multipart = { method: 'MULTIPART' } as const;
const after = (...recoveries: Recovery[]) => ({ recoveries });

/**
 * The policy of retries and failures, as far as it is decided for a file as a whole. The rules of one part follow below.
 * Rules 1, 9 and 28 are decided by the wait itself, and 31 to 34 concern no attempt. Two rules differ from the policy on
 * purpose:
 *
 * - 14: a clock that is off by more than 15 minutes gets one new signature from any signer, not only from Cognito. A signer may
 *   run on several machines, of which only one has a wrong clock, and the new signature costs one small request.
 * - 25: a 409 to a completion is treated as missing parts (21), because a signer of this project's contract means that by it.
 *   If the storage means a conflicting write, nothing is missing, and the completion is repeated once, which sends no part
 *   again. A 409 ConditionalRequestConflict to a PUT is repeated, as
 *   https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html recommends. After a 412, the
 *   object is looked up: an attempt without a response may have stored it.
 */
const RULES: readonly [rule: number, failure: string, error: UploadError, tried: Partial<Attempts>, Recovery][] = [
  [1, 'no response while offline', noResponse, {}, 'wait'],
  [2, 'no response while online', noResponse, {}, 'wait'],
  [3, 'no response to a POST that the page may read', failure('cors'), {}, 'use-put'],
  [3, 'the same at a storage that has stored a POST', failure('cors'), { isPostKnown: true }, 'fail'],
  [3, 'the same to a PUT', failure('cors'), { method: 'PUT' }, 'fail'],
  [3, 'the same to a POST although PUT was asked for', failure('cors'), { isPut: true }, 'fail'],
  [3, 'a page that blocks the request', failure('csp'), {}, 'fail'],
  [4, 'a request that the browser aborted', noResponse, {}, 'wait'],
  [5, 'no response after the last byte of a POST', failure('timeout', { retry: 'transient' }), {}, 'wait'],
  [7, 'a completion whose upload is gone', noSuchUpload, multipart, 'confirm'],
  [8, '500 InternalError', response(500, 'InternalError'), {}, 'wait'],
  [8, '502', response(502), {}, 'wait'],
  [8, '503 ServiceUnavailable', response(503, 'ServiceUnavailable'), {}, 'wait'],
  [8, '504', response(504), {}, 'wait'],
  [9, '503 SlowDown', response(503, 'SlowDown'), {}, 'wait'],
  [9, '429', response(429), {}, 'wait'],
  [10, '400 RequestTimeout', response(400, 'RequestTimeout'), {}, 'wait'],
  [10, '400 IncompleteBody', response(400, 'IncompleteBody'), {}, 'wait'],
  [11, 'an expired policy', policyExpired, {}, 'sign-again'],
  [11, 'an expired policy twice in a row', policyExpired, after('sign-again'), 'fail-signer-clock'],
  [11, 'an expired policy once more, later', policyExpired, after('sign-again', 'wait'), 'sign-again'],
  [12, 'an expired URL', urlExpired, { method: 'PUT' }, 'sign-again'],
  [12, 'an expired URL twice in a row', urlExpired, { method: 'PUT', ...after('sign-again') }, 'fail-signer-clock'],
  [13, 'a failed condition', response(403, 'AccessDenied', 'Policy Condition failed: ["eq", "$x", "y"]'), {}, 'fail'],
  [13, 'an extra field', response(403, 'AccessDenied', 'Extra input fields: x'), {}, 'fail'],
  [14, '403 RequestTimeTooSkewed', response(403, 'RequestTimeTooSkewed'), {}, 'sign-again'],
  [14, 'the same twice', response(403, 'RequestTimeTooSkewed'), after('sign-again'), 'fail-signer-clock'],
  [15, '400 ExpiredToken', response(400, 'ExpiredToken'), {}, 'sign-again'],
  [15, '400 InvalidToken', response(400, 'InvalidToken'), {}, 'sign-again'],
  [15, '403 InvalidAccessKeyId', response(403, 'InvalidAccessKeyId'), {}, 'sign-again'],
  [16, '403 SignatureDoesNotMatch', response(403, 'SignatureDoesNotMatch'), {}, 'fail'],
  [17, '400 EntityTooLarge', response(400, 'EntityTooLarge'), {}, 'fail'],
  [17, '400 EntityTooSmall', response(400, 'EntityTooSmall'), {}, 'fail'],
  [18, '400 BadDigest', response(400, 'BadDigest'), {}, 'wait-and-sign'],
  [18, '400 InvalidDigest', response(400, 'InvalidDigest'), {}, 'wait-and-sign'],
  [18, 'a wrong checksum', response(400, 'XAmzContentChecksumMismatch'), {}, 'wait-and-sign'],
  [18, 'a wrong checksum of the whole object', response(400, 'BadDigest'), multipart, 'wait'],
  [19, 'a part whose upload is gone', noSuchUpload, multipart, 'confirm'],
  [19, 'the same after a restart', noSuchUpload, { ...multipart, ...after('confirm', 'wait') }, 'fail'],
  [20, 'a file that has changed', failure('file-changed'), {}, 'fail'],
  [22, 'a completion with too small a part', response(400, 'EntityTooSmall'), multipart, 'fail'],
  [23, 'a part without its ETag', failure('cors'), multipart, 'fail'],
  [24, '301 PermanentRedirect', response(301, 'PermanentRedirect'), {}, 'fail'],
  [24, '400 AuthorizationHeaderMalformed', response(400, 'AuthorizationHeaderMalformed'), {}, 'fail'],
  [25, '412 PreconditionFailed to a POST', response(412, 'PreconditionFailed'), {}, 'confirm'],
  [25, '412 PreconditionFailed to a PUT', response(412, 'PreconditionFailed'), { method: 'PUT' }, 'confirm'],
  [25, 'a 412 without a code', response(412), { method: 'PUT' }, 'confirm'],
  [25, 'PreconditionFailed with another status', response(400, 'PreconditionFailed'), { method: 'PUT' }, 'confirm'],
  [25, 'a second 412', response(412, 'PreconditionFailed'), after('confirm'), 'fail'],
  [25, 'a signer that does not sign what is stored', failure('already-stored', { phase: 'sign' }), {}, 'confirm'],
  [25, '409 ConditionalRequestConflict to a POST', response(409, 'ConditionalRequestConflict'), {}, 'wait'],
  [25, 'the same to a PUT', response(409, 'ConditionalRequestConflict'), { method: 'PUT' }, 'wait'],
  [25, 'the same to a completion', response(409, 'ConditionalRequestConflict'), multipart, 'wait'],
  [29, 'a check that refuses the stored file', failure('file-refused', { phase: 'finalize', status: 422 }), {}, 'fail'],
  [29, 'an object that differs', failure('object-differs', { phase: 'finalize', status: 422 }), multipart, 'fail'],
  [26, 'a signer without a response in all attempts', failure('signer-unreachable', { phase: 'sign' }), {}, 'fail'],
  [27, 'a signer that wants a sign-in', failure('auth-required', { phase: 'sign', status: 401 }), {}, 'fail'],
  [29, 'a signer that refuses the file', failure('signer-refused', { phase: 'sign', status: 422 }), {}, 'fail'],
  [30, 'a response that no signer sends', failure('bad-signer-response', { phase: 'sign' }), {}, 'fail'],
];

/** The rules that are decided for one part of a multipart upload. */
const PART_RULES: readonly [
  rule: number,
  failure: string,
  error: UploadError,
  tried: Partial<PartAttempts>,
  PartRecovery,
][] = [
  [2, 'no response before the last byte', noResponse, {}, 'wait-and-sign'],
  [6, 'no response after the last byte', noAnswer, {}, 'look-up'],
  [6, 'no response and no progress', failure('timeout', { retry: 'transient', sent: 'unknown' }), {}, 'look-up'],
  [6, 'a response of a proxy', failure('network', { retry: 'transient', sent: 'all', status: 200 }), {}, 'look-up'],
  [8, '500 InternalError', response(500, 'InternalError'), {}, 'wait'],
  [9, '503 SlowDown', response(503, 'SlowDown'), {}, 'wait'],
  [12, 'an expired URL', urlExpired, {}, 'sign-again'],
  [12, 'an expired URL twice in a row', urlExpired, { previous: 'sign-again' }, 'fail'],
  [12, 'an expired URL once more, later', urlExpired, { previous: 'wait' }, 'sign-again'],
  [16, '403 SignatureDoesNotMatch', response(403, 'SignatureDoesNotMatch'), {}, 'fail'],
  [18, '400 BadDigest', response(400, 'BadDigest'), {}, 'wait-and-sign'],
  [19, '404 NoSuchUpload', noSuchUpload, {}, 'fail'],
  [20, 'a file that has changed', failure('file-changed'), {}, 'fail'],
];

describe('A part after a failed attempt', () => {
  for (const [rule, name, error, tried, recovery] of PART_RULES) {
    test(`rule ${rule}: ${name} → ${recovery}`, () => assert.equal(recoverPart(error, tried), recovery));
  }
});

test('A completion sends missing parts once more after a 409 or 422 (rule 21)', () => {
  for (const [status, expected] of [
    [409, true],
    [422, true],
    [400, false],
    [404, false],
    [500, false],
  ] as const) {
    assert.equal(lacksParts(response(status)), expected, String(status));
  }
  for (const code of ['already-stored', 'object-differs', 'file-refused'] as const) {
    assert.equal(lacksParts(failure(code, { status: 422 })), false, code);
  }
});

describe('An upload after a failed attempt', () => {
  for (const [rule, name, error, tried, recovery] of RULES) {
    test(`chooses "${recovery}" for ${name} (rule ${rule})`, () =>
      assert.equal(recover(error, { method: 'POST', isPut: false, recoveries: [], ...tried }), recovery));
  }

  for (const status of [405, 501]) {
    const error = response(status, 'NotImplemented');
    test(`uses PUT after a ${status} to a POST`, () =>
      assert.equal(recover(error, { method: 'POST', isPut: false, recoveries: [] }), 'use-put'));
    test(`fails after a ${status} to the POST of a signer that was asked for PUT`, () =>
      assert.equal(recover(error, { method: 'POST', isPut: true, recoveries: ['use-put'] }), 'fail'));
    test(`fails after a ${status} to a PUT`, () =>
      assert.equal(recover(error, { method: 'PUT', isPut: true, recoveries: [] }), 'fail'));
  }
});
