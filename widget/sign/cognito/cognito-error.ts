import { UploadError, type UploadErrorCode, type UploadErrorInit } from '../../core/errors.ts';
import { redact } from '../../core/redact.ts';
import { isNonEmptyString, type JsonObject } from '../http/json-guards.ts';

type Meaning = readonly [UploadErrorCode, Partial<UploadErrorInit>, string];

/** Cognito does not accept the form of a parameter. */
const MALFORMED: Meaning = ['config', {}, 'The attribute identity-pool-id or the property logins is malformed'];
/** The meaning of `NotAuthorized` for a visitor with a login. */
const LOGIN_EXPIRED: Meaning = ['auth-required', {}, 'The login has expired'];
/** The meaning of `NotAuthorized` for a visitor without a login. */
const GUESTS_REFUSED: Meaning = [
  'config',
  {},
  'Guests may not upload: set the property logins, or allow guests in the pool of identity-pool-id',
];

/**
 * The meaning of Cognito's errors, by their names without `Exception`:
 * https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetCredentialsForIdentity.html#API_GetCredentialsForIdentity_Errors
 */
const MEANING: Record<string, Meaning> = {
  TooManyRequests: ['signer-unreachable', { retry: 'throttle' }, 'Cognito is busy'],
  InternalError: ['signer-unreachable', { retry: 'transient' }, 'Cognito failed'],
  ExternalService: ['signer-unreachable', { retry: 'transient' }, 'The login provider does not answer Cognito'],
  ResourceConflict: ['signer-unreachable', { retry: 'transient' }, 'Cognito is busy with this login'],
  ResourceNotFound: ['config', {}, 'The pool that the attribute identity-pool-id names does not exist'],
  InvalidParameter: MALFORMED,
  Validation: MALFORMED,
  InvalidIdentityPoolConfiguration: [
    'config',
    {},
    "Cognito cannot assume the role of the pool of identity-pool-id: allow cognito-identity.amazonaws.com for this pool's id in the role's trust policy",
  ],
};

/** An error that Cognito answered. */
export class CognitoError extends UploadError {
  /** Cognito's name of the error, without `Exception`. */
  readonly type: string;

  /** @param isSignedIn whether the request had the tokens of a login */
  constructor(status: number, answer: JsonObject, isSignedIn: boolean) {
    const text = (...names: string[]): string => names.map((name) => answer[name]).find(isNonEmptyString) ?? '';
    // as `com.amazonaws.cognito#NotAuthorizedException:http://…`
    const name = text('__type')
      .split('#')
      .at(-1)!
      .split(':', 1)[0]!
      .replace(/Exception$/, '');
    // a name has letters only: anything else may be a secret
    const type = /^[A-Za-z]{1,40}$/.test(name) ? name : '…';
    const detail = redact(text('message', 'Message')).slice(0, 300);
    const [code, init, message] = meaning(status, type, isSignedIn);
    super(code, `${message} (Cognito answered ${status} ${type}: ${detail})`, { phase: 'sign', status, ...init });
    this.type = type;
  }
}

function meaning(status: number, type: string, isSignedIn: boolean): Meaning {
  if (type === 'NotAuthorized') return isSignedIn ? LOGIN_EXPIRED : GUESTS_REFUSED;
  // hasOwn: the type comes from the server, which could answer `constructor`
  if (Object.hasOwn(MEANING, type)) return MEANING[type]!;
  return ['signer-unreachable', { retry: status >= 500 ? 'transient' : 'never' }, 'Cognito refused the request'];
}
