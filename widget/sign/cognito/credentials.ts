import { UploadError } from '../../core/errors.ts';
import { type JsonObject, isNumber, isObject, isNonEmptyString } from '../http/json-guards.ts';
import type { ServerClock } from '../server-clock.ts';
import { CognitoError } from './cognito-error.ts';
import { readText } from '../http/read-text.ts';
import type { Credentials } from './sigv4.ts';

/** Login provider → token, as in `{'cognito-idp.us-east-1.amazonaws.com/us-east-1_abc': idToken}`. */
export type Logins = Readonly<Record<string, string>>;

export interface IdentityPool {
  /** `region:uuid` */
  identityPoolId: string;
  /**
   * Of a visitor who has signed in; a function is asked each time credentials are fetched, and nothing from it is a guest, as
   * is nothing at all.
   */
  logins?: Logins | (() => Logins | undefined | Promise<Logins | undefined>) | undefined;
  /** Cognito's own address, where it stands behind another one; default AWS's in the region of the pool. */
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

/** Refusals that mean an identity: it was deleted, or it is another visitor's. */
const OF_IDENTITY = ['ResourceNotFound', 'NotAuthorized'];

/**
 * Temporary credentials of a Cognito identity: `GetId`, then `GetCredentialsForIdentity`, both unsigned. They live in
 * this closure and nowhere else, and so does the identity of a guest, by which anybody could get its credentials.
 */
export function createCognitoIdentity({ identityPoolId, logins, identityUrl }: IdentityPool, clock: ServerClock) {
  const region = identityPoolId.split(':')[0]!;
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const url = identityUrl ?? `https://cognito-identity.${region}.${suffix}/`;
  let visitor = new Visitor();

  async function call(operation: string, body: object, isSignedIn: boolean): Promise<JsonObject> {
    const { status, ok, date, text } = await post(url, operation, body);
    if (text === undefined) throw badAnswer(operation, `more than ${ANSWER_BYTES} bytes`);
    clock.correct(date);
    let answer: unknown;
    try {
      answer = JSON.parse(text);
    } catch (cause) {
      if (ok) throw badAnswer(operation, 'no JSON', cause);
    }
    const members = isObject(answer) ? answer : {};
    if (!ok) throw new CognitoError(status, members, isSignedIn);
    return members;
  }

  async function getId(tokens: Logins | undefined): Promise<string> {
    const answer = await call('GetId', { IdentityPoolId: identityPoolId, ...loginOf(tokens) }, !!tokens);
    if (!isNonEmptyString(answer['IdentityId'])) throw badAnswer('GetId', Object.keys(answer).join(', '));
    return answer['IdentityId'];
  }

  async function getCredentials(identityId: string, tokens: Logins | undefined): Promise<Identity> {
    const body = { IdentityId: identityId, ...loginOf(tokens) };
    const answer = await call('GetCredentialsForIdentity', body, !!tokens);
    const given = isObject(answer['Credentials']) ? answer['Credentials'] : {};
    const { AccessKeyId, SecretKey, SessionToken, Expiration } = given;
    if (
      !isNonEmptyString(AccessKeyId) ||
      !isNonEmptyString(SecretKey) ||
      !isNonEmptyString(SessionToken) ||
      !isNumber(Expiration)
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

  async function identify(who: Visitor): Promise<Identity> {
    const tokens = typeof logins === 'function' ? await logins() : logins;
    const wasKnown = who.id !== undefined;
    try {
      return await getCredentials((who.id ??= await getId(tokens)), tokens);
    } catch (error) {
      if (!(error instanceof CognitoError) || !OF_IDENTITY.includes(error.type)) throw error;
      who.id = undefined;
      // of a login it is the token that has expired, most often; a guest has none
      if (!wasKnown || (tokens && error.type === 'NotAuthorized')) throw error;
      return identify(who);
    }
  }

  return {
    /** Credentials that hold for some minutes; one fetch for however many ask at once, each of whom may leave. */
    async get(signal: AbortSignal): Promise<Identity> {
      signal.throwIfAborted();
      const who = visitor;
      if (who.known && who.known.expiration - clock.now() > EARLY) return who.known;
      who.flight ??= identify(who)
        .then((known) => (who.known = known))
        .finally(() => (who.flight = undefined));
      return before(signal, who.flight);
    },

    /** The storage has refused these; others may have come meanwhile. */
    refuse(refused: Identity): void {
      if (visitor.known === refused) visitor.known = undefined;
    },

    /** Forgets the credentials; and the identity, where it may be somebody else's turn. */
    forget(what: 'credentials' | 'visitor'): void {
      visitor = new Visitor(what === 'credentials' ? visitor.id : undefined);
    },
  };
}

/** What is known of one visitor; who comes after them gets an empty one. */
class Visitor {
  id: string | undefined;
  known: Identity | undefined;
  flight: Promise<Identity> | undefined;

  constructor(id?: string) {
    this.id = id;
  }
}

/** @throws {UploadError} when there is no answer, or none in time */
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
      body: JSON.stringify(body),
      // of no one file: the others wait for it, too
      signal: AbortSignal.timeout(ANSWER_TIMEOUT),
    });
    const { status, ok, headers } = response;
    return { status, ok, date: Date.parse(headers.get('date') ?? ''), text: await readText(response, ANSWER_BYTES) };
  } catch (cause) {
    const message = `Cognito gave no answer: ${String(cause)}`;
    throw new UploadError('signer-unreachable', message, { phase: 'sign', retry: 'transient', cause });
  }
}

const loginOf = (tokens: Logins | undefined): object => (tokens ? { Logins: tokens } : {});

const badAnswer = (operation: string, had: string, cause?: unknown): UploadError =>
  new UploadError(
    'bad-signer-response',
    `Cognito's answer to ${operation} cannot be read: it has [${had}], and wanted are IdentityId, and Credentials with AccessKeyId, SecretKey, SessionToken and Expiration`,
    { phase: 'sign', cause },
  );

/** What the promise comes to, unless the signal ends the wait for it. */
function before<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', leave);
    void promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}
