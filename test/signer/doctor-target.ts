import assert from 'node:assert/strict';
import {
  DeletePublicAccessBlockCommand,
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
import { diagnose } from '../../signer/doctor/diagnose.ts';
import type { Finding, Target } from '../../signer/doctor/finding.ts';
import type { Fault } from '../helpers/faults.ts';
import { openBucket, type TestBucket } from './bucket.ts';

/** The origin of the pages that upload. */
export const SITE = 'https://site.example';

/** The response of a storage to credentials without a permission. */
export const DENIED = {
  do: 'answer',
  status: 403,
  headers: { 'content-type': 'application/xml' },
  body: '<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>',
} as const;

/** A lifecycle rule that aborts unfinished uploads in time. */
export const ABORT_RULE: LifecycleRule = {
  ID: 'orphans',
  Status: 'Enabled',
  Filter: { Prefix: '' },
  AbortIncompleteMultipartUpload: { DaysAfterInitiation: 3 },
};

/** A public-access block that makes the bucket private. */
export const PRIVATE = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
};

/** A bucket that is set up correctly, as the target of the doctor. Tests break one or the other. */
export interface DoctorFixture extends AsyncDisposable {
  bucket: TestBucket;
  target: Target;
  /** Checks that are broken besides the one that the test is about. */
  alsoBroken: string[];
}

/** Creates a bucket and sets it up as the doctor demands. */
export async function openTarget(): Promise<DoctorFixture> {
  const bucket = await openBucket();
  await setCors(bucket, corsRule([SITE]));
  await setLifecycle(bucket, ABORT_RULE);
  // With BlockPublicAcls, Ceph 16 refuses every PUT, so it is off there and the doctor reports that.
  await setBlock(bucket, { ...PRIVATE, BlockPublicAcls: !bucket.isGateway });
  const { client, name, region } = bucket;
  return {
    bucket,
    target: {
      client,
      bucket: name,
      region,
      prefix: 'uploads/',
      origins: [SITE],
      metadata: [],
      method: 'POST',
      offersPut: true,
      signAbsentHeaders: false,
      conditionalWrites: true,
      publicRead: false,
    },
    // Ceph 16 accepts headers with a PUT that were not signed.
    alsoBroken: bucket.isGateway ? ['public-access-block', 'put-unsigned-headers'] : [],
    [Symbol.asyncDispose]: () => bucket.close(),
  };
}

/** Runs the doctor. */
export async function collectFindings(target: Target, options?: { fix: boolean }): Promise<Finding[]> {
  const findings: Finding[] = [];
  for await (const finding of diagnose(target, options)) findings.push(finding);
  return findings;
}

/** The findings that are not ok, without those that are expected on this storage. */
export const unexpectedFindings = ({ alsoBroken }: DoctorFixture, findings: Finding[]): Finding[] =>
  findings.filter(({ check, state }) => state !== 'ok' && !alsoBroken.includes(check));

/** Replaces the bucket's CORS rules. */
export const setCors = ({ directClient, name }: TestBucket, rule: CORSRule) =>
  directClient.send(new PutBucketCorsCommand({ Bucket: name, CORSConfiguration: { CORSRules: [rule] } }));

/** Replaces the bucket's lifecycle rules. */
export const setLifecycle = ({ directClient, name }: TestBucket, rule: LifecycleRule) =>
  directClient.send(
    new PutBucketLifecycleConfigurationCommand({ Bucket: name, LifecycleConfiguration: { Rules: [rule] } }),
  );

/** Replaces the bucket's public-access block. */
export const setBlock = ({ directClient, name }: TestBucket, PublicAccessBlockConfiguration: typeof PRIVATE) =>
  directClient.send(new PutPublicAccessBlockCommand({ Bucket: name, PublicAccessBlockConfiguration }));

/** Makes the proxy break matching requests. */
export const setFault = ({ bucket }: DoctorFixture, fault: Fault): void => {
  bucket.proxy.faults = [fault];
};

/** The requests that a fault concerns. */
type RequestFilter = Pick<Fault, 'method' | 'path' | 'skip'>;

/** Takes a permission away: with a bucket policy on the gateway, else with the response that AWS would send. */
export async function denyAction({ bucket }: DoctorFixture, action: string, request: RequestFilter): Promise<void> {
  const { isGateway, name } = bucket;
  if (!isGateway) {
    const also = action === 's3:PutObject' ? [{ ...DENIED, method: 'POST', path: 'uploads=' }] : [];
    bucket.proxy.faults = [...also, { ...DENIED, ...request }];
    return;
  }
  const Resource = [`arn:aws:s3:::${name}`, `arn:aws:s3:::${name}/*`];
  await setPolicy(bucket, { Effect: 'Deny', Principal: '*', Action: action, Resource });
}

/** Makes the bucket public: with an ACL on the gateway, else with the response of a public bucket. */
export async function makePublic(
  fixture: DoctorFixture,
  ACL: 'public-read' | 'public-read-write',
  request: RequestFilter,
): Promise<void> {
  const { isGateway, directClient, name } = fixture.bucket;
  await directClient.send(new DeletePublicAccessBlockCommand({ Bucket: name }));
  if (isGateway) await directClient.send(new PutBucketAclCommand({ Bucket: name, ACL }));
  else setFault(fixture, { do: 'answer', status: 204, times: 1, ...request });
  if (isGateway && ACL === 'public-read-write') fixture.alsoBroken.push('public-list');
}

/** Makes the uploads readable: with a bucket policy on the gateway, else with the response of a readable object. */
export async function makeReadable(fixture: DoctorFixture): Promise<void> {
  const { bucket } = fixture;
  if (!bucket.isGateway) {
    return setFault(fixture, { do: 'answer', method: 'GET', path: '/doctor/', times: 1, status: 200 });
  }
  await setBlock(bucket, {
    ...PRIVATE,
    BlockPublicAcls: false,
    BlockPublicPolicy: false,
    RestrictPublicBuckets: false,
  });
  const Resource = `arn:aws:s3:::${bucket.name}/*`;
  await setPolicy(bucket, { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource });
  await setBlock(bucket, { ...PRIVATE, BlockPublicAcls: false, RestrictPublicBuckets: false });
}

const setPolicy = ({ directClient, name }: TestBucket, statement: object) =>
  directClient.send(
    new PutBucketPolicyCommand({
      Bucket: name,
      Policy: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
    }),
  );

/** Checks that the doctor has left neither objects nor multipart uploads. */
export async function assertBucketIsEmpty({ directClient, name }: TestBucket): Promise<void> {
  const { Contents = [] } = await directClient.send(new ListObjectsV2Command({ Bucket: name }));
  assert.deepEqual(Contents, []);
  const { Uploads = [] } = await directClient.send(new ListMultipartUploadsCommand({ Bucket: name }));
  assert.deepEqual(Uploads, []);
}
