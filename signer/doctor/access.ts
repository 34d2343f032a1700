import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { Plan } from '../core/policy.ts';
import { bucketUrl, patience } from './address.ts';
import { remove } from './clean-up.ts';
import { failure, failureOf, said } from './failure.ts';
import { broken, ok, unproved, type Finding, type Patient } from './finding.ts';
import { grant } from './permissions.ts';
import { send } from './upload.ts';

/** Seconds. The tag takes a signature for expired a minute early, so that much never shows. */
const TOLERATED_SKEW = 60;

/** Whether the storage answers, and its clock agrees with the signer's: a policy's expiry is the signer's time. */
export async function checkEndpoint(patient: Patient): Promise<Finding[]> {
  const url = await bucketUrl(patient);
  const asked = Date.now();
  let response: Response;
  try {
    response = await fetch(url, { method: 'HEAD', redirect: 'manual', signal: patience() });
  } catch (error) {
    const { code, message } = failure((error as Error).cause ?? error);
    return [
      broken('endpoint', `${new URL(url).origin} does not answer: ${message || code}`, {
        what: 'Check AWS_ENDPOINT_URL_S3 and AWS_REGION, and that this machine may reach the storage.',
      }),
    ];
  }
  const answered = Date.now();
  const endpoint = ok('endpoint', `${new URL(url).origin} answers`);
  const date = Date.parse(response.headers.get('Date') ?? '');
  if (Number.isNaN(date)) return [endpoint, unproved('clock', 'the storage sends no Date')];
  // The header is cut to whole seconds, so half of one is added; the answer was written between the two readings.
  const skew = Math.round((date + 500 - (asked + answered) / 2) / 1000);
  if (Math.abs(skew) <= TOLERATED_SKEW) return [endpoint, ok('clock', `within ${Math.abs(skew)} s of the storage's`)];
  const detail = `this machine is ${Math.abs(skew)} s ${skew > 0 ? 'behind' : 'ahead of'} the storage; S3 refuses beyond 900 s`;
  return [
    endpoint,
    broken('clock', detail, {
      what: 'Set the clock by NTP, on the machine where the signer runs.',
      command: 'timedatectl set-ntp true',
    }),
  ];
}

/** Whether key and secret are taken, the bucket is there, and the region is its own. */
export async function checkAccess(patient: Patient): Promise<Finding[]> {
  const { client, bucket, region, prefix } = patient;
  const credentials = 'credentials';
  try {
    await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, MaxKeys: 1 }));
  } catch (error) {
    const found = failure(error);
    switch (found.code) {
      // Least privilege has no listing.
      case 'AccessDenied':
        return provenByDenial(patient);
      case 'NoSuchBucket':
        return [
          ok(credentials, 'key and secret are taken'),
          broken('bucket', `there is no bucket "${bucket}"`, {
            what: 'Check S3_BUCKET, or create the bucket.',
            command: `aws s3api create-bucket --bucket ${bucket} --region ${region}`,
          }),
        ];
      case 'PermanentRedirect':
      case 'AuthorizationHeaderMalformed':
      case 'IllegalLocationConstraintException':
        return [broken('region', `the bucket is not in ${region}: ${said(found)}`, regionMend(found.region))];
      case 'InvalidAccessKeyId':
      case 'SignatureDoesNotMatch':
      case 'InvalidToken':
      case 'ExpiredToken':
      case 'CredentialsProviderError':
        return [broken(credentials, said(found), { what: CREDENTIALS[found.code] ?? '' })];
      default:
        if (found.region && found.region !== region) {
          return [broken('region', `the bucket is in ${found.region}, not ${region}`, regionMend(found.region))];
        }
        return [broken(credentials, said(found), { what: 'S3 would not answer a signed request; its code says why.' })];
    }
  }
  return taken(patient);
}

const taken = ({ bucket, region }: Patient): Finding[] => [
  ok('credentials', 'key and secret are taken'),
  ok('bucket', `"${bucket}" is there`),
  ok('region', `a signature for ${region} is taken`),
];

/**
 * Where the storage calls a wrong signature something else, a denial comes after key, secret, region and bucket were taken.
 * Where it does not (Ceph with its token service), only a signed write proves them.
 */
async function provenByDenial(patient: Patient): Promise<Finding[]> {
  if (await isTold(patient)) return taken(patient);
  const plan: Plan = {
    method: 'PUT',
    key: `${patient.prefix}doctor/${crypto.randomUUID()}.txt`,
    size: 0,
    type: 'text/plain',
    headers: {},
  };
  const written = await send(patient, plan, '');
  if (written.ok) return [...taken(patient), ...(await remove(patient, plan.key))];
  const found = await failureOf(written);
  const detail = `neither listing nor storing is allowed, and this storage says no other of a wrong key or secret: ${said(found)}`;
  if (found.code !== 'AccessDenied') return [unproved('credentials', detail)];
  const { what, ...mend } = grant(patient, ['s3:PutObject']);
  const check = 'Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. If they are right:';
  return [broken('credentials', detail, { what: `${check} ${what}`, ...mend })];
}

/** Whether the storage tells a signature that is wrong from a right that is missing. */
async function isTold({ client, bucket, prefix }: Patient): Promise<boolean> {
  const url = new URL(
    await getSignedUrl(client, new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, MaxKeys: 1 })),
  );
  url.searchParams.set('X-Amz-Signature', '0'.repeat(64));
  const { code } = await failureOf(await fetch(url, { signal: patience() }));
  return code !== 'AccessDenied';
}

const regionMend = (region = 'REGION') => ({
  what: `Set AWS_REGION=${region}.`,
  command: `export AWS_REGION=${region}`,
});

const CREDENTIALS: Record<string, string> = {
  InvalidAccessKeyId: 'The storage does not know AWS_ACCESS_KEY_ID: check it, and that it was not deleted.',
  SignatureDoesNotMatch:
    'AWS_SECRET_ACCESS_KEY does not belong to AWS_ACCESS_KEY_ID: check for a cut or blank character.',
  InvalidToken: 'AWS_SESSION_TOKEN is not the one of this key: set all three from the same answer.',
  ExpiredToken: 'The session has expired: fetch new credentials, or give the signer a role that renews them.',
  CredentialsProviderError: 'No credentials were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a role.',
};
