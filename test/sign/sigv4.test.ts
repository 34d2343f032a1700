import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hex, presign, signingKey, signPolicy } from '../../widget/sign/cognito/sigv4.ts';
import { parsePostPolicy } from '../../widget/sign/post-policy.ts';

// AWS's own examples: the key pair of its documentation, and the results it prints.
const credentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
/** https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-post-example.html, with CRLF line ends as there. */
const awsPolicy = `{ "expiration": "2015-12-30T12:00:00.000Z",
  "conditions": [
    {"bucket": "sigv4examplebucket"},
    ["starts-with", "$key", "user/user1/"],
    {"acl": "public-read"},
    {"success_action_redirect": "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html"},
    ["starts-with", "$Content-Type", "image/"],
    {"x-amz-meta-uuid": "14365123651274"},
    {"x-amz-server-side-encryption": "AES256"},
    ["starts-with", "$x-amz-meta-tag", ""],

    {"x-amz-credential": "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"},
    {"x-amz-algorithm": "AWS4-HMAC-SHA256"},
    {"x-amz-date": "20151229T000000Z" }
  ]
}`;
const awsPolicyBase64 =
  'eyAiZXhwaXJhdGlvbiI6ICIyMDE1LTEyLTMwVDEyOjAwOjAwLjAwMFoiLA0KICAiY29uZGl0aW9ucyI6IFsNCiAgICB7ImJ1Y2tldCI6ICJzaWd2NGV4YW1wbGVidWNrZXQifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRrZXkiLCAidXNlci91c2VyMS8iXSwNCiAgICB7ImFjbCI6ICJwdWJsaWMtcmVhZCJ9LA0KICAgIHsic3VjY2Vzc19hY3Rpb25fcmVkaXJlY3QiOiAiaHR0cDovL3NpZ3Y0ZXhhbXBsZWJ1Y2tldC5zMy5hbWF6b25hd3MuY29tL3N1Y2Nlc3NmdWxfdXBsb2FkLmh0bWwifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRDb250ZW50LVR5cGUiLCAiaW1hZ2UvIl0sDQogICAgeyJ4LWFtei1tZXRhLXV1aWQiOiAiMTQzNjUxMjM2NTEyNzQifSwNCiAgICB7IngtYW16LXNlcnZlci1zaWRlLWVuY3J5cHRpb24iOiAiQUVTMjU2In0sDQogICAgWyJzdGFydHMtd2l0aCIsICIkeC1hbXotbWV0YS10YWciLCAiIl0sDQoNCiAgICB7IngtYW16LWNyZWRlbnRpYWwiOiAiQUtJQUlPU0ZPRE5ON0VYQU1QTEUvMjAxNTEyMjkvdXMtZWFzdC0xL3MzL2F3czRfcmVxdWVzdCJ9LA0KICAgIHsieC1hbXotYWxnb3JpdGhtIjogIkFXUzQtSE1BQy1TSEEyNTYifSwNCiAgICB7IngtYW16LWRhdGUiOiAiMjAxNTEyMjlUMDAwMDAwWiIgfQ0KICBdDQp9';
const december = { time: Date.UTC(2015, 11, 29), region: 'us-east-1' };

describe('The SigV4 module', () => {
  it("signs AWS's example of a POST policy as AWS does", async () => {
    const crlf = awsPolicy.replaceAll('\n', '\r\n');
    assert.deepEqual(await signPolicy(crlf, credentials, december), {
      policy: awsPolicyBase64,
      'x-amz-signature': '8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e',
    });
  });

  it('signs the exact bytes: with other line ends, the signature differs', async () => {
    const { 'x-amz-signature': signature } = await signPolicy(awsPolicy, credentials, december);
    assert.equal(signature, '86aaafeda50e7b032f0fe24086079df198e4c3d0d308518251cf6653a9bf390d');
  });

  for (const [day, secret, service, key] of [
    [
      Date.UTC(2015, 11, 29),
      credentials.secretAccessKey,
      's3',
      'cbcef1ebeaefc82cce6530b9f0a9ae598846065f5c5bae0674bd5ebc4ba52d28',
    ],
    [
      Date.UTC(2015, 7, 30),
      'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
      'iam',
      'c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9',
    ],
    [
      Date.UTC(2012, 1, 15),
      'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
      'iam',
      'f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d',
    ],
  ] as const) {
    it(`derives AWS's example of a signing key for ${new Date(day).toISOString().slice(0, 10)} and ${service}`, async () => {
      assert.equal(hex(await signingKey(secret, { time: day, region: 'us-east-1', service })), key);
    });
  }

  it("presigns AWS's example of a GET as AWS does", async () => {
    const url = await presign(
      { method: 'GET', url: 'https://examplebucket.s3.amazonaws.com/test.txt', expires: 86_400 },
      credentials,
      { time: Date.UTC(2013, 4, 24), region: 'us-east-1' },
    );
    assert.equal(
      url,
      'https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
    );
  });

  it("reads the expiration and the conditions of AWS's example of a policy", () => {
    const policy = parsePostPolicy(awsPolicyBase64)!;
    assert.equal(policy.expiration, Date.UTC(2015, 11, 30, 12));
    assert.deepEqual([policy.minBytes, policy.maxBytes], [0, Infinity]);
    assert.deepEqual(policy.conditions[1], { operator: 'starts-with', field: 'key', value: 'user/user1/' });
    assert.deepEqual(policy.conditions[2], { operator: 'eq', field: 'acl', value: 'public-read' });
    assert.equal(policy.conditions.length, 11);
  });

  for (const [content, text] of [
    ['no Base64', 'ü'],
    ['no JSON', btoa('{')],
    ['no object', btoa('null')],
    ['no conditions', btoa('{"expiration":"2015-12-30T12:00:00.000Z"}')],
    ['no date', btoa('{"expiration":"soon","conditions":[]}')],
  ] as const) {
    it(`reads no policy from a field with ${content}`, () => assert.equal(parsePostPolicy(text), undefined));
  }

  it("reads S3's own escapes, and leaves out unknown conditions", () => {
    const text =
      '{"expiration":"2015-12-30T12:00:00.000Z","conditions":[["eq","$x-amz-meta-a","\\$5"],["like","$a","b"],7,null,["content-length-range","5","10"]]}';
    const policy = parsePostPolicy(btoa(text))!;
    assert.deepEqual(policy.conditions, [{ operator: 'eq', field: 'x-amz-meta-a', value: '$5' }]);
    assert.deepEqual([policy.minBytes, policy.maxBytes], [5, 10]);
  });
});
