import { amzDate, credentialOf } from '../fixtures/sigv4.ts';
import { accessDenied, describePostCases, refused, type PostCase } from './post-cases.ts';
import { withChanges } from './post-form.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

const cases: PostCase[] = [
  {
    title: 'refuses a wrong signature',
    changeForm: (form) => withChanges(form, { 'x-amz-signature': '0'.repeat(64) }),
    expected: { local: refused(403, 'SignatureDoesNotMatch'), gateway: accessDenied() },
  },
  {
    title: 'refuses a truncated signature',
    changeForm: (form) => withChanges(form, { 'x-amz-signature': 'abc' }),
    expected: { local: refused(403, 'SignatureDoesNotMatch'), gateway: accessDenied() },
  },
  {
    title: 'refuses a policy that was changed after signing',
    changeForm: (form) =>
      withChanges(form, {
        policy: Buffer.from('{"expiration":"2099-01-01T00:00:00Z","conditions":[]}').toString('base64'),
      }),
    expected: { local: refused(403, 'SignatureDoesNotMatch'), gateway: accessDenied() },
  },
  {
    title: 'refuses a signature with a wrong secret',
    options: { signer: { secretAccessKey: 'wrong' } },
    expected: { local: refused(403, 'SignatureDoesNotMatch'), gateway: accessDenied() },
  },
  {
    title: 'refuses an unknown access key',
    options: { signer: { accessKeyId: 'AKIAUNKNOWN00000000' } },
    expected: { local: refused(403, 'InvalidAccessKeyId'), gateway: accessDenied() },
  },
  {
    title: 'refuses a signature for another region',
    options: { signer: { region: 'eu-central-1' } },
    expected: {
      local: refused(
        400,
        'AuthorizationQueryParametersError',
        "Error parsing the X-Amz-Credential parameter; the region 'eu-central-1' is wrong; expecting 'us-east-1'",
      ),
      gateway: 'stored',
    },
  },
  {
    title: 'refuses an unknown session token',
    options: { signer: { sessionToken: 'made-up' } },
    expected: { local: refused(400, 'InvalidToken'), gateway: accessDenied() },
  },
  {
    title: 'refuses a credential whose date differs from X-Amz-Date',
    options: {
      changePolicy: ({ conditions, ...rest }) => ({
        ...rest,
        conditions: conditions.map((condition) =>
          'x-amz-date' in condition ? { 'x-amz-date': amzDate(new Date(Date.now() - 3 * DAY_MS)) } : condition,
        ),
      }),
    },
    changeForm: (form) => withChanges(form, { 'x-amz-date': amzDate(new Date(Date.now() - 3 * DAY_MS)) }),
    expected: { local: refused(400, 'AuthorizationQueryParametersError'), gateway: 'stored' },
  },
  {
    title: 'refuses a malformed X-Amz-Date',
    changeForm: (form) => withChanges(form, { 'x-amz-date': 'yesterday' }),
    expected: { local: refused(400, 'InvalidArgument'), gateway: accessDenied() },
  },
  {
    title: 'refuses another signing algorithm',
    changeForm: (form) => withChanges(form, { 'x-amz-algorithm': 'AWS4-HMAC-SHA1' }),
    expected: { local: refused(400, 'InvalidArgument'), gateway: refused(400, 'InvalidArgument') },
  },
  {
    title: 'refuses a credential for another service',
    changeForm: (form) => withChanges(form, { 'x-amz-credential': credentialOf(form.signer).replace('/s3/', '/iam/') }),
    expected: { local: refused(400, 'AuthorizationQueryParametersError'), gateway: accessDenied() },
  },
  {
    title: 'refuses a form without X-Amz-Signature, and names the field',
    changeForm: (form) => withChanges(form, { 'x-amz-signature': undefined }),
    expected: {
      local: refused(
        400,
        'InvalidArgument',
        "Bucket POST must contain a field named 'X-Amz-Signature'.  If it is specified, please check the order of the fields.",
      ),
      gateway: refused(400, 'InvalidArgument'),
    },
  },
  {
    title: 'refuses a form without X-Amz-Algorithm, and names the field',
    changeForm: (form) => withChanges(form, { 'x-amz-algorithm': undefined }),
    expected: {
      local: refused(
        400,
        'InvalidArgument',
        "Bucket POST must contain a field named 'X-Amz-Algorithm'.  If it is specified, please check the order of the fields.",
      ),
      gateway: refused(400, 'InvalidArgument'),
    },
  },
  {
    title: 'refuses an unsigned policy',
    changeForm: (form) =>
      withChanges(form, {
        'x-amz-signature': undefined,
        'x-amz-algorithm': undefined,
        'x-amz-credential': undefined,
        'x-amz-date': undefined,
      }),
    expected: { local: accessDenied('Access Denied'), gateway: refused(400, 'InvalidArgument') },
  },
  {
    title: 'refuses a form without a policy',
    changeForm: ({ fields, signer }) => ({ fields: fields.filter(([name]) => name === 'key'), signer }),
    expected: { local: accessDenied('Access Denied'), gateway: accessDenied() },
  },
  {
    title: 'refuses a policy with Signature Version 2',
    changeForm: ({ fields, signer }) => ({
      signer,
      fields: [
        ...fields.filter(([name]) => name === 'key' || name === 'policy'),
        ['AWSAccessKeyId', signer.accessKeyId],
        ['signature', 'AAAA'],
      ],
    }),
    expected: { local: refused(400, 'InvalidRequest'), gateway: accessDenied() },
  },
];

describePostCases('POST Object: signature', cases);
