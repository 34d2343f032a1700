import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { Uploader, type UploaderEvents } from '../../widget/core/index.ts';
import { UploadError } from '../../widget/core/errors.ts';
import type { Transport } from '../../widget/core/http.ts';
import { redact } from '../../widget/core/redact.ts';
import { s3Error } from '../../widget/core/s3-error.ts';
import type { Grant, MultipartGrant } from '../../widget/core/sign.ts';
import { resultOf } from '../../widget/core/stored-result.ts';
import { MiB, textFile, videoFile } from '../fixtures/files.ts';

const SIGNATURE = '3f9a0c5e7d1b2846'.repeat(4);
const POLICY = Buffer.from(JSON.stringify({ expiration: '2026-01-01T00:00:00Z', conditions: [] })).toString('base64');
const SPACED_POLICY = Buffer.from('{ "expiration": "2026-01-01T00:00:00Z" }').toString('base64');
const SECRET_KEY = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const CREDENTIAL = 'AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/s3/aws4_request';
const TICKET = `t1.${Buffer.from('{"key":"in/a.jpg"}').toString('base64url')}.${SIGNATURE}`;

/** How servers repeat what must stay secret, each with the parts that no message may have. */
const SECRETS: readonly [how: string, text: string, ...secrets: string[]][] = [
  [
    'a presigned URL',
    `GET https://b.s3.amazonaws.com/k?X-Amz-Credential=${encodeURIComponent(CREDENTIAL)}&X-Amz-Security-Token=Fwo%2BGZ&X-Amz-Signature=${SIGNATURE} failed`,
    ...['AKIAIOSFODNN7EXAMPLE', 'Fwo', SIGNATURE],
  ],
  ['a URL within a URL', `to=https%3A%2F%2Fb%2Fk%3FX-Amz-Signature%3D${SIGNATURE}%26a`, SIGNATURE],
  ['a URL of CloudFront', `https://d.example/k?Policy=${POLICY}&Signature=a~bc-d_&Key-Pair-Id=K1`, POLICY, 'a~bc-d_'],
  ['the fields of a form', JSON.stringify({ policy: POLICY, 'x-amz-signature': SIGNATURE }), POLICY, SIGNATURE],
  ['JSON within JSON', JSON.stringify(JSON.stringify({ 'X-Amz-Credential': CREDENTIAL })), 'AKIAIOSFODNN7EXAMPLE'],
  ['XML', `&lt;Signature>${SIGNATURE}&lt;/Signature>`, SIGNATURE],
  ['a sentence', `the signature ${SIGNATURE} does not match`, SIGNATURE],
  ['a ticket', `unknown ticket ${TICKET}`, TICKET.slice(3, 20), SIGNATURE],
  ['an encoded ticket', `%7B%22t%22%3A%22${TICKET}%22`, TICKET.slice(3, 20), SIGNATURE],
  ['a ticket on a line of its own', JSON.stringify(`no:\n${TICKET}`), TICKET.slice(3, 20), SIGNATURE],
  ['a signature in words', `it should be ${SIGNATURE}`, SIGNATURE],
  ['a ticket alone', TICKET, TICKET.slice(3, 20), SIGNATURE],
  ['a policy alone', `Invalid: ${POLICY}`, POLICY],
  ['a policy with spaces', `Invalid: ${SPACED_POLICY}`, SPACED_POLICY],
  ['a signature after a letter', `x${SIGNATURE} or _${SIGNATURE}`, SIGNATURE],
  ['a ticket after a letter', `unknown_${TICKET}`, TICKET.slice(3, 20), SIGNATURE],
  ['keys of Cognito', JSON.stringify({ SecretKey: SECRET_KEY, SessionToken: SECRET_KEY }), SECRET_KEY],
  ['a header', `Authorization: Bearer ${SECRET_KEY}`, SECRET_KEY],
];

describe('An error', () => {
  for (const [how, text, ...secrets] of SECRETS) {
    it(`has none of the secrets in ${how}`, async () => {
      const refused = await errorOf((id) => ({ id, error: { code: text, message: text } }));
      const errors = [
        new UploadError('unknown', redact(text), { phase: 'sign' }),
        refused,
        s3Error(
          {
            status: 403,
            text: `<Error><Code>${text}</Code><Message>${text}</Message><RequestId>${text}</RequestId></Error>`,
            header: () => text,
          },
          'upload',
        ),
      ];
      for (const { message, s3Code = '', requestId = '' } of errors) {
        for (const secret of secrets) assert(!`${message} ${s3Code} ${requestId}`.includes(secret), message);
      }
    });
  }

  for (const text of [
    'Invalid according to Policy: Policy expired.',
    'Invalid according to Policy: Policy Condition failed: ["eq", "$Content-Type", "image/png"]',
    'The request signature we calculated does not match the signature you provided.',
    'ticket: this file is uploaded in one request, not in parts.',
    'the file in/ann/2f1c3b1e-7a5d-4a53-9c37-0d2d1c1f9a11.jpg at https://b.example:9000/b is stored',
  ]) {
    it(`keeps the words "${text}"`, () => {
      assert.equal(redact(text), text);
    });
  }
});

describe('A result', () => {
  for (const location of [
    'javascript:alert(1)',
    ' javascript:alert(1)',
    'data:text/html,x',
    'blob:https://a/b',
    '//a/b',
    'https://',
  ]) {
    it(`is refused with the location "${location}"`, () => {
      assert.throws(() => resultOf({ key: 'k', location }), { code: 'bad-signer-response' });
    });
  }

  for (const location of [
    `https://b.example/k?X-Amz-Signature=${SIGNATURE}`,
    `https://b.example/k?X-Amz-Credential=${CREDENTIAL}&X-Amz-Security-Token=a`,
    `https://b.example/k#X-Amz-Signature=${SIGNATURE}`,
    'https://b.example/k?sv=1&sig=abc',
    'https://name:word@b.example/k',
  ]) {
    it(`has the origin and path of the location "${location}"`, () => {
      assert.equal(resultOf({ key: 'k', location }).location, 'https://b.example/k');
    });
  }

  it('has the whole location without a secret', () => {
    const location = 'https://b.example/ann@home/k?versionId=1#top';
    assert.equal(resultOf({ key: 'k', location }).location, location);
  });
});

const fail: Transport = () => Promise.reject(new Error('nothing must be sent'));

/** The detail of the `upload-error` of a file that is granted like this. */
async function errorOf(
  grant: (id: string) => unknown,
  { file = textFile(), send = fail, allowedHosts = [] as string[] } = {},
): Promise<UploaderEvents['upload-error']> {
  const uploader = new Uploader({
    sign: async (files) => files.map(({ id }) => grant(id) as Grant),
    send,
    allowedHosts,
  });
  const error = new Promise<UploaderEvents['upload-error']>((resolve) =>
    uploader.addEventListener('upload-error', ({ detail }) => resolve(detail)),
  );
  await uploader.add([file]);
  const detail = await error;
  uploader.destroy();
  return detail;
}

describe('A signer that the page should not trust', () => {
  for (const limit of ['5', -1, NaN, Infinity, {}, null, [7]]) {
    it(`sets no limit with ${inspect(limit)}`, async () => {
      const { code, limit: shown } = await errorOf((id) => ({ id, error: { code: {}, message: ['a'], limit } }));
      assert.deepEqual([code, shown], ['signer-refused', undefined]);
    });
  }

  for (const partSize of [1, 0.5, -1, '5242880']) {
    it(`grants no parts of ${JSON.stringify(partSize)} bytes`, async () => {
      const grant = (id: string): MultipartGrant => ({
        ...{ id, key: 'k', method: 'MULTIPART', partSize: partSize as number },
        signParts: () => Promise.reject(new Error('not called')),
        listParts: () => Promise.resolve([]),
        complete: () => Promise.reject(new Error('not called')),
        abort: () => Promise.resolve(),
      });
      const { code } = await errorOf(grant, { file: videoFile(12 * MiB) });
      assert.equal(code, 'bad-signer-response');
    });
  }
});

describe('A signed URL with a user name or password', () => {
  for (const method of ['POST', 'PUT'] as const) {
    for (const url of ['https://anna:sesame@b.example/k', 'https://anna@b.example/k', 'https://:sesame@b.example/k']) {
      it(`gets no file: ${method} ${url}`, async () => {
        const { code, message } = await errorOf((id) => ({ id, key: 'k', method, url, fields: { key: 'k' } }));
        assert.equal(code, 'bad-signer-response');
        assert.doesNotMatch(message, /anna|sesame/);
      });
    }
  }
});

describe('With allowed hosts, a file that another host has answered', () => {
  const put = (id: string) => ({ id, key: 'k', method: 'PUT', url: 'https://first.example:9000/k' });
  for (const [how, status, text, url] of [
    ['with success', 201, '', 'https://second.example/k'],
    ['with an error of S3', 503, '<Error><Code>SlowDown</Code></Error>', 'https://second.example/k'],
    ['with a page', 200, '<!doctype html>', 'https://second.example/k'],
    ['at another port', 201, '', 'https://first.example:8443/k'],
    ['without TLS', 201, '', 'http://first.example:9000/k'],
  ] as const) {
    it(`fails ${how}, and is not sent again`, async () => {
      let sent = 0;
      const send: Transport = async (_request, { onSent }) => {
        sent += 1;
        onSent();
        return { status, text, url, header: () => null };
      };
      const { code, message } = await errorOf(put, { send, allowedHosts: ['first.example:9000'] });
      assert.deepEqual([code, sent], ['bad-signer-response', 1]);
      assert.match(message, /goes to (http:\/\/first|second|first\.example:8443)/);
    });
  }
});
