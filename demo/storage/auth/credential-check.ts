import { S3Error } from '../protocol/s3-error.ts';
import type { Credential } from '../options.ts';
import { equalSignatures, type CredentialScope } from './sigv4.ts';

/** The credential that an access key id and a session token name together. */
export function findCredential(
  credentials: readonly Credential[],
  accessKeyId: string,
  token: string | undefined,
  now: Date,
): Credential {
  const credential = credentials.find((candidate) => candidate.accessKeyId === accessKeyId);
  // A temporary key without its token is unknown to S3.
  if (!credential || (credential.sessionToken !== undefined && token === undefined))
    throw new S3Error('InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.', {
      AWSAccessKeyId: accessKeyId,
    });
  if (
    token !== undefined &&
    !(credential.sessionToken !== undefined && equalSignatures(credential.sessionToken, token))
  )
    throw new S3Error('InvalidToken', 'The provided token is malformed or otherwise invalid.');
  if (credential.expires && credential.expires.getTime() <= now.getTime())
    throw new S3Error('ExpiredToken', 'The provided token has expired.');
  return credential;
}

/** Why a scope is none of this storage's, in S3's words, and the region it wants; undefined when it is fine. */
export function scopeFault(
  scope: CredentialScope | undefined,
  amzDate: string,
  region: string,
): { message: string; details: Record<string, string> } | undefined {
  if (!scope)
    return {
      message: 'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
      details: {},
    };
  if (scope.service !== 's3')
    return { message: `incorrect service "${scope.service}". This endpoint belongs to "s3".`, details: {} };
  if (scope.region !== region)
    return { message: `the region '${scope.region}' is wrong; expecting '${region}'`, details: { Region: region } };
  if (scope.date !== amzDate.slice(0, 8))
    return {
      message: `Invalid credential date "${scope.date}". This date is not the same as X-Amz-Date: "${amzDate.slice(0, 8)}".`,
      details: {},
    };
  return undefined;
}
