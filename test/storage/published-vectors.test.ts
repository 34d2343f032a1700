import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { assertPolicySatisfied, parsePolicy } from '../../demo/storage/auth/post-policy.ts';
import { startDigest, type ChecksumAlgorithm } from '../../demo/storage/protocol/checksums.ts';
import { parseCredential, sign, signingKey } from '../../demo/storage/auth/sigv4.ts';
import { policySignature } from '../fixtures/sigv4.ts';
import { MiB } from '../fixtures/files.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-post-example.html: signed with CRLF line ends. */
const awsPolicy =
  'eyAiZXhwaXJhdGlvbiI6ICIyMDE1LTEyLTMwVDEyOjAwOjAwLjAwMFoiLA0KICAiY29uZGl0aW9ucyI6IFsNCiAgICB7ImJ1Y2tldCI6ICJzaWd2NGV4YW1w' +
  'bGVidWNrZXQifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRrZXkiLCAidXNlci91c2VyMS8iXSwNCiAgICB7ImFjbCI6ICJwdWJsaWMtcmVhZCJ9LA0KICAg' +
  'IHsic3VjY2Vzc19hY3Rpb25fcmVkaXJlY3QiOiAiaHR0cDovL3NpZ3Y0ZXhhbXBsZWJ1Y2tldC5zMy5hbWF6b25hd3MuY29tL3N1Y2Nlc3NmdWxfdXBsb2Fk' +
  'Lmh0bWwifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRDb250ZW50LVR5cGUiLCAiaW1hZ2UvIl0sDQogICAgeyJ4LWFtei1tZXRhLXV1aWQiOiAiMTQzNjUx' +
  'MjM2NTEyNzQifSwNCiAgICB7IngtYW16LXNlcnZlci1zaWRlLWVuY3J5cHRpb24iOiAiQUVTMjU2In0sDQogICAgWyJzdGFydHMtd2l0aCIsICIkeC1hbXot' +
  'bWV0YS10YWciLCAiIl0sDQoNCiAgICB7IngtYW16LWNyZWRlbnRpYWwiOiAiQUtJQUlPU0ZPRE5ON0VYQU1QTEUvMjAxNTEyMjkvdXMtZWFzdC0xL3MzL2F3' +
  'czRfcmVxdWVzdCJ9LA0KICAgIHsieC1hbXotYWxnb3JpdGhtIjogIkFXUzQtSE1BQy1TSEEyNTYifSwNCiAgICB7IngtYW16LWRhdGUiOiAiMjAxNTEyMjlU' +
  'MDAwMDAwWiIgfQ0KICBdDQp9';
const awsSignature = '8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e';
const awsSecret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const awsFields = new Map([
  ['bucket', 'sigv4examplebucket'],
  ['key', 'user/user1/cat.png'],
  ['acl', 'public-read'],
  ['success_action_redirect', 'http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html'],
  ['content-type', 'image/png'],
  ['x-amz-meta-uuid', '14365123651274'],
  ['x-amz-server-side-encryption', 'AES256'],
  ['x-amz-meta-tag', 'anything'],
  ['x-amz-credential', 'AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request'],
  ['x-amz-algorithm', 'AWS4-HMAC-SHA256'],
  ['x-amz-date', '20151229T000000Z'],
]);

describe("AWS's example of a POST policy", () => {
  const scope = parseCredential('AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request');
  assert.ok(scope);

  it('has the published signing key', () => {
    const key = 'cbcef1ebeaefc82cce6530b9f0a9ae598846065f5c5bae0674bd5ebc4ba52d28';
    assert.equal(signingKey(awsSecret, scope).toString('hex'), key);
  });

  it('has the published signature', () => {
    assert.equal(sign(awsSecret, scope, awsPolicy), awsSignature);
  });

  it('has the same signature in the test fixture', () => {
    const signer = {
      accessKeyId: scope.accessKeyId,
      secretAccessKey: awsSecret,
      region: scope.region,
      date: new Date('2015-12-29T00:00:00Z'),
    };
    assert.equal(policySignature(awsPolicy, signer), awsSignature);
  });

  it('has another signature with LF line ends', () => {
    const text = Buffer.from(awsPolicy, 'base64').toString().replaceAll('\r\n', '\n');
    const signature = sign(awsSecret, scope, Buffer.from(text).toString('base64'));
    assert.equal(signature, '86aaafeda50e7b032f0fe24086079df198e4c3d0d308518251cf6653a9bf390d');
  });

  it('has the length and hash of the published text', () => {
    const bytes = Buffer.from(awsPolicy, 'base64');
    assert.equal(bytes.length, 648);
    const sha256 = 'bdbc873103bd66b82f3a98478e5938ca1c7d8204563309232bdd4b1bbdcf74fb';
    assert.equal(createHash('sha256').update(bytes).digest('hex'), sha256);
  });

  it('accepts the form of the example before it expires', () => {
    assertPolicySatisfied(parsePolicy(awsPolicy), awsFields, new Date('2015-12-30T11:59:59Z'));
  });

  for (const [name, value, message] of [
    ['key', 'user/user2/cat.png', 'Policy Condition failed: ["starts-with", "$key", "user/user1/"]'],
    ['content-type', 'text/html', 'Policy Condition failed: ["starts-with", "$content-type", "image/"]'],
    ['x-amz-meta-other', '1', 'Extra input fields: x-amz-meta-other'],
  ] as const) {
    it(`refuses the form with ${name} ${value}`, () => {
      const fields = new Map([...awsFields, [name, value]]);
      assert.throws(() => assertPolicySatisfied(parsePolicy(awsPolicy), fields, new Date('2015-12-30T00:00:00Z')), {
        code: 'AccessDenied',
        message: `Invalid according to Policy: ${message}`,
      });
    });
  }

  it('refuses the form once it has expired', () => {
    assert.throws(() => assertPolicySatisfied(parsePolicy(awsPolicy), awsFields, new Date('2015-12-30T12:00:00Z')), {
      message: 'Invalid according to Policy: Policy expired.',
    });
  });
});

describe("AWS's examples of signing keys", () => {
  const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
  for (const [date, key] of [
    ['20150830', 'c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9'],
    ['20120215', 'f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d'],
  ] as const) {
    it(`match the computed signing key of ${date}`, () => {
      assert.equal(signingKey(secret, { date, region: 'us-east-1', service: 'iam' }).toString('hex'), key);
    });
  }
});

describe('startDigest', () => {
  const rows: [ChecksumAlgorithm | 'MD5', string, string][] = [
    ['CRC32', '123456789', 'y/Q5Jg=='],
    ['CRC32C', '123456789', '4waSgw=='],
    ['CRC64NVME', '123456789', 'rosUhgp5mIg='],
    ['CRC32', '', 'AAAAAA=='],
    ['SHA256', '', '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='],
    ['MD5', '', '1B2M2Y8AsgTpgAmY7PhCfg=='],
    ['MD5', 'something body', 'QygeIfzmdaw7yzUks4yk7Q=='],
    ['SHA256', 'x'.repeat(2 * MiB), 'aTL9MeXa9HObn6eP93eygxsJlcwdCwCTysgGAZAgE7w='],
  ];
  for (const [algorithm, text, expected] of rows) {
    it(`computes the ${algorithm} ${expected} of ${text.length} bytes`, async () => {
      const digest = await startDigest(algorithm);
      // In two chunks, as from a stream.
      digest.update(Buffer.from(text.slice(0, 4)));
      digest.update(Buffer.from(text.slice(4)));
      assert.equal(digest.digest().toString('base64'), expected);
    });
  }
});
