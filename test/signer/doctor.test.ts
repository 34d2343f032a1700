import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  DeleteBucketCorsCommand,
  DeleteBucketLifecycleCommand,
  DeletePublicAccessBlockCommand,
} from '@aws-sdk/client-s3';
import { corsRule } from '../../signer/doctor/cors.ts';
import type { Finding } from '../../signer/doctor/finding.ts';
import { asJson, asText } from '../../signer/doctor/print.ts';
import type { PerStorage } from '../storage/storage-under-test.ts';
import {
  ABORT_RULE,
  assertBucketIsEmpty,
  collectFindings,
  denyAction,
  makePublic,
  makeReadable,
  openTarget,
  PRIVATE,
  setBlock,
  setCors,
  setFault,
  setLifecycle,
  SITE,
  unexpectedFindings,
  type DoctorFixture,
} from './doctor-target.ts';

describe('the doctor', () => {
  it('finds no fault in a bucket that is set up correctly', async () => {
    await using fixture = await openTarget();
    const findings = await collectFindings(fixture.target);
    assert.deepEqual(
      findings.map(({ check, state }) => `${state} ${check}`),
      [
        'ok endpoint',
        'ok clock',
        'ok credentials',
        'ok bucket',
        'ok region',
        'ok cors-post',
        'ok cors-put',
        'ok cors-expose',
        'ok post-policy',
        'ok post-policy-enforced',
        'ok confirm',
        'ok public-read',
        'ok multipart',
        'ok lifecycle',
        'ok public-write',
        'ok public-list',
        `${fixture.bucket.isGateway ? 'broken' : 'ok'} public-access-block`,
        `${fixture.bucket.isGateway ? 'broken' : 'ok'} put-unsigned-headers`,
        'ok part-unsigned-headers',
        'ok conditional-writes',
      ],
    );
    await assertBucketIsEmpty(fixture.bucket);
  });

  it('finds no fault if small files are uploaded by PUT', async () => {
    await using fixture = await openTarget();
    const findings = await collectFindings({ ...fixture.target, method: 'PUT' });
    assert.deepEqual(unexpectedFindings(fixture, findings), []);
    assert.ok(findings.some(({ check }) => check === 'put-enforced'));
  });

  it('proves by an upload of its own that a longer body is refused, and not because an object is there already', async () => {
    await using fixture = await openTarget();
    await collectFindings(fixture.target);
    const posts = fixture.bucket.proxy.requests.filter(({ method, path }) => method === 'POST' && !path.includes('?'));
    const statuses = posts.map(({ status }) => status);
    assert.ok(statuses.includes(400), statuses.join());
    assert.ok(!statuses.slice(0, statuses.indexOf(400)).includes(412), statuses.join());
  });

  /** The checks that are not made without access to the bucket. */
  const AFTER_ACCESS = [
    ...['cors', 'upload', 'multipart', 'lifecycle', 'public-access', 'unsigned-headers', 'conditional-writes'],
  ];

  interface Case {
    name: string;
    breakIt: (fixture: DoctorFixture) => unknown;
    /** The checks that must be broken. */
    broken: string[];
    /** The checks that must be unproved. Default: none. */
    unproved?: string[] | PerStorage<string[]>;
    /** The text that the printed findings must contain. */
    message: RegExp;
  }
  const cases: Case[] = [
    {
      name: 'an endpoint that does not respond',
      breakIt: (fixture) => fixture.bucket.proxy.close(),
      broken: ['endpoint'],
      unproved: AFTER_ACCESS,
      message: /AWS_ENDPOINT_URL_S3/,
    },
    {
      name: 'a clock that is ten minutes wrong',
      breakIt: (fixture) =>
        setFault(fixture, {
          do: 'headers',
          method: '*',
          headers: { date: new Date(Date.now() + 600_000).toUTCString() },
        }),
      broken: ['clock'],
      message: /NTP/,
    },
    {
      name: 'an unknown access key',
      breakIt: (fixture) => {
        const { secretAccessKey } = fixture.bucket.credentials;
        const credentials = { accessKeyId: 'NOSUCHACCESSKEY00001', secretAccessKey };
        fixture.target.client = fixture.bucket.clientWith({ credentials });
      },
      broken: ['credentials'],
      unproved: AFTER_ACCESS,
      message: /AWS_ACCESS_KEY_ID/,
    },
    {
      name: 'a wrong secret',
      breakIt: (fixture) => {
        const { accessKeyId } = fixture.bucket.credentials;
        const credentials = { accessKeyId, secretAccessKey: 'not the secret of this key at all' };
        fixture.target.client = fixture.bucket.clientWith({ credentials });
      },
      broken: ['credentials'],
      unproved: AFTER_ACCESS,
      message: /AWS_SECRET_ACCESS_KEY/,
    },
    {
      name: 'a bucket that does not exist',
      breakIt: (fixture) => (fixture.target.bucket = `${fixture.target.bucket}-no`.slice(-40)),
      broken: ['bucket'],
      unproved: AFTER_ACCESS,
      message: /create-bucket/,
    },
    {
      name: 'a bucket in another region',
      // Ceph accepts any region, so the proxy sends AWS's response.
      breakIt: (fixture) =>
        setFault(fixture, {
          do: 'answer',
          method: 'GET',
          status: 400,
          headers: { 'content-type': 'application/xml' },
          body: "<Error><Code>AuthorizationHeaderMalformed</Code><Message>The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-central-1'</Message><Region>eu-central-1</Region></Error>",
        }),
      broken: ['region'],
      unproved: AFTER_ACCESS,
      message: /AWS_REGION=eu-central-1/,
    },
    {
      name: 'a bucket without CORS',
      breakIt: ({ bucket }) => bucket.directClient.send(new DeleteBucketCorsCommand({ Bucket: bucket.name })),
      broken: ['cors-post', 'cors-put', 'cors-expose'],
      message: /"AllowedMethods": \[\s*"POST",\s*"PUT"/,
    },
    {
      name: 'CORS for another origin',
      breakIt: (fixture) => setCors(fixture.bucket, { ...corsRule(['https://site.example.net']) }),
      broken: ['cors-post', 'cors-put', 'cors-expose'],
      message: /"AllowedOrigins": \[\s*"https:\/\/site\.example\.net",\s*"https:\/\/site\.example"/,
    },
    {
      name: 'CORS without POST',
      breakIt: (fixture) => setCors(fixture.bucket, { ...corsRule([SITE]), AllowedMethods: ['PUT'] }),
      broken: ['cors-post', 'cors-expose'],
      message: /put-bucket-cors/,
    },
    {
      name: 'CORS without PUT',
      breakIt: (fixture) => setCors(fixture.bucket, { ...corsRule([SITE]), AllowedMethods: ['POST'] }),
      broken: ['cors-put'],
      message: /put-bucket-cors/,
    },
    {
      name: 'CORS that allows no request header',
      breakIt: (fixture) => setCors(fixture.bucket, { ...corsRule([SITE]), AllowedHeaders: [] }),
      broken: ['cors-put'],
      message: /"AllowedHeaders": \[\s*"\*"/,
    },
    {
      name: 'CORS that allows a file’s type, but not its name',
      breakIt: (fixture) =>
        setCors(fixture.bucket, { ...corsRule([SITE]), AllowedHeaders: ['content-type', 'x-amz-checksum-*'] }),
      broken: ['cors-put'],
      message: /"AllowedHeaders": \[[^\]]*"x-amz-checksum-\*",\s*"\*"/,
    },
    {
      name: 'CORS that does not allow the page’s metadata',
      breakIt: (fixture) => {
        fixture.target.metadata = ['album'];
        const AllowedHeaders = ['content-*', 'x-amz-checksum-*', 'x-amz-meta-name', 'x-amz-meta-path'];
        return setCors(fixture.bucket, { ...corsRule([SITE]), AllowedHeaders });
      },
      broken: ['cors-put'],
      message: /put-bucket-cors/,
    },
    {
      name: 'a preflight that succeeds, but allows too few headers',
      breakIt: (fixture) =>
        setFault(fixture, {
          do: 'headers',
          method: 'OPTIONS',
          headers: { 'access-control-allow-headers': 'content-type' },
        }),
      broken: ['cors-put'],
      message: /does not allow content-disposition, x-amz-meta-name, /,
    },
    {
      name: 'CORS that exposes no response header',
      breakIt: (fixture) => setCors(fixture.bucket, { ...corsRule([SITE]), ExposeHeaders: [] }),
      broken: ['cors-expose'],
      message: /"ExposeHeaders": \[\s*"ETag"/,
    },
    {
      name: 'a storage without browser-based POST',
      breakIt: (fixture) =>
        setFault(fixture, {
          do: 'answer',
          method: 'POST',
          skip: 1,
          times: 1,
          status: 501,
          body: '<Error><Code>NotImplemented</Code></Error>',
        }),
      broken: ['post-policy'],
      message: /SIGNER_METHOD=put/,
    },
    {
      name: 'a storage that does not enforce the policy',
      breakIt: (fixture) => setFault(fixture, { do: 'answer', method: 'POST', skip: 2, times: 1, status: 204 }),
      broken: ['post-policy-enforced'],
      message: /no limit is effective/,
    },
    {
      name: 'a missing permission to store',
      breakIt: (fixture) => denyAction(fixture, 's3:PutObject', { method: 'POST', skip: 1 }),
      broken: ['post-policy', 'multipart'],
      unproved: {
        // The proxy denies POST only, a bucket policy everything.
        local: ['part-unsigned-headers', 'conditional-writes'],
        gateway: ['unsigned-headers', 'conditional-writes'],
      },
      message: /"Action": \[\s*"s3:PutObject"/,
    },
    {
      name: 'a missing permission to read',
      breakIt: (fixture) => denyAction(fixture, 's3:GetObject', { method: 'HEAD', path: '/doctor/' }),
      broken: ['confirm'],
      // The proxy denies HeadObject only, a bucket policy GetObject, too.
      unproved: { local: [], gateway: ['put-unsigned-headers', 'part-unsigned-headers', 'conditional-writes'] },
      message: /"s3:GetObject"/,
    },
    {
      name: 'a missing permission to list parts',
      breakIt: (fixture) => denyAction(fixture, 's3:ListMultipartUploadParts', { method: 'GET', path: 'uploadId=' }),
      broken: ['multipart'],
      // A strict storage accepts no part that would have to be listed.
      unproved: { local: [], gateway: ['part-unsigned-headers'] },
      message: /"s3:ListMultipartUploadParts"/,
    },
    {
      name: 'a missing permission to abort',
      breakIt: (fixture) => denyAction(fixture, 's3:AbortMultipartUpload', { method: 'DELETE', path: 'uploadId=' }),
      broken: ['multipart'],
      message: /"s3:AbortMultipartUpload"/,
    },
    {
      name: 'a missing rule for unfinished uploads',
      breakIt: ({ bucket }) => bucket.directClient.send(new DeleteBucketLifecycleCommand({ Bucket: bucket.name })),
      broken: ['lifecycle'],
      message: /"DaysAfterInitiation": 7/,
    },
    {
      name: 'a disabled rule for unfinished uploads',
      breakIt: (fixture) => setLifecycle(fixture.bucket, { ...ABORT_RULE, Status: 'Disabled' }),
      broken: ['lifecycle'],
      message: /is disabled/,
    },
    {
      name: 'a rule for unfinished uploads in another folder',
      breakIt: (fixture) => setLifecycle(fixture.bucket, { ...ABORT_RULE, Filter: { Prefix: 'backups/' } }),
      broken: ['lifecycle'],
      message: /under "uploads\/"/,
    },
    {
      name: 'a rule that keeps unfinished uploads for a month',
      breakIt: (fixture) =>
        setLifecycle(fixture.bucket, { ...ABORT_RULE, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 30 } }),
      broken: ['lifecycle'],
      message: /kept for 30 days/,
    },
    {
      name: 'a missing public-access block',
      breakIt: ({ bucket }) => bucket.directClient.send(new DeletePublicAccessBlockCommand({ Bucket: bucket.name })),
      broken: ['public-access-block'],
      message: /"RestrictPublicBuckets": true/,
    },
    {
      name: 'an incomplete public-access block',
      breakIt: (fixture) => setBlock(fixture.bucket, { ...PRIVATE, BlockPublicAcls: false, BlockPublicPolicy: false }),
      broken: ['public-access-block'],
      message: /BlockPublicAcls, BlockPublicPolicy are off/,
    },
    {
      name: 'uploads that can be read without a signature',
      breakIt: (fixture) => makeReadable(fixture),
      broken: ['public-read'],
      message: /anyone who knows an upload’s key can read/,
    },
    {
      name: 'uploads that are meant to be public and cannot be read',
      breakIt: (fixture) => (fixture.target.publicRead = true),
      broken: ['public-read'],
      message: /"Principal": "\*"/,
    },
    {
      name: 'a storage without POST that accepts PUTs without a signature',
      breakIt: (fixture) => {
        fixture.target.method = 'PUT';
        const body = '<Error><Code>NotImplemented</Code></Error>';
        fixture.bucket.proxy.faults = [
          // The first POSTs are those of the exposed headers and of the multipart upload.
          { do: 'answer', method: 'POST', skip: 4, times: 1, status: 501, body },
          { do: 'answer', method: 'PUT', path: '/doctor/unsigned-', status: 200 },
        ];
      },
      broken: ['public-write'],
      message: /anyone can store objects without a signature/,
    },
    {
      name: 'a bucket that can be listed without a signature',
      breakIt: (fixture) => makePublic(fixture, 'public-read', { method: 'GET', path: 'list-type=2', skip: 1 }),
      broken: ['public-list', 'public-access-block'],
      message: /anyone can list the bucket/,
    },
    {
      name: 'a bucket that can be written to without a signature',
      breakIt: (fixture) => makePublic(fixture, 'public-read-write', { method: 'POST', skip: 6 }),
      broken: ['public-write', 'public-access-block'],
      message: /anyone can store objects without a signature/,
    },
  ];
  for (const { name, breakIt, broken, unproved = [], message } of cases) {
    it(`reports ${name}`, async () => {
      await using fixture = await openTarget();
      await breakIt(fixture);
      const findings = await collectFindings(fixture.target);
      const found = (state: Finding['state']) => findings.filter((finding) => finding.state === state);
      const isExpected = (check: string): boolean => broken.includes(check) || !fixture.alsoBroken.includes(check);
      assert.deepEqual(
        new Set(found('broken').flatMap(({ check }) => (isExpected(check) ? check : []))),
        new Set(broken),
      );
      assert.deepEqual(
        found('unproved').map(({ check }) => check),
        Array.isArray(unproved) ? unproved : unproved[fixture.bucket.isGateway ? 'gateway' : 'local'],
      );
      const text = findings.map((finding) => asText(finding)).join('\n');
      assert.match(text, message);
      assert.doesNotMatch(text, /X-Amz-Signature|x-amz-credential/i);
      assert.equal((JSON.parse(asJson(findings)) as { healthy: boolean }).healthy, false);
    });
  }
});
