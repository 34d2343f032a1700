import { UploadError, type UploadErrorCode, type UploadErrorInit } from '../core/errors.ts';
import { readText } from './backend.ts';
import type { Clock } from './clock.ts';
import type { Credentials } from './sigv4.ts';

/** Login provider → token, as in `{'cognito-idp.us-east-1.amazonaws.com/us-east-1_abc': idToken}`. */
export type Logins = Readonly<Record<string, string>>;

export interface IdentityPool {
  /** `region:uuid` */
  identityPoolId: string;
  /** Of a visitor who has signed in; a function is asked each time credentials are fetched. Without it, a guest. */
  logins?: Logins | (() => Logins | undefined | Promise<Logins | undefined>) | undefined;
  /** Cognito's own address; default AWS's in the region of the pool. */
  identityUrl?: string | undefined;
}

export interface Identity extends Credentials {
  readonly identityId: string;
  /** Milliseconds since 1970, by the servers' clock. */
  readonly expiration: number;
}

/** Milliseconds before their end that credentials are renewed. */
const EARLY = 5 * 60_000;
/** Milliseconds that credentials of Cognito's enhanced flow last, always. */
const LIFE = 3_600_000;
const ANSWER_TIMEOUT = 15_000;
const ANSWER_BYTES = 65_536;

/** What Cognito's refusals mean, by their names without `Exception`. */
const MEANING: Record<string, readonly [UploadErrorCode, Partial<UploadErrorInit>, string]> = {
  TooManyRequests: ['signer-unreachable', { retry: 'throttle' }, 'Cognito is busy'],
  InternalError: ['signer-unreachable', { retry: 'transient' }, 'Cognito failed'],
  ResourceConflict: ['signer-unreachable', { retry: 'transient' }, 'Cognito is busy with this login'],
  ResourceNotFound: ['config', {}, 'the attribute identity-pool-id names no pool'],
  InvalidParameter: ['config', {}, 'the attribute identity-pool-id or the property logins is malformed'],
  InvalidIdentityPoolConfiguration: [
    'config',
    {},
    "the role of the pool that identity-pool-id names cannot be assumed: its trust policy must allow cognito-identity.amazonaws.com for this pool's id",
  ],
};

/**
 * Temporary credentials of a Cognito identity: `GetId`, then `GetCredentialsForIdentity`, both unsigned. They live in
 * this closure and nowhere else, and so does the identity of a guest, by which anybody could get its credentials.
 *
 * @returns `get`, one fetch for however many ask at once, and `drop`, for when the storage refuses what it got
 */
export function identityOf({ identityPoolId, logins, identityUrl }: IdentityPool, clock: Clock) {
  const region = identityPoolId.split(':')[0]!;
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const url = identityUrl ?? `https://cognito-identity.${region}.${suffix}/`;
  let identityId: string | undefined;
  let known: Identity | undefined;
  let flight: Promise<Identity> | undefined;

  async function call(operation: string, body: object): Promise<Record<string, unknown>> {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AWSCognitoIdentityService.${operation}`,
      },
      cache: 'no-store',
      credentials: 'omit',
      body: JSON.stringify(body),
      // of no one file: the others wait for it, too
      signal: AbortSignal.timeout(ANSWER_TIMEOUT),
    });
    const text = await readText(response, ANSWER_BYTES);
    clock.correct(Date.parse(response.headers.get('date') ?? ''));
    let answer: Record<string, unknown> = {};
    try {
      answer = (JSON.parse(text) ?? {}) as typeof answer;
    } catch (cause) {
      if (response.ok) throw badAnswer(operation, 'no JSON', cause);
    }
    if (!response.ok) throw refusal(response.status, answer, logins !== undefined);
    return answer;
  }

  async function fetchIdentity(): Promise<Identity> {
    const tokens = typeof logins === 'function' ? await logins() : logins;
    const login = tokens && { Logins: tokens };
    if (!identityId) {
      const answer = await call('GetId', { IdentityPoolId: identityPoolId, ...login });
      if (typeof answer['IdentityId'] !== 'string') throw badAnswer('GetId', Object.keys(answer).join(', '));
      identityId = answer['IdentityId'];
    }
    const answer = await call('GetCredentialsForIdentity', { IdentityId: identityId, ...login }).catch(
      (error: unknown) => {
        // it may have been deleted, or belong to a login that is over
        identityId = undefined;
        throw error;
      },
    );
    const { AccessKeyId, SecretKey, SessionToken, Expiration } = (answer['Credentials'] ?? {}) as Record<
      string,
      unknown
    >;
    if (
      typeof AccessKeyId !== 'string' ||
      typeof SecretKey !== 'string' ||
      typeof SessionToken !== 'string' ||
      typeof Expiration !== 'number'
    ) {
      throw badAnswer('GetCredentialsForIdentity', Object.keys(answer).join(', '));
    }
    const expiration = Expiration * 1000;
    // fresh and over at once: that is our clock, and CORS may have hidden Cognito's
    if (expiration - clock.now() < EARLY) clock.correct(expiration - LIFE);
    return {
      identityId,
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretKey,
      sessionToken: SessionToken,
      expiration,
    };
  }

  return {
    async get(): Promise<Identity> {
      if (known && known.expiration - clock.now() > EARLY) return known;
      flight ??= fetchIdentity().finally(() => (flight = undefined));
      return (known = await flight);
    },
    drop(): void {
      known = undefined;
    },
  };
}

function refusal(status: number, answer: Record<string, unknown>, isSignedIn: boolean): UploadError {
  const text = (...names: string[]): string =>
    names.map((name) => answer[name]).find((value) => typeof value === 'string') ?? '';
  const type = text('__type').replace(/^.*#|Exception$|:.*$/g, '');
  const words = text('message', 'Message').slice(0, 300);
  const fail = (code: UploadErrorCode, init: Partial<UploadErrorInit>, message: string): UploadError =>
    new UploadError(code, `${message} (Cognito answered ${status} ${type}: ${words})`, {
      phase: 'sign',
      status,
      ...init,
    });
  if (type === 'NotAuthorized') {
    return isSignedIn
      ? fail('auth-required', {}, 'the login is over')
      : fail(
          'config',
          {},
          'guests may not upload: set the property logins, or let the pool of identity-pool-id have guests',
        );
  }
  // hasOwn: the type is the server's word, and `constructor` is a word too
  if (Object.hasOwn(MEANING, type)) return fail(...MEANING[type]!);
  return fail('signer-unreachable', { retry: status >= 500 ? 'transient' : 'never' }, 'Cognito refused');
}

const badAnswer = (operation: string, had: string, cause?: unknown): UploadError =>
  new UploadError(
    'bad-signer-response',
    `Cognito's answer to ${operation} cannot be read: it has [${had}], and wanted are IdentityId, and Credentials with AccessKeyId, SecretKey, SessionToken and Expiration`,
    { phase: 'sign', cause },
  );
