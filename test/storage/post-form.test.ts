import { describePostCases, refused, type PostCase } from './post-cases.ts';
import { filePart, formParts, withChanges, type SignedForm } from './post-form.ts';
import { both } from './storage-under-test.ts';

const withRepeatedField = (name: string) => (form: SignedForm) =>
  formParts({ ...form, fields: [...form.fields, [name, 'again']] });

const cases: PostCase[] = [
  {
    title: 'refuses a form without a key',
    changeForm: (form) => withChanges(form, { key: undefined }),
    expected: {
      local: refused(
        400,
        'InvalidArgument',
        "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.",
      ),
      gateway: refused(400, 'InvalidArgument'),
    },
  },
  {
    title: 'refuses a form whose file precedes its fields',
    parts: (form) => formParts(form).reverse(),
    expected: { local: refused(400, 'InvalidArgument'), gateway: refused(400, 'InvalidArgument') },
  },
  {
    title: 'refuses a form without a file',
    parts: (form) => formParts(form).slice(0, -1),
    expected: {
      local: refused(400, 'InvalidArgument', 'POST requires exactly one file upload per request.'),
      gateway: 'stored',
    },
  },
  {
    title: 'refuses a form with two files',
    parts: (form) => [...formParts(form), filePart('second')],
    expected: {
      local: refused(400, 'InvalidArgument', 'POST requires exactly one file upload per request.'),
      gateway: 'stored',
    },
  },
  {
    title: 'refuses a form with two keys',
    options: { conditions: [['starts-with', '$key', '']] },
    parts: withRepeatedField('key'),
    expected: { local: refused(400, 'InvalidArgument'), gateway: 'accepted' },
  },
  {
    title: 'refuses a form with a repeated field',
    options: {
      fields: { 'x-amz-meta-a': '1' },
      conditions: [
        ['starts-with', '$key', ''],
        ['starts-with', '$x-amz-meta-a', ''],
      ],
    },
    parts: withRepeatedField('x-amz-meta-a'),
    expected: { local: refused(400, 'InvalidArgument'), gateway: 'stored' },
  },
  {
    title: 'ignores a field after the file',
    parts: (form) => [...formParts(form), { name: 'acl', value: 'public-read' }],
    expected: both('stored'),
  },
  {
    title: 'refuses a field that exceeds 20,480 bytes before the file',
    changeForm: (form) => withChanges(form, { 'x-ignore-a': 'x'.repeat(20_480) }),
    expected: { local: refused(400, 'MaxPostPreDataLengthExceeded'), gateway: 'stored' },
  },
  {
    title: 'accepts 16,000 bytes before the file',
    changeForm: (form) => withChanges(form, { 'x-ignore-a': 'x'.repeat(16_000) }),
    expected: both('stored'),
  },
  {
    title: 'refuses many small fields that exceed 20,480 bytes together',
    changeForm: (form) =>
      withChanges(form, Object.fromEntries(Array.from({ length: 400 }, (_, index) => [`x-ignore-${index}`, 'x']))),
    expected: { local: refused(400, 'MaxPostPreDataLengthExceeded'), gateway: 'stored' },
  },
  {
    title: 'refuses a policy of 25 KB',
    options: {
      changePolicy: ({ expiration, conditions }) => ({
        expiration,
        conditions: [...conditions, ...Array.from({ length: 600 }, () => ['starts-with', '$key', ''])],
      }),
    },
    expected: { local: refused(400, 'MaxPostPreDataLengthExceeded'), gateway: 'stored' },
  },
  {
    title: 'refuses a body without a Content-Length',
    post: { chunked: true },
    expected: both(refused(411, 'MissingContentLength')),
  },
  {
    title: 'refuses a body that is not multipart/form-data',
    post: { contentType: 'application/x-www-form-urlencoded' },
    expected: { local: refused(412, 'PreconditionFailed'), gateway: refused(400, 'InvalidArgument') },
  },
  {
    title: 'refuses a truncated form',
    post: { cutBytes: 20 },
    expected: { local: refused(400, 'MalformedPOSTRequest'), gateway: refused(400, 'InvalidArgument') },
  },
  {
    title: 'refuses a bucket that does not exist',
    post: { bucket: 'not-there' },
    expected: both(refused(404, 'NoSuchBucket')),
  },
  { title: 'accepts a key of 1,024 bytes', key: `test/${'k'.repeat(1019)}`, expected: both('stored') },
  {
    title: 'refuses a key of 1,025 bytes',
    key: `test/${'k'.repeat(1020)}`,
    expected: { local: refused(400, 'KeyTooLongError'), gateway: 'accepted' },
  },

  // Metadata of the object
  {
    title: 'refuses an unknown storage class',
    options: { fields: { 'x-amz-storage-class': 'LUKEWARM' } },
    expected: { local: refused(400, 'InvalidStorageClass'), gateway: refused(400, 'InvalidArgument') },
  },
  {
    title: 'refuses an unknown canned ACL',
    options: { fields: { acl: 'everyone' } },
    expected: { local: refused(400, 'InvalidArgument'), gateway: refused(400, 'InvalidArgument') },
  },
  {
    title: 'refuses tags that are not well-formed XML',
    options: { fields: { tagging: '<Tagging><TagSet>' } },
    expected: { local: refused(400, 'MalformedXML'), gateway: refused(400, 'InvalidArgument') },
  },
  {
    title: 'refuses metadata larger than 2 KB',
    options: { fields: { 'x-amz-meta-a': 'x'.repeat(2048) } },
    expected: { local: refused(400, 'MetadataTooLarge'), gateway: 'stored' },
  },
  {
    title: 'refuses a value that contains a line break',
    options: { fields: { 'Content-Disposition': 'attachment\r\nx-evil: 1' } },
    expected: { local: refused(400, 'InvalidArgument'), gateway: 'stored' },
  },
];

describePostCases('POST Object: form', cases);
