import {
  accessDenied,
  describePostCases,
  invalidPolicy,
  refused,
  refusedByBoth,
  sizeRange,
  type PostCase,
} from './post-cases.ts';
import { withChanges } from './post-form.ts';
import { both } from './storage-under-test.ts';
import { MiB } from '../fixtures/files.ts';

const cases: PostCase[] = [
  // Size range
  {
    title: 'stores a file of the only size that the range allows',
    options: { extraConditions: [sizeRange(5, 5)] },
    file: 'hello',
    expected: both('stored'),
  },
  {
    title: 'stores a file of the largest size that the range allows',
    options: { extraConditions: [sizeRange(5, 10)] },
    file: '1234567890',
    expected: both('stored'),
  },
  {
    title: 'refuses a file larger than the range',
    options: { extraConditions: [sizeRange(5, 10)] },
    file: '123456789012',
    expected: both(refused(400, 'EntityTooLarge')),
  },
  {
    title: 'refuses a file smaller than the range',
    options: { extraConditions: [sizeRange(5, 10)] },
    file: '1',
    expected: both(refused(400, 'EntityTooSmall')),
  },
  {
    title: 'stores an empty file when the range starts at 0',
    options: { extraConditions: [sizeRange(0, 0)] },
    file: '',
    expected: both('stored'),
  },
  {
    title: 'refuses an empty file when the range starts at 1',
    options: { extraConditions: [sizeRange(1, 9)] },
    file: '',
    expected: both(refused(400, 'EntityTooSmall')),
  },
  {
    title: 'refuses a file of 200 MiB that is larger than the range, with a readable response',
    options: { extraConditions: [sizeRange(0, 1024)] },
    file: new Uint8Array(200 * MiB),
    expected: both(refused(400, 'EntityTooLarge')),
  },

  // Conditions
  {
    title: 'refuses a key without the required prefix',
    options: { conditions: [['starts-with', '$key', 'user1/']] },
    expected: refusedByBoth(
      403,
      'AccessDenied',
      'Invalid according to Policy: Policy Condition failed: ["starts-with", "$key", "user1/"]',
    ),
  },
  {
    title: 'refuses a key that differs from the exact one',
    options: { conditions: [['eq', '$key', 'other']] },
    expected: refusedByBoth(
      403,
      'AccessDenied',
      'Invalid according to Policy: Policy Condition failed: ["eq", "$key", "other"]',
    ),
  },
  {
    title: 'accepts a key with the required prefix',
    options: { conditions: [['starts-with', '$key', 'test/']] },
    expected: both('stored'),
  },
  {
    title: 'accepts any key when the prefix is empty',
    options: { conditions: [['starts-with', '$key', '']] },
    expected: both('stored'),
  },
  {
    title: 'accepts the exact Content-Type',
    options: { fields: { 'Content-Type': 'image/png' } },
    expected: both('stored'),
  },
  {
    title: 'refuses a Content-Type that differs from the exact one',
    options: { fields: { 'Content-Type': 'image/png' } },
    changeForm: (form) => withChanges(form, { 'Content-Type': 'text/html' }),
    expected: both(accessDenied()),
  },
  {
    title: 'compares values case-sensitively',
    options: { fields: { 'Content-Type': 'image/png' } },
    changeForm: (form) => withChanges(form, { 'Content-Type': 'image/PNG' }),
    expected: both(accessDenied()),
  },
  {
    title: 'accepts a Content-Type with the required prefix',
    options: {
      fields: { 'Content-Type': 'image/png' },
      conditions: [
        ['starts-with', '$key', ''],
        ['starts-with', '$Content-Type', 'image/'],
      ],
    },
    expected: both('stored'),
  },
  {
    title: 'refuses a Content-Type without the required prefix',
    options: {
      fields: { 'Content-Type': 'text/html' },
      conditions: [
        ['starts-with', '$key', ''],
        ['starts-with', '$Content-Type', 'image/'],
      ],
    },
    expected: both(accessDenied()),
  },
  {
    title: 'refuses a list of Content-Types when one lacks the required prefix',
    options: {
      fields: { 'Content-Type': 'image/png,text/html' },
      conditions: [
        ['starts-with', '$key', ''],
        ['starts-with', '$Content-Type', 'image/'],
      ],
    },
    expected: { local: accessDenied(), gateway: 'stored' },
  },
  {
    title: 'refuses a form without the Content-Type that the policy requires',
    options: { fields: { 'Content-Type': 'image/png' } },
    changeForm: (form) => withChanges(form, { 'Content-Type': undefined }),
    expected: both(accessDenied()),
  },
  {
    title: 'refuses a form without a field that the policy allows any value for',
    options: { extraConditions: [['starts-with', '$x-amz-meta-tag', '']] },
    expected: { local: accessDenied(), gateway: 'stored' },
  },
  {
    title: 'compares names of fields and operators case-insensitively',
    options: {
      conditions: [{ KeY: 'test/CASE' }, ['StArTs-WiTh', '$CoNtEnT-TyPe', 'text/']],
      fields: { 'CONTENT-type': 'text/plain' },
    },
    key: 'test/CASE',
    expected: both('stored'),
  },
  {
    title: 'accepts field names in upper case',
    changeForm: ({ fields, signer }) => ({
      signer,
      fields: fields.map(([name, value]) => [name.toUpperCase(), value]),
    }),
    expected: both('stored'),
  },
  {
    title: 'accepts an escaped dollar sign in a value',
    key: 'test/\\$foo.txt',
    options: { conditions: [['starts-with', '$key', 'test/\\$foo']] },
    expected: both('stored'),
  },
  {
    title: 'refuses a policy for another bucket',
    options: {
      changePolicy: ({ conditions, ...rest }) => ({
        ...rest,
        conditions: conditions.map((condition) => ('bucket' in condition ? { bucket: 'elsewhere' } : condition)),
      }),
    },
    expected: both(accessDenied()),
  },
  {
    title: 'refuses a policy that does not name the bucket',
    options: {
      changePolicy: ({ conditions, ...rest }) => ({
        ...rest,
        conditions: conditions.filter((condition) => !('bucket' in condition)),
      }),
    },
    expected: refusedByBoth(403, 'AccessDenied', 'Invalid according to Policy: Extra input fields: bucket'),
  },
  {
    title: 'accepts a bucket field with the bucket of the URL',
    options: {},
    changeForm: (form, { bucket }) => withChanges(form, { bucket }),
    expected: both('stored'),
  },
  {
    title: 'refuses a bucket field with another bucket than the URL',
    changeForm: (form) => withChanges(form, { bucket: 'elsewhere' }),
    expected: { local: refused(400, 'InvalidArgument'), gateway: 'stored' },
  },

  // Fields without a condition
  ...[
    'x-amz-meta-foo',
    'acl',
    'Content-Type',
    'Cache-Control',
    'success_action_status',
    'success_action_redirect',
    'tagging',
    'x-amz-storage-class',
  ].map((name): PostCase => ({
    title: `refuses the field ${name} when no condition covers it`,
    changeForm: (form) => withChanges(form, { [name]: name === 'x-amz-storage-class' ? 'STANDARD' : 'private' }),
    expected: refusedByBoth(
      403,
      'AccessDenied',
      `Invalid according to Policy: Extra input fields: ${name.toLowerCase()}`,
    ),
  })),
  {
    title: 'refuses a checksum field when no condition covers it',
    changeForm: (form) => withChanges(form, { 'x-amz-checksum-crc32': 'NhCmhg==' }),
    expected: {
      local: accessDenied('Invalid according to Policy: Extra input fields: x-amz-checksum-crc32'),
      gateway: accessDenied(),
    },
  },
  {
    title: 'accepts x-ignore- fields without a condition',
    changeForm: (form) => withChanges(form, { 'x-ignore-foo': 'bar' }),
    expected: both('stored'),
  },

  // Policy document
  {
    title: 'refuses an expired policy',
    options: { expiresInSeconds: -1 },
    expected: refusedByBoth(403, 'AccessDenied', 'Invalid according to Policy: Policy expired.'),
  },
  {
    title: 'refuses a policy without expiration',
    options: { changePolicy: ({ conditions }) => ({ conditions }) },
    expected: invalidPolicy,
  },
  {
    title: 'refuses a policy without conditions',
    options: { changePolicy: ({ expiration }) => ({ expiration }) },
    expected: invalidPolicy,
  },
  {
    title: 'refuses a policy with EXPIRATION in upper case',
    options: { changePolicy: ({ expiration, conditions }) => ({ EXPIRATION: expiration, conditions }) },
    expected: invalidPolicy,
  },
  {
    title: 'refuses a policy with CONDITIONS in upper case',
    options: { changePolicy: ({ expiration, conditions }) => ({ expiration, CONDITIONS: conditions }) },
    expected: invalidPolicy,
  },
  {
    title: 'refuses an expiration that is not ISO 8601',
    options: {
      changePolicy: ({ conditions }) => ({ expiration: new Date(Date.now() + 6e5).toUTCString(), conditions }),
    },
    expected: invalidPolicy,
  },
  {
    title: 'refuses an empty condition',
    options: { extraConditions: [{}] },
    expected: {
      local: refused(
        400,
        'InvalidPolicyDocument',
        'Invalid Policy: Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.',
      ),
      gateway: refused(400, 'InvalidArgument'),
    },
  },
  {
    title: 'refuses a condition with two properties',
    options: {
      fields: { acl: 'private', 'Content-Type': 'text/plain' },
      conditions: [['starts-with', '$key', ''], { acl: 'private', 'Content-Type': 'text/plain' }],
    },
    expected: {
      local: refused(
        400,
        'InvalidPolicyDocument',
        'Invalid Policy: Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.',
      ),
      gateway: accessDenied(),
    },
  },
  {
    title: 'refuses an unknown operator',
    options: { extraConditions: [['contains', '$key', '']] },
    expected: invalidPolicy,
  },
  {
    title: 'refuses a size range without its end',
    options: { extraConditions: [['content-length-range', 0]] },
    expected: invalidPolicy,
  },
  {
    title: 'refuses a size range that starts below 0',
    options: { extraConditions: [sizeRange(-1, 10)] },
    expected: { local: refused(400, 'InvalidPolicyDocument'), gateway: 'stored' },
  },
  {
    title: 'refuses starts-with for a field that supports only exact matching',
    options: { extraConditions: [['starts-with', '$bucket', '']] },
    expected: { local: refused(400, 'InvalidPolicyDocument'), gateway: 'stored' },
  },
  {
    title: 'refuses a policy with two members named conditions',
    options: {
      changePolicy: ({ expiration, conditions }) =>
        `{"expiration":"${expiration}","conditions":[{"key":"x"}],"conditions":${JSON.stringify(conditions)}}`,
    },
    expected: { local: refused(400, 'InvalidPolicyDocument'), gateway: accessDenied() },
  },
  {
    title: 'refuses a policy that is not JSON',
    options: { changePolicy: () => '{' },
    expected: invalidPolicy,
  },
];

describePostCases('POST Object: policy', cases);
