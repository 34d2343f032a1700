import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { Plan } from '../core/policy.ts';
import { timeoutSignal } from './bucket-url.ts';
import { deleteObject } from './delete-object.ts';
import { broken, ok, unproved, type Finding, type Fix, type Target } from './finding.ts';
import { signerPolicyFix } from './permissions.ts';
import { failureOf, failureOfResponse, messageOf } from './s3-failure.ts';
import { sendUpload } from './send-upload.ts';
import { newKey } from './test-object.ts';

/** Checks that access key and secret are valid, that the bucket exists, and that the region is the bucket's. */
export async function checkAccess(target: Target): Promise<Finding[]> {
  const { client, bucket, region, prefix } = target;
  try {
    await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, MaxKeys: 1 }));
  } catch (error) {
    const failure = failureOf(error);
    const message = messageOf(failure);
    switch (failure.code) {
      // The signer needs no permission to list.
      case 'AccessDenied':
        return checkWithoutListing(target);
      case 'NoSuchBucket':
        return [
          ok('credentials', 'access key and secret are valid'),
          broken('bucket', `there is no bucket "${bucket}"`, {
            what: 'Check S3_BUCKET, or create the bucket.',
            command: `aws s3api create-bucket --bucket ${bucket} --region ${region}`,
          }),
        ];
      case 'PermanentRedirect':
      case 'AuthorizationHeaderMalformed':
      case 'IllegalLocationConstraintException':
        return [broken('region', `the bucket is not in ${region}: ${message}`, regionFix(failure.region))];
      case 'InvalidAccessKeyId':
      case 'SignatureDoesNotMatch':
      case 'InvalidToken':
      case 'ExpiredToken':
      case 'CredentialsProviderError':
        return [broken('credentials', message, { what: CREDENTIALS_FIXES[failure.code] ?? '' })];
      default:
        if (failure.region && failure.region !== region) {
          const detail = `the bucket is in ${failure.region}, not in ${region}`;
          return [broken('region', detail, regionFix(failure.region))];
        }
        return [broken('credentials', message, { what: 'S3 refused a signed request. Look up its error code.' })];
    }
  }
  return accessOk(target);
}

const accessOk = ({ bucket, region }: Target): Finding[] => [
  ok('credentials', 'access key and secret are valid'),
  ok('bucket', `"${bucket}" exists`),
  ok('region', `the bucket accepts signatures for ${region}`),
];

/**
 * Checks credentials that may not list. Most storages report a wrong signature with another code, so a denial proves access
 * key, secret, region and bucket. Some do not (Ceph with its token service); there only a signed write proves them.
 */
async function checkWithoutListing(target: Target): Promise<Finding[]> {
  if (await reportsWrongSignature(target)) return accessOk(target);
  const plan: Plan = {
    method: 'PUT',
    key: newKey(target),
    size: 0,
    type: 'text/plain',
    headers: {},
  };
  const response = await sendUpload(target, plan, '');
  if (response.ok) return [...accessOk(target), ...(await deleteObject(target, plan.key))];
  const failure = await failureOfResponse(response);
  const detail = `neither listing nor storing is allowed, and this storage reports a wrong key or secret the same way: ${messageOf(failure)}`;
  if (failure.code !== 'AccessDenied') return [unproved('credentials', detail)];
  const { what, ...fix } = signerPolicyFix(target, ['s3:PutObject']);
  const check = 'Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. If they are right:';
  return [broken('credentials', detail, { what: `${check} ${what}`, ...fix })];
}

/** Whether the storage distinguishes a wrong signature from a missing permission. */
async function reportsWrongSignature({ client, bucket, prefix }: Target): Promise<boolean> {
  const url = new URL(
    await getSignedUrl(client, new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, MaxKeys: 1 })),
  );
  url.searchParams.set('X-Amz-Signature', '0'.repeat(64));
  const { code } = await failureOfResponse(await fetch(url, { signal: timeoutSignal() }));
  return code !== 'AccessDenied';
}

const regionFix = (region = 'REGION'): Fix => ({
  what: `Set AWS_REGION=${region}.`,
  command: `export AWS_REGION=${region}`,
});

const CREDENTIALS_FIXES: Record<string, string> = {
  InvalidAccessKeyId: 'The storage does not know AWS_ACCESS_KEY_ID. Check it, and that it was not deleted.',
  SignatureDoesNotMatch:
    'AWS_SECRET_ACCESS_KEY does not belong to AWS_ACCESS_KEY_ID. Check it for missing or blank characters.',
  InvalidToken: 'AWS_SESSION_TOKEN does not belong to this access key. Set all three variables from the same response.',
  ExpiredToken: 'The session has expired. Get new credentials, or give the signer a role that renews them.',
  CredentialsProviderError: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the signer a role.',
};
