import type { Mend, Patient } from './finding.ts';

/** What a signer needs of IAM, and no more. `s3:GetObject` is for HeadObject, which confirms an upload. */
export const SIGNER_ACTIONS = [
  's3:PutObject',
  's3:GetObject',
  's3:AbortMultipartUpload',
  's3:ListMultipartUploadParts',
] as const;

/** The identity policy that lets the signer do `actions`. */
export function grant({ bucket, prefix }: Patient, actions: readonly string[] = SIGNER_ACTIONS): Mend {
  return {
    what: `Let the signer's user or role do ${actions.join(', ')}: attach this IAM policy, and look for a Deny in the bucket's own policy.`,
    json: {
      Version: '2012-10-17',
      Statement: [
        { Sid: 'S3Uploader', Effect: 'Allow', Action: [...actions], Resource: `arn:aws:s3:::${bucket}/${prefix}*` },
      ],
    },
    command:
      'aws iam put-user-policy --user-name SIGNER_USER --policy-name s3-uploader --policy-document file://policy.json',
  };
}

/** What only the doctor needs, to read how the bucket is set up. */
export function inspect({ bucket }: Patient, action: string): Mend {
  return {
    what: `Run the doctor with credentials that may ${action}; the signer itself needs no such right.`,
    json: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: [action], Resource: `arn:aws:s3:::${bucket}` }],
    },
  };
}
