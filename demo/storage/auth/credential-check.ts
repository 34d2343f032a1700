import type { Credential } from '../options.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { equalSecrets, type CredentialScope } from './sigv4.ts';

/**
 * Finds a credential by its access key id and checks its session token and expiry.
 *
 * @param token `x-amz-security-token`; undefined when the request has none
 * @throws {S3Error} `InvalidAccessKeyId`, `InvalidToken`, `ExpiredToken`
 */
export function findCredential(
  credentials: readonly Credential[],
  accessKeyId: string,
  token: string | undefined,
  now: Date,
): Credential {
  const credential = credentials.find((candidate) => candidate.accessKeyId === accessKeyId);
  // S3 treats a temporary access key without its token as unknown.
  if (!credential || (credential.sessionToken !== undefined && token === undefined))
    throw new S3Error('InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.', {
      AWSAccessKeyId: accessKeyId,
    });
  if (token !== undefined && !(credential.sessionToken !== undefined && equalSecrets(credential.sessionToken, token)))
    throw new S3Error('InvalidToken', 'The provided token is malformed or otherwise invalid.');
  if (credential.expires && credential.expires.getTime() <= now.getTime())
    throw new S3Error('ExpiredToken', 'The provided token has expired.');
  return credential;
}

/**
 * Checks service, region and date of a credential scope.
 *
 * @param scope undefined when the credential could not be parsed
 * @returns AWS's message and the details of the error; undefined when the scope is valid
 */
export function findScopeError(
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
