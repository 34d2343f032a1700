/**
 * Cognito's answers, as they were recorded off the wire and published. What comes from where:
 *
 * - Headers, and a GetId answered 200: https://github.com/aws-amplify/aws-sdk-ios/issues/720
 * - GetCredentialsForIdentity, and its members' order: the sample of the API reference, as Amplify's own tests have it:
 *   https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetCredentialsForIdentity.html
 *   https://github.com/aws-amplify/amplify-js/blob/main/packages/core/__tests__/awsClients/testUtils/data.ts
 * - Which refusals there are, and which of them is the server's fault (500), the others the caller's (400): the service's
 *   model, botocore/data/cognito-identity/2014-06-30/service-2.json
 * - Headers of a refusal: https://github.com/aws-amplify/amplify-swift/issues/3124
 * - Bodies of refusals: beside each.
 */

export interface CognitoAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON, as a text. */
  readonly body: string;
}

const TYPE = 'application/x-amz-json-1.1';
const REQUEST = { 'content-type': TYPE, 'x-amzn-requestid': '44584e12-7b74-11e7-af21-9fc5a5f3abdc' };

export const identityAnswer = (identityId: string): CognitoAnswer => ({
  status: 200,
  headers: REQUEST,
  body: JSON.stringify({ IdentityId: identityId }),
});

export const credentialsAnswer = (
  identityId: string,
  given: { accessKeyId: string; secretAccessKey: string; sessionToken: string; expires: Date },
): CognitoAnswer => ({
  status: 200,
  headers: REQUEST,
  // a number of seconds with a fraction, which JSON.stringify would not write
  body: `{"Credentials":{"SecretKey":${JSON.stringify(given.secretAccessKey)},"SessionToken":${JSON.stringify(given.sessionToken)},"Expiration":${(given.expires.getTime() / 1000).toFixed(1)},"AccessKeyId":${JSON.stringify(given.accessKeyId)}},"IdentityId":${JSON.stringify(identityId)}}`,
});

function refusal(name: string, message: string, status = 400): CognitoAnswer {
  return {
    status,
    headers: { ...REQUEST, 'x-amzn-errortype': `${name}:`, 'x-amzn-errormessage': message },
    body: JSON.stringify({ __type: name, message }),
  };
}

const DELETED = 'us-west-2:b3149f7c-57a8-480b-a97d-95e6582ca370';
const POOL = 'us-east-1:238baa61-9314-4c90-9a3e-a6e527f6b6e9';

export const refusals = {
  /** https://github.com/aws-amplify/aws-sdk-ios/issues/2068 */
  noSuchPool: (id = POOL) => refusal('ResourceNotFoundException', `IdentityPool '${id}' not found.`),
  /** https://github.com/aws-amplify/amplify-js/issues/2301 */
  noSuchIdentity: (id = DELETED) => refusal('ResourceNotFoundException', `Identity '${id}' not found.`),
  /** https://github.com/aws/aws-sdk-js-v3/issues/3113 */
  noGuests: () => refusal('NotAuthorizedException', 'Unauthenticated access is not supported for this identity pool.'),
  /** https://github.com/amazon-archives/amazon-cognito-identity-js/issues/91 */
  badToken: () => refusal('NotAuthorizedException', "Invalid login token. Couldn't verify signed token."),
  /** https://github.com/amazon-archives/amazon-cognito-identity-js/issues/68 */
  otherLogin: () =>
    refusal(
      'NotAuthorizedException',
      "Logins don't match. Please include at least one valid login for this identity or identity pool.",
    ),
  /** https://github.com/aws/aws-sdk-js/issues/1615 */
  badRole: () =>
    refusal(
      'InvalidIdentityPoolConfigurationException',
      'Invalid identity pool configuration. Check assigned IAM roles for this pool.',
    ),
  /** https://github.com/aws-amplify/aws-sdk-ios/issues/2317 */
  invalid: () =>
    refusal(
      'ValidationException',
      "1 validation error detected: Value '{cognito-identity.cn-north-1.amazonaws.com.cn=}' at 'logins' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 50000, Member must have length greater than or equal to 1]",
    ),
  /** https://github.com/aws-amplify/amplify-js/issues/13608 */
  busy: () => refusal('TooManyRequestsException', 'Rate exceeded'),
  // of these, the names alone are known
  conflict: () => refusal('ResourceConflictException', ''),
  parameter: () => refusal('InvalidParameterException', ''),
  provider: () => refusal('ExternalServiceException', ''),
  failed: () => refusal('InternalErrorException', '', 500),
};
