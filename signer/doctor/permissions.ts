import type { Fix, Target } from './finding.ts';

/** The IAM permissions that the signer needs. `s3:GetObject` allows HeadObject, which confirms an upload. */
export const SIGNER_ACTIONS = [
  's3:PutObject',
  's3:GetObject',
  's3:AbortMultipartUpload',
  's3:ListMultipartUploadParts',
] as const;

/** The identity policy that allows the signer these actions; default: all that it needs. */
export function signerPolicyFix({ bucket, prefix, quarantine }: Target, needed?: readonly string[]): Fix {
  const actions = needed ?? [...SIGNER_ACTIONS, ...(quarantine ? ['s3:DeleteObject'] : [])];
  const folders = quarantine ? [quarantine.prefix, prefix.slice(quarantine.prefix.length)] : [prefix];
  const resources = folders.map((folder) => `arn:aws:s3:::${bucket}/${folder}*`);
  return {
    what: `Allow the signer's user or role ${actions.join(', ')}: attach this IAM policy, and check the bucket policy for a Deny.`,
    json: {
      Version: '2012-10-17',
      Statement: [
        {
          ...{ Sid: 'S3Uploader', Effect: 'Allow', Action: [...actions] },
          Resource: resources.length > 1 ? resources : resources[0],
        },
      ],
    },
    command:
      'aws iam put-user-policy --user-name SIGNER_USER --policy-name s3-uploader --policy-document file://policy.json',
  };
}

/** The policy that only the doctor needs, to read one of the bucket's settings. */
export function doctorPolicyFix({ bucket }: Target, action: string): Fix {
  return {
    what: `Run the doctor with credentials that allow ${action}. The signer itself does not need it.`,
    json: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: [action], Resource: `arn:aws:s3:::${bucket}` }],
    },
  };
}
