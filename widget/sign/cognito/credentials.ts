import { UploadError } from '../../core/errors.ts';
import { redact } from '../../core/redact.ts';
import { badResponse, unexpectedMembers } from '../http/bad-response.ts';
import { isNonEmptyString, isNumber, isObject, type JsonObject } from '../http/json-guards.ts';
import { readText } from '../http/read-text.ts';
import type { ServerClock } from '../server-clock.ts';
import { CognitoError } from './cognito-error.ts';
import type { Credentials } from './sigv4.ts';

/** Tokens by login provider, as in `{ 'cognito-idp.us-east-1.amazonaws.com/us-east-1_abc': idToken }`. */
export type Logins = Readonly<Record<string, string>>;

/** An identity pool, and the logins of its visitors. */
export interface IdentityPool {
  /** Id of the pool, as `region:uuid`. */
  identityPoolId: string;
  /**
   * Tokens of a visitor who has signed in. A function is called before each signature; other tokens than before are those of
   * another visitor. Without tokens the visitor is a guest.
   */
  logins?: Logins | (() => Logins | undefined | Promise<Logins | undefined>);
  /** URL of a proxy in front of Cognito. Default: AWS's own URL in the pool's region. */
  identityUrl?: string;
}

/** Temporary credentials of an identity. */
export interface IdentityCredentials extends Credentials {
  /** Cognito's id of the visitor, as `region:uuid`. */
  readonly identityId: string;
  /** Sent with every request that these credentials sign. */
  readonly sessionToken: string;
  /** Milliseconds since 1970, by the servers' clock. */
  readonly expiration: number;
}

/** The visitor's identity, and its credentials for as long as they are valid. */
export interface CognitoIdentity {
  /**
   * Resolves with credentials that are valid for five more minutes. Callers at the same time share one request.
   *
   * @throws the signal's reason, for the caller whose signal is aborted
   */
  get(signal: AbortSignal): Promise<IdentityCredentials>;
  /** Drops credentials that the storage has refused, unless newer ones have replaced them. */
  invalidate(refused: IdentityCredentials): void;
  /** Drops the credentials; with `visitor` the identity too, because another person may follow. */
  forget(what: 'credentials' | 'visitor'): void;
}

/** Milliseconds before their expiration at which credentials are renewed. */
const CREDENTIALS_MARGIN_MS = 5 * 60_000;
/** Milliseconds for which credentials of Cognito's enhanced flow are valid: always one hour. */
const CREDENTIALS_LIFETIME_MS = 3_600_000;
/** Milliseconds to wait for a response of Cognito. */
const COGNITO_TIMEOUT_MS = 15_000;
/** Maximum bytes of a response of Cognito. */
const MAX_COGNITO_RESPONSE_BYTES = 65_536;

/** Errors about the identity: it was deleted, or it belongs to another login. */
const IDENTITY_ERRORS = ['ResourceNotFound', 'NotAuthorized'];

/**
 * Gets temporary credentials by `GetId`, then `GetCredentialsForIdentity`, both unsigned. The credentials stay in this
 * closure, and so does the identity's id: who knows the id of a guest can get the guest's credentials.
 */
export function createCognitoIdentity(
  { identityPoolId, logins, identityUrl }: IdentityPool,
  clock: ServerClock,
): CognitoIdentity {
  const region = identityPoolId.split(':')[0]!;
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const url = identityUrl ?? `https://cognito-identity.${region}.${suffix}/`;
  let visitor: Visitor = {};

  async function call(operation: string, body: object, tokens: Logins | undefined): Promise<JsonObject> {
    const { status, ok, date, text } = await post(url, operation, { ...body, Logins: tokens });
    const from = `Cognito's ${operation}`;
    if (text === undefined) throw badResponse(`more than ${MAX_COGNITO_RESPONSE_BYTES} bytes`, undefined, from);
    clock.correct(date);
    let answer: unknown;
    try {
      answer = JSON.parse(text);
    } catch (cause) {
      if (ok) throw badResponse('a text that is not JSON', cause, from);
    }
    const members = isObject(answer) ? answer : {};
    if (!ok) throw new CognitoError(status, members, !!tokens);
    return members;
  }

  async function getId(tokens: Logins | undefined): Promise<string> {
    const answer = await call('GetId', { IdentityPoolId: identityPoolId }, tokens);
    if (isNonEmptyString(answer.IdentityId)) return answer.IdentityId;
    throw unexpectedMembers(answer, 'IdentityId', "Cognito's GetId");
  }

  async function getCredentials(identityId: string, tokens: Logins | undefined): Promise<IdentityCredentials> {
    const answer = await call('GetCredentialsForIdentity', { IdentityId: identityId }, tokens);
    const { AccessKeyId, SecretKey, SessionToken, Expiration }: JsonObject = isObject(answer.Credentials)
      ? answer.Credentials
      : {};
    if (
      !isNonEmptyString(AccessKeyId) ||
      !isNonEmptyString(SecretKey) ||
      !isNonEmptyString(SessionToken) ||
      !isNumber(Expiration)
    ) {
      const expected = 'Credentials with AccessKeyId, SecretKey, SessionToken and Expiration';
      throw unexpectedMembers(answer, expected, "Cognito's GetCredentialsForIdentity");
    }
    const expiration = Expiration * 1000;
    // New credentials that expire at once mean that this machine's clock is wrong. CORS may have hidden Cognito's Date header.
    if (expiration - clock.now() < CREDENTIALS_MARGIN_MS) clock.correct(expiration - CREDENTIALS_LIFETIME_MS);
    return {
      identityId,
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretKey,
      sessionToken: SessionToken,
      expiration,
    };
  }

  /** The present tokens. Begins with another visitor if they have changed. */
  async function readLogins(): Promise<Logins | undefined> {
    for (;;) {
      const before = visitor;
      const tokens = await (typeof logins === 'function' ? logins() : logins);
      if (visitor !== before) continue; // forgotten meanwhile
      const login = JSON.stringify(tokens ?? {});
      if ((visitor.login ??= login) !== login) visitor = { login };
      return tokens;
    }
  }

  async function request(visitor: Visitor, tokens: Logins | undefined): Promise<IdentityCredentials> {
    const hadId = visitor.identityId !== undefined;
    try {
      return await getCredentials((visitor.identityId ??= await getId(tokens)), tokens);
    } catch (error) {
      if (!(error instanceof CognitoError) || !IDENTITY_ERRORS.includes(error.type)) throw error;
      visitor.identityId = undefined;
      // NotAuthorized for a login means, most often, that its token has expired
      if (!hadId || (tokens && error.type === 'NotAuthorized')) throw error;
      return request(visitor, tokens);
    }
  }

  return {
    async get(signal) {
      signal.throwIfAborted();
      const tokens = await abortableWait(readLogins(), signal);
      const current = visitor;
      const { credentials } = current;
      if (credentials && credentials.expiration - clock.now() > CREDENTIALS_MARGIN_MS) return credentials;
      current.pending ??= request(current, tokens)
        .then((credentials) => (current.credentials = credentials))
        .finally(() => (current.pending = undefined));
      return abortableWait(current.pending, signal);
    },
    invalidate(refused) {
      if (visitor.credentials === refused) visitor.credentials = undefined;
    },
    forget(what) {
      visitor = what === 'credentials' ? { identityId: visitor.identityId, login: visitor.login } : {};
    },
  };
}

/** The state of one visitor. A request that ends after `forget` writes into the object of the visitor who began it. */
interface Visitor {
  /** The tokens as JSON. Undefined until they are read. */
  login?: string;
  identityId?: string;
  credentials?: IdentityCredentials;
  /** The request for credentials, while it lasts. */
  pending?: Promise<IdentityCredentials>;
}

/** @throws {UploadError} `signer-unreachable` when there is no response in time */
async function post(url: string, operation: string, body: object) {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AWSCognitoIdentityService.${operation}`,
      },
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error', // the tokens are for Cognito only
      body: JSON.stringify(body),
      // no file's own signal: other files wait for the same response
      signal: AbortSignal.timeout(COGNITO_TIMEOUT_MS),
    });
    const { status, ok, headers } = response;
    const text = await readText(response, MAX_COGNITO_RESPONSE_BYTES);
    return { status, ok, date: Date.parse(headers.get('date') ?? ''), text };
  } catch (cause) {
    const message = redact(`Cognito did not answer: ${String(cause)}`);
    throw new UploadError('signer-unreachable', message, { phase: 'sign', retry: 'transient', cause });
  }
}

/** Waits for a promise until the signal is aborted. The promise goes on for other callers. */
function abortableWait<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', abort);
    void promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
