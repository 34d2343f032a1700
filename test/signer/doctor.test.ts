import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  DeleteBucketCorsCommand,
  DeleteBucketLifecycleCommand,
  DeletePublicAccessBlockCommand,
  GetBucketCorsCommand,
  GetBucketLifecycleConfigurationCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutBucketAclCommand,
  PutBucketCorsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutPublicAccessBlockCommand,
  type CORSRule,
  type LifecycleRule,
} from '@aws-sdk/client-s3';
import { corsRule } from '../../signer/doctor/cors.ts';
import { diagnose, type Finding, type Patient } from '../../signer/doctor/index.ts';
import { asJson, asText, summary } from '../../signer/doctor/print.ts';
import type { Fault } from '../helpers/faults.ts';
import { openBucket, type LiveBucket } from './bucket.ts';

const SITE = 'https://site.example';

const DENIED = {
  do: 'answer',
  status: 403,
  headers: { 'content-type': 'application/xml' },
  body: '<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>',
} as const;

describe('the doctor finds', () => {
  it('nothing wrong with a bucket that is set up as it says', async () => {
    await using sick = await admit();
    const findings = await examine(sick.patient);
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
        `${sick.live.isGateway ? 'broken' : 'ok'} public-access-block`,
      ],
    );
    await leavesNothing(sick.live);
  });

  it('nothing wrong where small files go up by PUT', async () => {
    await using sick = await admit();
    const findings = await examine({ ...sick.patient, method: 'PUT' });
    assert.deepEqual(notOk(sick, findings), []);
    assert.ok(findings.some(({ check }) => check === 'put-enforced'));
  });

  interface Expected {
    broken: string[];
    /** What the advice must say. */
    says: RegExp;
    unproved?: string[];
  }
  const faults: (Expected & {
    name: string;
    plant: (sick: Sick) => unknown;
  })[] = [
    {
      name: 'an endpoint that does not answer',
      plant: (sick) => sick.live.proxy.close(),
      broken: ['endpoint'],
      unproved: ['cors', 'upload', 'multipart', 'lifecycle', 'public-access'],
      says: /AWS_ENDPOINT_URL_S3/,
    },
    {
      name: 'a clock ten minutes wrong',
      plant: (sick) =>
        strike(sick, { do: 'headers', method: '*', headers: { date: new Date(Date.now() + 600_000).toUTCString() } }),
      broken: ['clock'],
      says: /NTP/,
    },
    {
      name: 'an unknown access key',
      plant: (sick) => {
        const { secretAccessKey } = sick.live.credentials;
        const credentials = { accessKeyId: 'NOSUCHACCESSKEY00001', secretAccessKey };
        sick.patient.client = sick.live.clientWith({ credentials });
      },
      broken: ['credentials'],
      unproved: ['cors', 'upload', 'multipart', 'lifecycle', 'public-access'],
      says: /AWS_ACCESS_KEY_ID/,
    },
    {
      name: 'a wrong secret',
      plant: (sick) => {
        const { accessKeyId } = sick.live.credentials;
        const credentials = { accessKeyId, secretAccessKey: 'not the secret of this key at all' };
        sick.patient.client = sick.live.clientWith({ credentials });
      },
      broken: ['credentials'],
      unproved: ['cors', 'upload', 'multipart', 'lifecycle', 'public-access'],
      says: /AWS_SECRET_ACCESS_KEY/,
    },
    {
      name: 'a bucket that is not there',
      plant: (sick) => (sick.patient.bucket = `${sick.patient.bucket}-no`.slice(-40)),
      broken: ['bucket'],
      unproved: ['cors', 'upload', 'multipart', 'lifecycle', 'public-access'],
      says: /create-bucket/,
    },
    {
      name: 'a bucket of another region',
      // Ceph takes any region, so the answer is AWS's.
      plant: (sick) =>
        strike(sick, {
          do: 'answer',
          method: 'GET',
          status: 400,
          headers: { 'content-type': 'application/xml' },
          body: "<Error><Code>AuthorizationHeaderMalformed</Code><Message>The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-central-1'</Message><Region>eu-central-1</Region></Error>",
        }),
      broken: ['region'],
      unproved: ['cors', 'upload', 'multipart', 'lifecycle', 'public-access'],
      says: /AWS_REGION=eu-central-1/,
    },
    {
      name: 'a bucket without CORS',
      plant: ({ live }) => live.owner.send(new DeleteBucketCorsCommand({ Bucket: live.bucket })),
      broken: ['cors-post', 'cors-put', 'cors-expose'],
      says: /"AllowedMethods": \[\s*"POST",\s*"PUT"/,
    },
    {
      name: 'CORS for another origin',
      plant: (sick) => setCors(sick.live, { ...corsRule(['https://site.example.net']) }),
      broken: ['cors-post', 'cors-put', 'cors-expose'],
      says: /"AllowedOrigins": \[\s*"https:\/\/site\.example"/,
    },
    {
      name: 'CORS without POST',
      plant: (sick) => setCors(sick.live, { ...corsRule([SITE]), AllowedMethods: ['PUT'] }),
      broken: ['cors-post', 'cors-expose'],
      says: /put-bucket-cors/,
    },
    {
      name: 'CORS without PUT',
      plant: (sick) => setCors(sick.live, { ...corsRule([SITE]), AllowedMethods: ['POST'] }),
      broken: ['cors-put'],
      says: /put-bucket-cors/,
    },
    {
      name: 'CORS that lets no header be sent',
      plant: (sick) => setCors(sick.live, { ...corsRule([SITE]), AllowedHeaders: [] }),
      broken: ['cors-put'],
      says: /"AllowedHeaders": \[\s*"\*"/,
    },
    {
      name: 'CORS that lets a file’s type be sent, and not its name',
      plant: (sick) =>
        setCors(sick.live, { ...corsRule([SITE]), AllowedHeaders: ['content-type', 'x-amz-checksum-*'] }),
      broken: ['cors-put'],
      says: /"AllowedHeaders": \[\s*"\*"/,
    },
    {
      name: 'CORS that lets no metadata of the page be sent',
      plant: (sick) => {
        sick.patient.metadata = ['album'];
        const AllowedHeaders = ['content-*', 'x-amz-checksum-*', 'x-amz-meta-name', 'x-amz-meta-path'];
        return setCors(sick.live, { ...corsRule([SITE]), AllowedHeaders });
      },
      broken: ['cors-put'],
      says: /put-bucket-cors/,
    },
    {
      name: 'a preflight that is answered, and allows too few headers',
      plant: (sick) =>
        strike(sick, { do: 'headers', method: 'OPTIONS', headers: { 'access-control-allow-headers': 'content-type' } }),
      broken: ['cors-put'],
      says: /does not allow content-disposition, x-amz-meta-name, /,
    },
    {
      name: 'CORS that exposes no header',
      plant: (sick) => setCors(sick.live, { ...corsRule([SITE]), ExposeHeaders: [] }),
      broken: ['cors-expose'],
      says: /"ExposeHeaders": \[\s*"ETag"/,
    },
    {
      name: 'a storage without browser-based POST',
      plant: (sick) =>
        strike(sick, {
          do: 'answer',
          method: 'POST',
          skip: 1,
          times: 1,
          status: 501,
          body: '<Error><Code>NotImplemented</Code></Error>',
        }),
      broken: ['post-policy'],
      says: /SIGNER_METHOD=put/,
    },
    {
      name: 'a storage that does not hold to the policy',
      plant: (sick) => strike(sick, { do: 'answer', method: 'POST', skip: 2, times: 1, status: 204 }),
      broken: ['post-policy-enforced'],
      says: /no limit holds on it/,
    },
    {
      name: 'a missing right to store',
      plant: (sick) => deny(sick, 's3:PutObject', { method: 'POST', skip: 1 }),
      broken: ['post-policy', 'multipart'],
      says: /"Action": \[\s*"s3:PutObject"/,
    },
    {
      name: 'a missing right to read back',
      plant: (sick) => deny(sick, 's3:GetObject', { method: 'HEAD', path: '/doctor/' }),
      broken: ['confirm'],
      says: /"s3:GetObject"/,
    },
    {
      name: 'a missing right to list parts',
      plant: (sick) => deny(sick, 's3:ListMultipartUploadParts', { method: 'GET', path: 'uploadId=' }),
      broken: ['multipart'],
      says: /"s3:ListMultipartUploadParts"/,
    },
    {
      name: 'a missing right to abort',
      plant: (sick) => deny(sick, 's3:AbortMultipartUpload', { method: 'DELETE', path: 'uploadId=' }),
      broken: ['multipart'],
      says: /"s3:AbortMultipartUpload"/,
    },
    {
      name: 'no rule for orphaned parts',
      plant: ({ live }) => live.owner.send(new DeleteBucketLifecycleCommand({ Bucket: live.bucket })),
      broken: ['lifecycle'],
      says: /"DaysAfterInitiation": 7/,
    },
    {
      name: 'a disabled rule for orphaned parts',
      plant: (sick) => setLifecycle(sick.live, { ...ORPHANS, Status: 'Disabled' }),
      broken: ['lifecycle'],
      says: /is disabled/,
    },
    {
      name: 'a rule for orphaned parts of another folder',
      plant: (sick) => setLifecycle(sick.live, { ...ORPHANS, Filter: { Prefix: 'backups/' } }),
      broken: ['lifecycle'],
      says: /under "uploads\/"/,
    },
    {
      name: 'a rule that keeps orphaned parts for a month',
      plant: (sick) =>
        setLifecycle(sick.live, { ...ORPHANS, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 30 } }),
      broken: ['lifecycle'],
      says: /kept for 30 days/,
    },
    {
      name: 'no public-access block',
      plant: ({ live }) => live.owner.send(new DeletePublicAccessBlockCommand({ Bucket: live.bucket })),
      broken: ['public-access-block'],
      says: /"RestrictPublicBuckets": true/,
    },
    {
      name: 'half a public-access block',
      plant: (sick) => setBlock(sick.live, { ...SHUT, BlockPublicAcls: false, BlockPublicPolicy: false }),
      broken: ['public-access-block'],
      says: /BlockPublicAcls, BlockPublicPolicy are off/,
    },
    {
      name: 'a bucket whose files strangers can read',
      plant: (sick) => letRead(sick),
      broken: ['public-read'],
      says: /a stranger who knows its key can read/,
    },
    {
      name: 'a bucket that is meant to be read by everyone, and is not',
      plant: (sick) => (sick.patient.publicRead = true),
      broken: ['public-read'],
      says: /"Principal": "\*"/,
    },
    {
      name: 'a storage without POST where strangers can write by PUT',
      plant: (sick) => {
        sick.patient.method = 'PUT';
        const body = '<Error><Code>NotImplemented</Code></Error>';
        sick.live.proxy.faults = [
          // After the one about exposed headers, and those of the multipart upload.
          { do: 'answer', method: 'POST', skip: 4, status: 501, body },
          { do: 'answer', method: 'PUT', path: '/doctor/stranger-', status: 200 },
        ];
      },
      broken: ['public-write'],
      says: /can store objects without any signature/,
    },
    {
      name: 'a bucket that strangers can list',
      plant: (sick) => open(sick, 'public-read', { method: 'GET', path: 'list-type=2', skip: 1 }),
      broken: ['public-list', 'public-access-block'],
      says: /can list the bucket/,
    },
    {
      name: 'a bucket that strangers can write to',
      plant: (sick) => open(sick, 'public-read-write', { method: 'POST', skip: 5 }),
      broken: ['public-write', 'public-access-block'],
      says: /can store objects without any signature/,
    },
  ];
  for (const { name, plant, broken, unproved = [], says } of faults) {
    it(name, async () => {
      await using sick = await admit();
      await plant(sick);
      const findings = await examine(sick.patient);
      const found = (state: Finding['state']) => findings.filter((finding) => finding.state === state);
      assert.deepEqual(
        new Set(found('broken').map(({ check }) => check)),
        new Set([...broken, ...(unproved.length > 0 ? [] : sick.besides)]),
      );
      assert.deepEqual(
        found('unproved').map(({ check }) => check),
        unproved,
      );
      const text = findings.map((finding) => asText(finding)).join('\n');
      assert.match(text, says);
      assert.doesNotMatch(text, /X-Amz-Signature|x-amz-credential/i);
      assert.equal((JSON.parse(asJson(findings)) as { healthy: boolean }).healthy, false);
    });
  }
});

describe('the doctor proves', () => {
  const LIST = { ...DENIED, method: 'GET', path: 'list-type=2' } as const;
  const proven = (findings: Finding[]) =>
    findings.filter(({ check }) => ['credentials', 'bucket', 'region'].includes(check)).map(({ state }) => state);

  it('credentials that may not list, by how the storage calls a wrong signature', async () => {
    await using sick = await admit();
    if (sick.live.isGateway) return;
    strike(sick, { ...LIST, times: 1 });
    assert.deepEqual(proven(await examine(sick.patient)), ['ok', 'ok', 'ok']);
    const puts = sick.live.proxy.requests.filter(({ method }) => method === 'PUT');
    assert.equal(puts.length, 1, 'the part of checkMultipart alone');
  });

  it('or, where it calls both the same, by a signed write', async () => {
    await using sick = await admit();
    strike(sick, LIST);
    assert.deepEqual(proven(await examine(sick.patient)), ['ok', 'ok', 'ok']);
    await leavesNothing(sick.live);
  });

  it('and takes nothing for proved that neither has shown', async () => {
    await using sick = await admit();
    sick.live.proxy.faults = [LIST, { ...DENIED, method: 'PUT' }];
    const denied = await examine(sick.patient);
    assert.deepEqual(proven(denied), ['broken']);
    assert.match(denied.map((finding) => asText(finding)).join('\n'), /AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/);
    sick.live.proxy.faults = [LIST, { do: 'answer', method: 'PUT', status: 500 }];
    const findings = await examine(sick.patient);
    assert.deepEqual(proven(findings), ['unproved']);
    assert.doesNotMatch(summary(findings), /Nothing is wrong/);
  });

  it('that a bucket is open to readers, where it is meant to be', async () => {
    await using sick = await admit();
    await letRead(sick);
    const findings = await examine({ ...sick.patient, publicRead: true });
    assert.ok(findings.some(({ check, state }) => check === 'public-read' && state === 'ok'));
  });

  it('no more than it says: a ? is no ✓', () => {
    const ok: Finding = { check: 'a', state: 'ok', detail: '' };
    const unproved: Finding = { check: 'b', state: 'unproved', detail: '' };
    assert.equal(summary([ok, { ...ok, state: 'mended' }]), 'Nothing is wrong.');
    assert.equal(summary([ok, unproved]), 'Nothing wrong was found, but not all was proved: b.');
    assert.equal(summary([{ ...ok, state: 'broken' }, unproved]), 'Wrong: a.');
    const report = (findings: Finding[]) => JSON.parse(asJson(findings)) as { healthy: boolean; proved: boolean };
    assert.deepEqual(
      [report([ok, unproved]).healthy, report([ok, unproved]).proved, report([ok]).proved],
      [true, false, true],
    );
  });
});

describe('the doctor mends', () => {
  it('CORS and lifecycle, keeping the rules that are there', async () => {
    await using sick = await admit();
    const { live, patient } = sick;
    const others = { ID: 'others', AllowedOrigins: ['https://else.example'], AllowedMethods: ['GET'] };
    await setCors(live, others);
    const expiry: LifecycleRule = {
      ID: 'logs',
      Status: 'Enabled',
      Filter: { Prefix: 'logs/' },
      Expiration: { Days: 9 },
    };
    await setLifecycle(live, expiry);
    const findings = await examine(patient, { fix: true });
    assert.deepEqual(
      findings.filter(({ state }) => state === 'mended').map(({ check }) => check),
      ['cors-post', 'cors-put', 'cors-expose', 'lifecycle'],
    );
    assert.deepEqual(notOk(sick, await examine(patient)), []);
    const { CORSRules = [] } = await live.owner.send(new GetBucketCorsCommand({ Bucket: live.bucket }));
    assert.deepEqual(
      CORSRules.map(({ ID }) => ID),
      ['s3-uploader', 'others'],
    );
    const { Rules = [] } = await live.owner.send(new GetBucketLifecycleConfigurationCommand({ Bucket: live.bucket }));
    assert.deepEqual(new Set(Rules.map(({ ID }) => ID)), new Set(['logs', 's3-uploader-orphaned-parts']));
  });

  it('the lifecycle, and keeps from which size on S3 moves objects', async () => {
    await using sick = await admit();
    const { live, patient } = sick;
    await setLifecycle(live, { ...ORPHANS, Status: 'Disabled' });
    const size = 'varies_by_storage_class';
    // Neither the local storage nor Ceph knows it, so the answer gets AWS's header.
    const header = 'x-amz-transition-default-minimum-object-size';
    strike(sick, { do: 'headers', method: 'GET', path: 'lifecycle', headers: { [header]: size } });
    const findings = await examine(patient, { fix: true });
    const put = live.proxy.requests.find(({ method, path }) => method === 'PUT' && path.includes('lifecycle'));
    assert.equal(put?.headers[header], size);
    assert.ok(findings.some(({ check, state }) => check === 'lifecycle' && state === 'mended'));
  });

  it('nothing without being told to', async () => {
    await using sick = await admit();
    const { live, patient } = sick;
    await live.owner.send(new DeleteBucketLifecycleCommand({ Bucket: live.bucket }));
    await examine(patient);
    assert.deepEqual(
      notOk(sick, await examine(patient)).map(({ check }) => check),
      ['lifecycle'],
    );
  });

  it('no CORS rules that it was not allowed to read', async () => {
    await using sick = await admit();
    const { live, patient } = sick;
    await setCors(live, corsRule(['https://else.example']));
    strike(sick, { ...DENIED, method: 'GET', path: '?cors' });
    const findings = await examine(patient, { fix: true });
    assert.ok(notOk(sick, findings).some(({ check, state }) => check === 'cors-post' && state === 'broken'));
    const { CORSRules = [] } = await live.owner.send(new GetBucketCorsCommand({ Bucket: live.bucket }));
    assert.deepEqual(CORSRules[0]?.AllowedOrigins, ['https://else.example']);
  });

  it('and says so where it may not', async () => {
    await using sick = await admit();
    await sick.live.owner.send(new DeleteBucketLifecycleCommand({ Bucket: sick.live.bucket }));
    strike(sick, { ...DENIED, method: 'PUT', path: '?lifecycle' });
    const [finding] = notOk(sick, await examine(sick.patient, { fix: true }));
    assert.equal(finding?.state, 'broken');
    assert.match(finding?.detail ?? '', /--fix could not mend it: AccessDenied/);
  });
});

const ORPHANS: LifecycleRule = {
  ID: 'orphans',
  Status: 'Enabled',
  Filter: { Prefix: '' },
  AbortIncompleteMultipartUpload: { DaysAfterInitiation: 3 },
};

const SHUT = { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true };

interface Sick extends AsyncDisposable {
  live: LiveBucket;
  patient: Patient;
  /** What planting the fault breaks beside it. */
  besides: string[];
}

/** A bucket in good health, and a patient to fall ill. */
async function admit(): Promise<Sick> {
  const live = await openBucket();
  await setCors(live, corsRule([SITE]));
  await setLifecycle(live, ORPHANS);
  // Ceph 16 takes BlockPublicAcls for "refuse every PUT", so there it stays off and the doctor says so.
  await setBlock(live, { ...SHUT, BlockPublicAcls: !live.isGateway });
  const { client, bucket, region } = live;
  return {
    live,
    patient: {
      client,
      bucket,
      region,
      prefix: 'uploads/',
      origins: [SITE],
      metadata: [],
      method: 'POST',
      publicRead: false,
    },
    besides: live.isGateway ? ['public-access-block'] : [],
    [Symbol.asyncDispose]: () => live.close(),
  };
}

async function examine(patient: Patient, options?: { fix: boolean }): Promise<Finding[]> {
  const findings: Finding[] = [];
  for await (const finding of diagnose(patient, options)) findings.push(finding);
  return findings;
}

const notOk = ({ besides }: Sick, findings: Finding[]) =>
  findings.filter(({ check, state }) => state !== 'ok' && !besides.includes(check));

const setCors = ({ owner, bucket }: LiveBucket, rule: CORSRule) =>
  owner.send(new PutBucketCorsCommand({ Bucket: bucket, CORSConfiguration: { CORSRules: [rule] } }));

const setLifecycle = ({ owner, bucket }: LiveBucket, rule: LifecycleRule) =>
  owner.send(new PutBucketLifecycleConfigurationCommand({ Bucket: bucket, LifecycleConfiguration: { Rules: [rule] } }));

const setBlock = ({ owner, bucket }: LiveBucket, PublicAccessBlockConfiguration: typeof SHUT) =>
  owner.send(new PutPublicAccessBlockCommand({ Bucket: bucket, PublicAccessBlockConfiguration }));

const strike = (sick: Sick, fault: Fault) => {
  sick.live.proxy.faults = [fault];
};

/** By the bucket's policy on the gateway; elsewhere by AWS's answer, as the local storage has no policies. */
async function deny(sick: Sick, action: string, request: Pick<Fault, 'method' | 'path' | 'skip'>): Promise<void> {
  const { isGateway, owner, bucket } = sick.live;
  if (!isGateway) {
    const also = action === 's3:PutObject' ? [{ ...DENIED, method: 'POST', path: 'uploads=' }] : [];
    sick.live.proxy.faults = [...also, { ...DENIED, ...request }];
    return;
  }
  const Resource = [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`];
  const Statement = [{ Effect: 'Deny', Principal: '*', Action: action, Resource }];
  await owner.send(
    new PutBucketPolicyCommand({ Bucket: bucket, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) }),
  );
}

/** By the bucket's ACL on the gateway; elsewhere by the answer of a bucket that has it. */
async function open(
  sick: Sick,
  ACL: 'public-read' | 'public-read-write',
  request: Pick<Fault, 'method' | 'path' | 'skip'>,
): Promise<void> {
  const { isGateway, owner, bucket } = sick.live;
  await owner.send(new DeletePublicAccessBlockCommand({ Bucket: bucket }));
  if (isGateway) await owner.send(new PutBucketAclCommand({ Bucket: bucket, ACL }));
  else strike(sick, { do: 'answer', status: 204, ...request });
  if (isGateway && ACL === 'public-read-write') sick.besides.push('public-list');
}

/** By the bucket's policy on the gateway; elsewhere by the answer of a bucket that has it. */
async function letRead(sick: Sick): Promise<void> {
  const { isGateway, owner, bucket } = sick.live;
  if (!isGateway) return strike(sick, { do: 'answer', method: 'GET', path: '/doctor/', times: 1, status: 200 });
  const Resource = `arn:aws:s3:::${bucket}/*`;
  const Statement = [{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource }];
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await setBlock(sick.live, {
    ...SHUT,
    BlockPublicAcls: false,
    BlockPublicPolicy: false,
    RestrictPublicBuckets: false,
  });
  await owner.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
  await setBlock(sick.live, { ...SHUT, BlockPublicAcls: false, RestrictPublicBuckets: false });
}

async function leavesNothing({ owner, bucket }: LiveBucket): Promise<void> {
  const { Contents = [] } = await owner.send(new ListObjectsV2Command({ Bucket: bucket }));
  assert.deepEqual(Contents, []);
  const { Uploads = [] } = await owner.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
  assert.deepEqual(Uploads, []);
}
