import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { amzDate, credentialOf } from '../fixtures/sigv4.ts';
import { element, type Answer } from './answer.ts';
import {
  altered,
  filePart,
  formParts,
  post,
  signForm,
  type Condition,
  type FormOptions,
  type FormPart,
  type SendOptions,
  type SignedForm,
} from './form.ts';
import { both, digestOf, head, newKey, startServer, stored, type PerServer, type TestServer } from './server.ts';

interface Refusal {
  status: number;
  code: string;
  /** Stated where the text is known from AWS itself. */
  message?: string;
}

/** `accepted`: answered as stored, though not under the key that was signed. */
type Outcome = Refusal | 'stored' | 'accepted';

interface Row {
  /** Behaviour, as the test's name. */
  it: string;
  options?: Omit<FormOptions, 'key'>;
  key?: string;
  change?: (form: SignedForm, server: TestServer) => SignedForm;
  parts?: (form: SignedForm) => FormPart[];
  file?: string | Uint8Array | FormPart;
  send?: SendOptions;
  expect: PerServer<Outcome>;
}

const refused = (status: number, code: string, message?: string): Refusal => ({
  status,
  code,
  ...(message !== undefined && { message }),
});
const denied = (message?: string) => refused(403, 'AccessDenied', message);
/** AWS's words on the local storage; the gateway agrees in status and code. */
const alike = (status: number, code: string, message: string): PerServer<Outcome> => ({
  local: refused(status, code, message),
  gateway: refused(status, code),
});
/** A policy document that is none. The gateway has no code of its own for it. */
const badPolicy: PerServer<Outcome> = {
  local: refused(400, 'InvalidPolicyDocument'),
  gateway: refused(400, 'InvalidArgument'),
};
const range = (min: unknown, max: unknown): Condition => ['content-length-range', min, max];
const twice = (name: string) => (form: SignedForm) => formParts({ ...form, fields: [...form.fields, [name, 'again']] });

const day = 24 * 60 * 60 * 1000;

const rows: Row[] = [
  // Size
  {
    it: 'stores a file as large as the range allows',
    options: { more: [range(5, 5)] },
    file: 'hello',
    expect: both('stored'),
  },
  {
    it: 'stores a file between the ends of the range',
    options: { more: [range(5, 10)] },
    file: '1234567890',
    expect: both('stored'),
  },
  {
    it: 'refuses a file above the range',
    options: { more: [range(5, 10)] },
    file: '123456789012',
    expect: both(refused(400, 'EntityTooLarge')),
  },
  {
    it: 'refuses a file below the range',
    options: { more: [range(5, 10)] },
    file: '1',
    expect: both(refused(400, 'EntityTooSmall')),
  },
  {
    it: 'stores an empty file when the range begins at 0',
    options: { more: [range(0, 0)] },
    file: '',
    expect: both('stored'),
  },
  {
    it: 'refuses an empty file when the range begins at 1',
    options: { more: [range(1, 9)] },
    file: '',
    expect: both(refused(400, 'EntityTooSmall')),
  },
  {
    it: 'refuses 200 MiB above the range, and says so',
    options: { more: [range(0, 1024)] },
    file: new Uint8Array(200 * 1024 ** 2),
    expect: both(refused(400, 'EntityTooLarge')),
  },

  // Conditions
  {
    it: 'refuses a key outside its prefix',
    options: { conditions: [['starts-with', '$key', 'user1/']] },
    expect: alike(
      403,
      'AccessDenied',
      'Invalid according to Policy: Policy Condition failed: ["starts-with", "$key", "user1/"]',
    ),
  },
  {
    it: 'refuses another key than the exact one',
    options: { conditions: [['eq', '$key', 'other']] },
    expect: alike(403, 'AccessDenied', 'Invalid according to Policy: Policy Condition failed: ["eq", "$key", "other"]'),
  },
  {
    it: 'takes a key by its prefix',
    options: { conditions: [['starts-with', '$key', 'test/']] },
    expect: both('stored'),
  },
  {
    it: 'takes any key under an empty prefix',
    options: { conditions: [['starts-with', '$key', '']] },
    expect: both('stored'),
  },
  { it: 'takes the exact Content-Type', options: { fields: { 'Content-Type': 'image/png' } }, expect: both('stored') },
  {
    it: 'refuses another Content-Type',
    options: { fields: { 'Content-Type': 'image/png' } },
    change: (form) => altered(form, { 'Content-Type': 'text/html' }),
    expect: both(denied()),
  },
  {
    it: 'matches values with their case',
    options: { fields: { 'Content-Type': 'image/png' } },
    change: (form) => altered(form, { 'Content-Type': 'image/PNG' }),
    expect: both(denied()),
  },
  {
    it: 'takes a Content-Type by its beginning',
    options: {
      fields: { 'Content-Type': 'image/png' },
      conditions: [
        ['starts-with', '$key', ''],
        ['starts-with', '$Content-Type', 'image/'],
      ],
    },
    expect: both('stored'),
  },
  {
    it: 'refuses a Content-Type with another beginning',
    options: {
      fields: { 'Content-Type': 'text/html' },
      conditions: [
        ['starts-with', '$key', ''],
        ['starts-with', '$Content-Type', 'image/'],
      ],
    },
    expect: both(denied()),
  },
  {
    it: 'reads a Content-Type with commas as a list, each of which must match',
    options: {
      fields: { 'Content-Type': 'image/png,text/html' },
      conditions: [
        ['starts-with', '$key', ''],
        ['starts-with', '$Content-Type', 'image/'],
      ],
    },
    expect: { local: denied(), gateway: 'stored' },
  },
  {
    it: 'refuses a form without the Content-Type that its policy names',
    options: { fields: { 'Content-Type': 'image/png' } },
    change: (form) => altered(form, { 'Content-Type': undefined }),
    expect: both(denied()),
  },
  {
    it: 'refuses a form without a field that its policy leaves open',
    options: { more: [['starts-with', '$x-amz-meta-tag', '']] },
    expect: { local: denied(), gateway: 'stored' },
  },
  {
    it: 'understands names without case',
    options: {
      conditions: [{ KeY: 'test/CASE' }, ['StArTs-WiTh', '$CoNtEnT-TyPe', 'text/']],
      fields: { 'CONTENT-type': 'text/plain' },
    },
    key: 'test/CASE',
    expect: both('stored'),
  },
  {
    it: 'takes field names in upper case',
    change: ({ fields, signer }) => ({ signer, fields: fields.map(([name, value]) => [name.toUpperCase(), value]) }),
    expect: both('stored'),
  },
  {
    it: 'understands values with an escaped dollar',
    key: 'test/\\$foo.txt',
    options: { conditions: [['starts-with', '$key', 'test/\\$foo']] },
    expect: both('stored'),
  },
  {
    it: 'wants a policy of its own bucket',
    options: {
      document: ({ conditions, ...rest }) => ({
        ...rest,
        conditions: conditions.map((condition) => ('bucket' in condition ? { bucket: 'elsewhere' } : condition)),
      }),
    },
    expect: both(denied()),
  },
  {
    it: 'wants a policy that names the bucket',
    options: {
      document: ({ conditions, ...rest }) => ({
        ...rest,
        conditions: conditions.filter((condition) => !('bucket' in condition)),
      }),
    },
    expect: alike(403, 'AccessDenied', 'Invalid according to Policy: Extra input fields: bucket'),
  },
  {
    it: 'takes a bucket field that repeats the address',
    options: {},
    change: (form, { bucket }) => altered(form, { bucket }),
    expect: both('stored'),
  },
  {
    it: 'refuses a bucket field that contradicts the address',
    change: (form) => altered(form, { bucket: 'elsewhere' }),
    expect: { local: refused(400, 'InvalidArgument'), gateway: 'stored' },
  },

  // Uncovered fields
  ...[
    'x-amz-meta-foo',
    'acl',
    'Content-Type',
    'Cache-Control',
    'success_action_status',
    'success_action_redirect',
    'tagging',
    'x-amz-storage-class',
  ].map((name): Row => ({
    it: `refuses ${name} when no condition covers it`,
    change: (form) => altered(form, { [name]: name === 'x-amz-storage-class' ? 'STANDARD' : 'private' }),
    expect: alike(403, 'AccessDenied', `Invalid according to Policy: Extra input fields: ${name.toLowerCase()}`),
  })),
  {
    it: 'refuses a checksum that no condition covers',
    change: (form) => altered(form, { 'x-amz-checksum-crc32': 'NhCmhg==' }),
    expect: {
      local: denied('Invalid according to Policy: Extra input fields: x-amz-checksum-crc32'),
      gateway: denied(),
    },
  },
  {
    it: 'lets x-ignore- fields pass',
    change: (form) => altered(form, { 'x-ignore-foo': 'bar' }),
    expect: both('stored'),
  },

  // Signature
  {
    it: 'refuses a wrong signature',
    change: (form) => altered(form, { 'x-amz-signature': '0'.repeat(64) }),
    expect: { local: refused(403, 'SignatureDoesNotMatch'), gateway: denied() },
  },
  {
    it: 'refuses a signature cut short',
    change: (form) => altered(form, { 'x-amz-signature': 'abc' }),
    expect: { local: refused(403, 'SignatureDoesNotMatch'), gateway: denied() },
  },
  {
    it: 'refuses an altered policy',
    change: (form) =>
      altered(form, {
        policy: Buffer.from('{"expiration":"2099-01-01T00:00:00Z","conditions":[]}').toString('base64'),
      }),
    expect: { local: refused(403, 'SignatureDoesNotMatch'), gateway: denied() },
  },
  {
    it: 'refuses a wrong secret',
    options: { signer: { secretAccessKey: 'wrong' } },
    expect: { local: refused(403, 'SignatureDoesNotMatch'), gateway: denied() },
  },
  {
    it: 'refuses an unknown access key',
    options: { signer: { accessKeyId: 'AKIAUNKNOWN00000000' } },
    expect: { local: refused(403, 'InvalidAccessKeyId'), gateway: denied() },
  },
  {
    it: 'refuses the signature of another region',
    options: { signer: { region: 'eu-central-1' } },
    expect: {
      local: refused(
        400,
        'AuthorizationQueryParametersError',
        "Error parsing the X-Amz-Credential parameter; the region 'eu-central-1' is wrong; expecting 'us-east-1'",
      ),
      gateway: 'stored',
    },
  },
  {
    it: 'refuses a made-up session token',
    options: { signer: { sessionToken: 'made-up' } },
    expect: { local: refused(400, 'InvalidToken'), gateway: denied() },
  },
  {
    it: 'refuses a scope of another day than the signature',
    options: {
      document: ({ conditions, ...rest }) => ({
        ...rest,
        conditions: conditions.map((condition) =>
          'x-amz-date' in condition ? { 'x-amz-date': amzDate(new Date(Date.now() - 3 * day)) } : condition,
        ),
      }),
    },
    change: (form) => altered(form, { 'x-amz-date': amzDate(new Date(Date.now() - 3 * day)) }),
    expect: { local: refused(400, 'AuthorizationQueryParametersError'), gateway: 'stored' },
  },
  {
    it: 'refuses a date of another form',
    change: (form) => altered(form, { 'x-amz-date': 'yesterday' }),
    expect: { local: refused(400, 'InvalidArgument'), gateway: denied() },
  },
  {
    it: 'refuses another algorithm',
    change: (form) => altered(form, { 'x-amz-algorithm': 'AWS4-HMAC-SHA1' }),
    expect: { local: refused(400, 'InvalidArgument'), gateway: refused(400, 'InvalidArgument') },
  },
  {
    it: 'refuses a credential of another service',
    change: (form) => altered(form, { 'x-amz-credential': credentialOf(form.signer).replace('/s3/', '/iam/') }),
    expect: { local: refused(400, 'AuthorizationQueryParametersError'), gateway: denied() },
  },
  {
    it: 'names the signature that is missing',
    change: (form) => altered(form, { 'x-amz-signature': undefined }),
    expect: {
      local: refused(
        400,
        'InvalidArgument',
        "Bucket POST must contain a field named 'X-Amz-Signature'.  If it is specified, please check the order of the fields.",
      ),
      gateway: refused(400, 'InvalidArgument'),
    },
  },
  {
    it: 'names the algorithm that is missing',
    change: (form) => altered(form, { 'x-amz-algorithm': undefined }),
    expect: {
      local: refused(
        400,
        'InvalidArgument',
        "Bucket POST must contain a field named 'X-Amz-Algorithm'.  If it is specified, please check the order of the fields.",
      ),
      gateway: refused(400, 'InvalidArgument'),
    },
  },
  {
    it: 'refuses a form with a policy that nobody signed',
    change: (form) =>
      altered(form, {
        'x-amz-signature': undefined,
        'x-amz-algorithm': undefined,
        'x-amz-credential': undefined,
        'x-amz-date': undefined,
      }),
    expect: { local: denied('Access Denied'), gateway: refused(400, 'InvalidArgument') },
  },
  {
    it: 'refuses a form without a policy',
    change: ({ fields, signer }) => ({ fields: fields.filter(([name]) => name === 'key'), signer }),
    expect: { local: denied('Access Denied'), gateway: denied() },
  },
  {
    it: 'refuses a policy signed as version 2',
    change: ({ fields, signer }) => ({
      signer,
      fields: [
        ...fields.filter(([name]) => name === 'key' || name === 'policy'),
        ['AWSAccessKeyId', signer.accessKeyId],
        ['signature', 'AAAA'],
      ],
    }),
    expect: { local: refused(400, 'InvalidRequest'), gateway: denied() },
  },

  // Policy document
  {
    it: 'refuses an expired policy',
    options: { expires: -1 },
    expect: alike(403, 'AccessDenied', 'Invalid according to Policy: Policy expired.'),
  },
  {
    it: 'refuses a policy without expiration',
    options: { document: ({ conditions }) => ({ conditions }) },
    expect: badPolicy,
  },
  {
    it: 'refuses a policy without conditions',
    options: { document: ({ expiration }) => ({ expiration }) },
    expect: badPolicy,
  },
  {
    it: 'minds the case of expiration',
    options: { document: ({ expiration, conditions }) => ({ EXPIRATION: expiration, conditions }) },
    expect: badPolicy,
  },
  {
    it: 'minds the case of conditions',
    options: { document: ({ expiration, conditions }) => ({ expiration, CONDITIONS: conditions }) },
    expect: badPolicy,
  },
  {
    it: 'refuses an expiration of another form',
    options: { document: ({ conditions }) => ({ expiration: new Date(Date.now() + 6e5).toUTCString(), conditions }) },
    expect: badPolicy,
  },
  {
    it: 'refuses an empty condition',
    options: { more: [{}] },
    expect: {
      local: refused(
        400,
        'InvalidPolicyDocument',
        'Invalid Policy: Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.',
      ),
      gateway: refused(400, 'InvalidArgument'),
    },
  },
  {
    it: 'refuses a condition with two properties',
    options: {
      fields: { acl: 'private', 'Content-Type': 'text/plain' },
      conditions: [['starts-with', '$key', ''], { acl: 'private', 'Content-Type': 'text/plain' }],
    },
    expect: {
      local: refused(
        400,
        'InvalidPolicyDocument',
        'Invalid Policy: Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.',
      ),
      gateway: denied(),
    },
  },
  {
    it: 'refuses an unknown operation',
    options: { more: [['contains', '$key', '']] },
    expect: badPolicy,
  },
  {
    it: 'refuses a range without its end',
    options: { more: [['content-length-range', 0]] },
    expect: badPolicy,
  },
  {
    it: 'refuses a range that begins below 0',
    options: { more: [range(-1, 10)] },
    expect: { local: refused(400, 'InvalidPolicyDocument'), gateway: 'stored' },
  },
  {
    it: 'refuses an exact field by its beginning',
    options: { more: [['starts-with', '$bucket', '']] },
    expect: { local: refused(400, 'InvalidPolicyDocument'), gateway: 'stored' },
  },
  {
    it: 'refuses a policy with two lists of conditions',
    options: {
      document: ({ expiration, conditions }) =>
        `{"expiration":"${expiration}","conditions":[{"key":"x"}],"conditions":${JSON.stringify(conditions)}}`,
    },
    expect: { local: refused(400, 'InvalidPolicyDocument'), gateway: denied() },
  },
  {
    it: 'refuses a policy that is no JSON',
    options: { document: () => '{' },
    expect: badPolicy,
  },

  // Form
  {
    it: 'wants a key',
    change: (form) => altered(form, { key: undefined }),
    expect: {
      local: refused(
        400,
        'InvalidArgument',
        "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.",
      ),
      gateway: refused(400, 'InvalidArgument'),
    },
  },
  {
    it: 'wants the fields before the file',
    parts: (form) => formParts(form).reverse(),
    expect: { local: refused(400, 'InvalidArgument'), gateway: refused(400, 'InvalidArgument') },
  },
  {
    it: 'wants a file',
    parts: (form) => formParts(form).slice(0, -1),
    expect: {
      local: refused(400, 'InvalidArgument', 'POST requires exactly one file upload per request.'),
      gateway: 'stored',
    },
  },
  {
    it: 'refuses a second file',
    parts: (form) => [...formParts(form), filePart('second')],
    expect: {
      local: refused(400, 'InvalidArgument', 'POST requires exactly one file upload per request.'),
      gateway: 'stored',
    },
  },
  {
    it: 'refuses two keys',
    options: { conditions: [['starts-with', '$key', '']] },
    parts: twice('key'),
    expect: { local: refused(400, 'InvalidArgument'), gateway: 'accepted' },
  },
  {
    it: 'refuses any field given twice',
    options: {
      fields: { 'x-amz-meta-a': '1' },
      conditions: [
        ['starts-with', '$key', ''],
        ['starts-with', '$x-amz-meta-a', ''],
      ],
    },
    parts: twice('x-amz-meta-a'),
    expect: { local: refused(400, 'InvalidArgument'), gateway: 'stored' },
  },
  {
    it: 'ignores a field behind the file',
    parts: (form) => [...formParts(form), { name: 'acl', value: 'public-read' }],
    expect: both('stored'),
  },
  {
    it: 'takes 20,480 bytes before the file at most',
    change: (form) => altered(form, { 'x-ignore-a': 'x'.repeat(20_480) }),
    expect: { local: refused(400, 'MaxPostPreDataLengthExceeded'), gateway: 'stored' },
  },
  {
    it: 'takes 16,000 bytes before the file',
    change: (form) => altered(form, { 'x-ignore-a': 'x'.repeat(16_000) }),
    expect: both('stored'),
  },
  {
    it: 'counts many small fields too',
    change: (form) =>
      altered(form, Object.fromEntries(Array.from({ length: 400 }, (_, index) => [`x-ignore-${index}`, 'x']))),
    expect: { local: refused(400, 'MaxPostPreDataLengthExceeded'), gateway: 'stored' },
  },
  {
    it: 'refuses a 25 KB policy',
    options: {
      document: ({ expiration, conditions }) => ({
        expiration,
        conditions: [...conditions, ...Array.from({ length: 600 }, () => ['starts-with', '$key', ''])],
      }),
    },
    expect: { local: refused(400, 'MaxPostPreDataLengthExceeded'), gateway: 'stored' },
  },
  { it: 'wants a Content-Length', send: { chunked: true }, expect: both(refused(411, 'MissingContentLength')) },
  {
    it: 'wants multipart/form-data',
    send: { contentType: 'application/x-www-form-urlencoded' },
    expect: { local: refused(412, 'PreconditionFailed'), gateway: refused(400, 'InvalidArgument') },
  },
  {
    it: 'refuses a form without its end',
    send: { cut: 20 },
    expect: { local: refused(400, 'MalformedPOSTRequest'), gateway: refused(400, 'InvalidArgument') },
  },
  {
    it: 'refuses a bucket that is not there',
    send: { bucket: 'not-there' },
    expect: both(refused(404, 'NoSuchBucket')),
  },
  { it: 'takes a key of 1,024 bytes', key: `test/${'k'.repeat(1019)}`, expect: both('stored') },
  {
    it: 'refuses a key of 1,025 bytes',
    key: `test/${'k'.repeat(1020)}`,
    expect: { local: refused(400, 'KeyTooLongError'), gateway: 'accepted' },
  },

  // Settings
  {
    it: 'refuses an unknown storage class',
    options: { fields: { 'x-amz-storage-class': 'LUKEWARM' } },
    expect: { local: refused(400, 'InvalidStorageClass'), gateway: refused(400, 'InvalidArgument') },
  },
  {
    it: 'refuses an unknown canned acl',
    options: { fields: { acl: 'everyone' } },
    expect: { local: refused(400, 'InvalidArgument'), gateway: refused(400, 'InvalidArgument') },
  },
  {
    it: 'refuses tags that are no XML',
    options: { fields: { tagging: '<Tagging><TagSet>' } },
    expect: { local: refused(400, 'MalformedXML'), gateway: refused(400, 'InvalidArgument') },
  },
  {
    it: 'refuses metadata above 2 KB',
    options: { fields: { 'x-amz-meta-a': 'x'.repeat(2048) } },
    expect: { local: refused(400, 'MetadataTooLarge'), gateway: 'stored' },
  },
  {
    it: 'refuses a header that would be two',
    options: { fields: { 'Content-Disposition': 'attachment\r\nx-evil: 1' } },
    expect: { local: refused(400, 'InvalidArgument'), gateway: 'stored' },
  },
];

describe('POST object', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.close());

  for (const row of rows) {
    it(row.it, async () => {
      const key = row.key ?? newKey();
      const signed = signForm(server, { key, ...row.options });
      const form = row.change?.(signed, server) ?? signed;
      const parts = row.parts?.(form) ?? formParts(form, row.file);
      const answer = await post(server, parts, row.send);
      await check(answer, row.expect[server.kind], key);
    });
  }

  async function check(answer: Answer, expected: Outcome, key: string): Promise<void> {
    if (typeof expected === 'string') {
      assert.equal(answer.status, 204, answer.text);
      if (expected === 'stored') assert.ok(await head(server, key), 'the object is not there');
      return;
    }
    const { status, code, message } = expected;
    assert.deepEqual({ status: answer.status, code: answer.code }, { status, code }, answer.text);
    if (message !== undefined) assert.equal(answer.message, message);
    if (key.length <= 1024) assert.equal(await head(server, key), undefined, 'something was stored all the same');
    if (server.kind === 'local') assert.match(answer.text, /<RequestId>[0-9A-F]{16}<\/RequestId><HostId>/);
    assert.ok(answer.headers.get('x-amz-request-id'));
  }

  it('says by how much a file is out of range', async () => {
    const form = signForm(server, { key: newKey(), more: [range(5, 10)] });
    const large = await post(server, formParts(form, '123456789012'));
    const small = await post(server, formParts(form, '1'));
    const sizes = (xml: string) =>
      ['ProposedSize', 'MaxSizeAllowed', 'MinSizeAllowed'].map((name) => element(xml, name));
    const expected: PerServer<unknown> = {
      local: [
        ['12', '10', undefined],
        ['1', undefined, '5'],
      ],
      gateway: [
        [undefined, undefined, undefined],
        [undefined, undefined, undefined],
      ],
    };
    assert.deepEqual([sizes(large.text), sizes(small.text)], expected[server.kind]);
  });

  it('shows what it had to sign when a signature is wrong', async () => {
    const form = altered(signForm(server, { key: newKey() }), { 'x-amz-signature': 'f'.repeat(64) });
    const { text } = await post(server, formParts(form));
    const policy = form.fields.find(([name]) => name === 'policy')?.[1];
    const expected: PerServer<unknown> = {
      local: [form.signer.accessKeyId, policy, 'f'.repeat(64)],
      gateway: [undefined, undefined, undefined],
    };
    const seen = ['AWSAccessKeyId', 'StringToSign', 'SignatureProvided'].map((name) => element(text, name));
    assert.deepEqual(seen, expected[server.kind]);
  });

  it('answers 204 with ETag and Location', async () => {
    const key = newKey('a b.txt');
    const { status, headers, text } = await post(server, formParts(signForm(server, { key })));
    const expected: PerServer<unknown> = {
      local: ['"5d41402abc4b2a76b9719d911017c592"', `${server.url}/${server.bucket}/${encodeURIComponent(key)}`],
      gateway: [null, null],
    };
    assert.equal(status, 204);
    assert.equal(text, '');
    assert.deepEqual([headers.get('etag'), headers.get('location')], expected[server.kind]);
  });

  it('answers 204 with the CRC64NVME of what it stored', async () => {
    const { headers } = await post(server, formParts(signForm(server, { key: newKey() }), '123456789'));
    const expected: PerServer<unknown> = { local: ['rosUhgp5mIg=', 'FULL_OBJECT'], gateway: [null, null] };
    const seen = ['x-amz-checksum-crc64nvme', 'x-amz-checksum-type'].map((name) => headers.get(name));
    assert.deepEqual(seen, expected[server.kind]);
  });

  it('answers 201 with the place, the key and the ETag', async () => {
    const key = newKey('<&>é.txt');
    const form = signForm(server, { key, fields: { success_action_status: '201' } });
    const { status, headers, text } = await post(server, formParts(form));
    assert.equal(status, 201);
    assert.equal(headers.get('content-type'), 'application/xml');
    assert.equal(element(text, 'Bucket'), server.bucket);
    assert.equal(element(text, 'Key'), key);
    const expected: PerServer<string> = {
      local: '"5d41402abc4b2a76b9719d911017c592"',
      gateway: '5d41402abc4b2a76b9719d911017c592',
    };
    assert.equal(element(text, 'ETag'), expected[server.kind]);
    const location = element(text, 'Location') ?? '';
    assert.ok(location.startsWith(`${server.url}/${server.bucket}/test%2F`), location);
  });

  it('answers 200 when asked to', async () => {
    const form = signForm(server, { key: newKey(), fields: { success_action_status: '200' } });
    const { status, text } = await post(server, formParts(form));
    assert.deepEqual([status, text], [200, '']);
  });

  it('answers 204 when asked for a status that it does not know', async () => {
    const form = signForm(server, { key: newKey(), fields: { success_action_status: '404' } });
    const { status, text } = await post(server, formParts(form));
    assert.deepEqual([status, text], [204, '']);
  });

  for (const [what, target, expected] of [
    ['redirects with bucket, key and ETag', 'https://page.example/done', both('?')],
    ['appends them to a query', 'https://page.example/done?a=1', { local: '&', gateway: '?' }],
  ] as const) {
    it(what, async () => {
      const key = newKey();
      const form = signForm(server, { key, fields: { success_action_redirect: target } });
      const { status, headers } = await post(server, formParts(form));
      assert.equal(status, 303);
      const etag = '%225d41402abc4b2a76b9719d911017c592%22';
      const query = `bucket=${server.bucket}&key=${encodeURIComponent(key)}&etag=${etag}`;
      assert.equal(headers.get('location'), `${target}${expected[server.kind]}${query}`);
    });
  }

  for (const target of ['', 'done.html', 'javascript:alert(1)']) {
    it(`does not redirect to '${target}'`, async () => {
      const form = signForm(server, { key: newKey(), fields: { success_action_redirect: target } });
      const { status } = await post(server, formParts(form));
      const expected: PerServer<number> = { local: 204, gateway: 303 };
      assert.equal(status, expected[server.kind]);
    });
  }

  it('keeps what the fields say of the object', async () => {
    const key = newKey();
    const fields = {
      'Content-Type': 'image/svg+xml',
      'Content-Disposition': 'attachment; filename="a.svg"',
      'Cache-Control': 'max-age=60',
      'Content-Encoding': 'gzip',
      'x-amz-meta-name': 'cat',
    };
    assert.equal((await post(server, formParts(signForm(server, { key, fields })))).status, 204);
    const object = await head(server, key);
    assert.equal(object?.ContentType, 'image/svg+xml');
    assert.equal(object.Metadata?.name, 'cat');
    const expected: PerServer<unknown> = {
      local: ['attachment; filename="a.svg"', 'max-age=60', 'gzip'],
      gateway: [undefined, undefined, undefined],
    };
    assert.deepEqual([object.ContentDisposition, object.CacheControl, object.ContentEncoding], expected[server.kind]);
  });

  it('calls an object without a type binary/octet-stream, whatever type its part has', async () => {
    const key = newKey();
    await post(server, formParts(signForm(server, { key }), filePart('x', 'a.html', 'text/html')));
    const expected: PerServer<string | undefined> = { local: 'binary/octet-stream', gateway: 'binary/octet-stream' };
    assert.equal((await head(server, key))?.ContentType, expected[server.kind]);
  });

  it('keeps metadata beyond ASCII', async () => {
    const key = newKey();
    await post(server, formParts(signForm(server, { key, fields: { 'x-amz-meta-name': 'Kätzchen 猫' } })));
    const expected: PerServer<string> = {
      local: `=?UTF-8?B?${Buffer.from('Kätzchen 猫').toString('base64')}?=`,
      gateway: Buffer.from('Kätzchen 猫').toString('latin1'),
    };
    assert.equal((await head(server, key))?.Metadata?.name, expected[server.kind]);
  });

  it('takes tagging and acl', async () => {
    const key = newKey();
    const tagging = '<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>';
    const form = signForm(server, { key, fields: { tagging, acl: 'public-read' } });
    assert.equal((await post(server, formParts(form))).status, 204);
    assert.equal((await fetch(`${server.url}/${server.bucket}/${key}`)).status, 200);
  });

  it('keeps an object closed to the public unless its acl opens it', async () => {
    const key = newKey();
    await post(server, formParts(signForm(server, { key })));
    assert.equal((await fetch(`${server.url}/${server.bucket}/${key}`)).status, 403);
  });

  it('takes server-side encryption with keys of its own', async () => {
    const key = newKey();
    const form = signForm(server, { key, fields: { 'x-amz-server-side-encryption': 'AES256' } });
    assert.equal((await post(server, formParts(form))).status, 204);
    const expected: PerServer<string | undefined> = { local: 'AES256', gateway: undefined };
    assert.equal((await head(server, key))?.ServerSideEncryption, expected[server.kind]);
  });

  describe('${filename}', () => {
    for (const [name, expected] of [
      ['cat.txt', both('cat.txt')],
      ['Katze schläft 猫 +%.txt', both('Katze schläft 猫 +%.txt')],
      ['../../etc/passwd', { local: 'passwd', gateway: '../../etc/passwd' }],
      ['C:\\files\\cat.txt', { local: 'cat.txt', gateway: 'C:\\files\\cat.txt' }],
      ['${filename}', both('${filename}')],
      ['a"b.txt', both('a%22b.txt')],
    ] as [string, PerServer<string>][]) {
      it(`stands for ${name}`, async () => {
        const folder = newKey('');
        const form = signForm(server, {
          key: `${folder}\${filename}`,
          conditions: [['starts-with', '$key', folder]],
          fields: { success_action_status: '201' },
          more: [{ success_action_status: '201' }],
        });
        const answer = await post(server, formParts(form, filePart('hello', name)));
        assert.equal(answer.status, 201, answer.text);
        assert.equal(element(answer.text, 'Key'), folder + expected[server.kind]);
      });
    }

    it('is put in before the policy is looked at', async () => {
      const folder = newKey('');
      const form = signForm(server, { key: `${folder}\${filename}`, conditions: [{ key: `${folder}cat.txt` }] });
      assert.equal((await post(server, formParts(form, filePart('hello', 'cat.txt')))).status, 204);
    });

    it('stays when the file has no name', async () => {
      const folder = newKey('');
      const form = signForm(server, { key: `${folder}\${filename}`, conditions: [['starts-with', '$key', folder]] });
      const answer = await post(server, formParts(form, { name: 'file', value: 'hello' }));
      assert.equal(answer.status, 204, answer.text);
      const names = (await listed(folder)).Contents?.map(({ Key }) => Key?.slice(folder.length));
      const expected: PerServer<string[]> = { local: ['${filename}'], gateway: [''] };
      assert.deepEqual(names, expected[server.kind]);
    });
  });

  describe('checksums', () => {
    const text = '123456789';
    for (const [name, value] of [
      ['x-amz-checksum-crc32', 'y/Q5Jg=='],
      ['x-amz-checksum-crc32c', '4waSgw=='],
      ['x-amz-checksum-crc64nvme', 'rosUhgp5mIg='],
      ['x-amz-checksum-sha1', createHash('sha1').update(text).digest('base64')],
      ['x-amz-checksum-sha256', createHash('sha256').update(text).digest('base64')],
      ['Content-MD5', createHash('md5').update(text).digest('base64')],
    ] as const) {
      it(`takes a right ${name}`, async () => {
        const key = newKey();
        const answer = await post(server, formParts(signForm(server, { key, fields: { [name]: value } }), text));
        assert.equal(answer.status, 204, answer.text);
        if (server.kind === 'local' && name !== 'Content-MD5') assert.equal(answer.headers.get(name), value);
      });

      it(`verifies ${name}`, async () => {
        const key = newKey();
        const answer = await post(server, formParts(signForm(server, { key, fields: { [name]: value } }), 'other'));
        const expected: PerServer<[number, string]> = { local: [400, 'BadDigest'], gateway: [204, ''] };
        assert.deepEqual([answer.status, answer.code], expected[server.kind], answer.text);
        assert.equal((await head(server, key)) !== undefined, answer.status === 204);
      });
    }

    for (const [what, fields, code] of [
      ['a value of another length', { 'x-amz-checksum-crc32': 'AAAA' }, 'InvalidRequest'],
      ['an algorithm without its value', { 'x-amz-checksum-algorithm': 'CRC32' }, 'InvalidRequest'],
      ['two values', { 'x-amz-checksum-crc32': 'y/Q5Jg==', 'x-amz-checksum-crc32c': '4waSgw==' }, 'InvalidRequest'],
      ['an MD5 of another length', { 'Content-MD5': 'AAAA' }, 'InvalidDigest'],
    ] as const) {
      it(`refuses ${what}`, async () => {
        const answer = await post(server, formParts(signForm(server, { key: newKey(), fields }), text));
        const expected: PerServer<[number, string]> = { local: [400, code], gateway: [204, ''] };
        assert.deepEqual([answer.status, answer.code], expected[server.kind], answer.text);
      });
    }
  });

  describe('bytes and keys', () => {
    for (const [what, size] of [
      ['nothing', 0],
      ['a byte', 1],
      ['1 MiB', 1024 ** 2],
      ['3 MiB', 3 * 1024 ** 2],
      ['4 MiB and 200 bytes', 4 * 1024 ** 2 + 200],
      ['20 MiB', 20 * 1024 ** 2],
    ] as const) {
      it(`stores ${what} as sent`, async () => {
        const key = newKey();
        const bytes = randomBytes(size);
        const answer = await post(server, formParts(signForm(server, { key }), bytes));
        assert.equal(answer.status, 204, answer.text);
        assert.deepEqual(await stored(server, key), digestOf(bytes));
      });
    }

    it('stores bytes that look like the end of a form', async () => {
      const key = newKey();
      const bytes = Buffer.from('\r\n------test\r\n--\r\n\r\n------test--\r\n--');
      await post(server, formParts(signForm(server, { key }), bytes));
      assert.deepEqual(await stored(server, key), digestOf(bytes));
    });

    for (const name of [
      'Straße 猫 🎉.txt',
      'a b',
      'a+b',
      'a%b',
      'a%2Fb',
      '100%',
      "it's (1)!*.txt",
      'a//b',
      'a/../b',
      './a',
      'end/',
      'con.txt',
      'a\\b',
      '\u202egpj.exe',
      '?&=#',
      'a\tb',
    ]) {
      it(`stores under the key ${JSON.stringify(name)}`, async () => {
        const key = newKey(name);
        const answer = await post(server, formParts(signForm(server, { key }), 'hello'));
        assert.equal(answer.status, 204, answer.text);
        const { Contents = [] } = await listed(key);
        assert.deepEqual(
          Contents.map(({ Key }) => Key),
          [key],
        );
      });
    }

    it('replaces the object when a policy is used twice', async () => {
      const key = newKey();
      const form = signForm(server, { key });
      await post(server, formParts(form, 'first'));
      assert.equal((await post(server, formParts(form, 'second'))).status, 204);
      assert.deepEqual(await stored(server, key), digestOf(Buffer.from('second')));
    });
  });

  it('takes what the SDK signs', async () => {
    const key = newKey();
    const { url, fields } = await createPresignedPost(server.client, {
      Bucket: server.bucket,
      Key: key,
      Conditions: [['content-length-range', 0, 10]],
      Fields: { 'Content-Type': 'text/plain' },
      Expires: 60,
    });
    assert.equal(url, `${server.url}/${server.bucket}`);
    const parts = [...Object.entries(fields).map(([name, value]) => ({ name, value })), filePart('hello')];
    assert.equal((await post(server, parts)).status, 204);
    assert.equal((await head(server, key))?.ContentType, 'text/plain');
  });

  async function listed(prefix: string) {
    return server.client.send(new ListObjectsV2Command({ Bucket: server.bucket, Prefix: prefix }));
  }
});
