import { GetBucketPolicyCommand } from '@aws-sdk/client-s3';
import type { Fix, Target } from './finding.ts';
import { failureOf } from './s3-failure.ts';

interface Statement {
  Sid?: string;
  [member: string]: unknown;
}

/**
 * The condition keys of the headers that change who can read an object, or what it is. Each has a statement of its own,
 * because the keys of one condition must all apply.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
 */
const DENIED_KEYS = {
  Copy: 's3:x-amz-copy-source',
  Acl: 's3:x-amz-acl',
  GrantRead: 's3:x-amz-grant-read',
  GrantReadAcp: 's3:x-amz-grant-read-acp',
  GrantWriteAcp: 's3:x-amz-grant-write-acp',
  GrantFullControl: 's3:x-amz-grant-full-control',
} as const;

/** Statements that refuse uploads with these headers, whether they were signed or not. */
export const denyStatements = ({ bucket, prefix }: Pick<Target, 'bucket' | 'prefix'>): Statement[] =>
  Object.entries(DENIED_KEYS).map(([name, key]) => ({
    ...{ Sid: `S3UploaderRefuse${name}`, Effect: 'Deny', Principal: '*', Action: 's3:PutObject' },
    Resource: `arn:aws:s3:::${bucket}/${prefix}*`,
    // At least one character. Ceph 16 reads the condition Null the other way round, and sets an empty ACL where there is none.
    Condition: { StringLike: { [key]: '?*' } },
  }));

/**
 * How to make a storage refuse headers that were not signed: by a setting of the signer if the storage supports it,
 * and by a bucket policy.
 */
export async function denyUnsignedFix(target: Target, canSignAbsent: boolean): Promise<Fix> {
  const { bucket } = target;
  let existing: Statement[] = [];
  let warning = '';
  try {
    const { Policy } = await target.client.send(new GetBucketPolicyCommand({ Bucket: bucket }));
    existing = [(JSON.parse(Policy ?? '{}') as { Statement?: Statement | Statement[] }).Statement ?? []].flat();
  } catch (error) {
    if (failureOf(error).code !== 'NoSuchBucketPolicy')
      warning = ' These credentials cannot read the existing policy: add its statements before you apply it.';
  }
  const added = denyStatements(target);
  const isAdded = ({ Sid }: Statement): boolean => added.some((statement) => statement.Sid === Sid);
  const setting = canSignAbsent ? 'Set SIGNER_SIGN_ABSENT_HEADERS=1, which this storage supports. Or ' : '';
  const update = 'Update the storage, if its newer versions refuse such headers, or ';
  const choice = setting || update;
  return {
    what:
      `${choice}apply this bucket policy.${warning} It names the folder of the uploads. If you set up or change a quarantine, ` +
      'apply it again, because the signer itself copies accepted files. SIGNER_METHOD=post avoids the PUT, but not the parts of ' +
      'large files.',
    json: { Version: '2012-10-17', Statement: [...existing.filter((statement) => !isAdded(statement)), ...added] },
    command: `aws s3api put-bucket-policy --bucket ${bucket} --policy file://policy.json`,
  };
}
