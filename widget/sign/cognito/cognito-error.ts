import { UploadError, type UploadErrorCode, type UploadErrorInit } from '../../core/errors.ts';
import { type JsonObject, isNonEmptyString } from '../http/json-guards.ts';

type Meaning = readonly [UploadErrorCode, Partial<UploadErrorInit>, string];

const MALFORMED: Meaning = ['config', {}, 'the attribute identity-pool-id or the property logins is malformed'];

const LOGIN_OVER: Meaning = ['auth-required', {}, 'the login is over'];
const NO_GUESTS: Meaning = [
  'config',
  {},
  'guests may not upload: set the property logins, or let the pool of identity-pool-id have guests',
];

/**
 * What Cognito's refusals mean, by their names without `Exception`:
 * https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetCredentialsForIdentity.html#API_GetCredentialsForIdentity_Errors
 */
const MEANING: Record<string, Meaning> = {
  TooManyRequests: ['signer-unreachable', { retry: 'throttle' }, 'Cognito is busy'],
  InternalError: ['signer-unreachable', { retry: 'transient' }, 'Cognito failed'],
  ExternalService: ['signer-unreachable', { retry: 'transient' }, 'the login provider does not answer Cognito'],
  ResourceConflict: ['signer-unreachable', { retry: 'transient' }, 'Cognito is busy with this login'],
  ResourceNotFound: ['config', {}, 'the attribute identity-pool-id names no pool'],
  InvalidParameter: MALFORMED,
  Validation: MALFORMED,
  InvalidIdentityPoolConfiguration: [
    'config',
    {},
    "the role of the pool that identity-pool-id names cannot be assumed: its trust policy must allow cognito-identity.amazonaws.com for this pool's id",
  ],
};

/** What Cognito would not do, and why. */
export class CognitoError extends UploadError {
  /** Cognito's name for it, without `Exception`. */
  readonly type: string;

  constructor(status: number, answer: JsonObject, isSignedIn: boolean) {
    const text = (...names: string[]): string => names.map((name) => answer[name]).find(isNonEmptyString) ?? '';
    const type = text('__type').replace(/^.*#|(Exception)?(:.*)?$/g, '');
    const words = text('message', 'Message').slice(0, 300);
    const [code, init, message] = meaning(status, type, isSignedIn);
    super(code, `${message} (Cognito answered ${status} ${type}: ${words})`, { phase: 'sign', status, ...init });
    this.type = type;
  }
}

function meaning(status: number, type: string, isSignedIn: boolean): Meaning {
  if (type === 'NotAuthorized') return isSignedIn ? LOGIN_OVER : NO_GUESTS;
  // hasOwn: the type is the server's word, and `constructor` is a word too
  if (Object.hasOwn(MEANING, type)) return MEANING[type]!;
  return ['signer-unreachable', { retry: status >= 500 ? 'transient' : 'never' }, 'Cognito refused'];
}
