import { getCookie } from 'hono/cookie';
import type { JWTPayload, JWTVerifyGetKey, JWTVerifyOptions } from 'jose';
import type { Authorize } from '../core/options.ts';
import { ProblemError } from '../core/problem.ts';
import { readUrl } from '../core/url.ts';
import { bearer, CHALLENGE } from './token.ts';

/** For keys that anyone may read. */
const ASYMMETRIC = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
/** For a secret that is shared, each with the bytes RFC 7518 asks of it at least. */
const SYMMETRIC: Record<string, number> = { HS256: 32, HS384: 48, HS512: 64 };

export const ALGORITHMS = [...ASYMMETRIC, ...Object.keys(SYMMETRIC)];

export interface JwtOptions {
  /** Where the issuer publishes its keys. This or `secret`. */
  jwksUrl?: string | undefined;
  secret?: string | undefined;
  /** The only algorithm that is taken, whatever a token's header says. Default `RS256`, or `HS256` with a secret. */
  algorithm?: string | undefined;
  issuer: string;
  audience: string;
  /** The claim that names the owner. Default `sub`. */
  ownerClaim?: string | undefined;
  /** The cookie that holds the token, where none is sent as a bearer. */
  cookie?: string | undefined;
}

/** Seconds by which the issuer's clock and ours may differ. */
const CLOCK_TOLERANCE = 5;

/**
 * Lets in whoever sends a JSON Web Token of this issuer, for this audience, that has not expired.
 *
 * @throws {TypeError} naming what is missing, or does not go together
 */
export function jwtAuth(options: JwtOptions): Authorize {
  const { issuer, audience, ownerClaim = 'sub', cookie } = options;
  if (!issuer)
    throw new TypeError('jwt needs issuer, the iss of the tokens: without it, any issuer of this key is let in');
  if (!audience)
    throw new TypeError('jwt needs audience, the aud of the tokens: without it, tokens for others are let in');
  const verify = verifier(options, {
    issuer,
    audience,
    requiredClaims: ['exp', ownerClaim],
    clockTolerance: CLOCK_TOLERANCE,
  });
  return async function byJwt(c) {
    const token = bearer(c.req.header('Authorization')) ?? (cookie ? getCookie(c, cookie) : undefined);
    if (!token) return null;
    const claims = await verify(token);
    const owner = claims[ownerClaim];
    if (typeof owner !== 'string' || owner === '') throw refused(`The token names nobody in its ${ownerClaim}.`);
    return { owner };
  };
}

function verifier(
  { jwksUrl, secret, algorithm = secret ? 'HS256' : 'RS256' }: JwtOptions,
  checks: JWTVerifyOptions,
): (token: string) => Promise<JWTPayload> {
  if (Boolean(jwksUrl) === Boolean(secret)) throw new TypeError('jwt needs either jwksUrl or secret, and not both');
  const options = { ...checks, algorithms: [algorithm] };
  if (jwksUrl) {
    // With one list for both kinds, a published key could be used as the shared secret.
    if (!ASYMMETRIC.includes(algorithm))
      throw new TypeError(`with jwksUrl, algorithm is one of ${ASYMMETRIC.join(', ')}`);
    const url = new URL(readUrl(jwksUrl, 'jwksUrl'));
    let keys: JWTVerifyGetKey | undefined;
    return async (token) => {
      const { createRemoteJWKSet, jwtVerify } = await jose();
      keys ??= createRemoteJWKSet(url, { timeoutDuration: 5_000 });
      return jwtVerify(token, keys, options).then(({ payload }) => payload, explain);
    };
  }
  const bytes = new TextEncoder().encode(secret);
  const least = SYMMETRIC[algorithm];
  if (!least) throw new TypeError(`with secret, algorithm is one of ${Object.keys(SYMMETRIC).join(', ')}`);
  if (bytes.length < least) throw new TypeError(`the secret for ${algorithm} must have at least ${least} bytes`);
  return async (token) => {
    const { jwtVerify } = await jose();
    return jwtVerify(token, bytes, options).then(({ payload }) => payload, explain);
  };
}

/** Only where a token comes: a signer that lets in others never loads it. */
const jose = () => import('jose');

/** A token that is wrong is the visitor's matter; keys that cannot be fetched are not. */
async function explain(error: unknown): Promise<never> {
  const { errors } = await jose();
  if (error instanceof errors.JWTExpired) throw refused('The token has expired: sign in again.');
  const isToken =
    error instanceof errors.JOSEError &&
    !(error instanceof errors.JWKSTimeout) &&
    !(error instanceof errors.JWKSInvalid) &&
    error.code !== 'ERR_JOSE_GENERIC';
  if (isToken) throw refused('The token is not valid here.');
  throw new ProblemError(503, 'auth-unavailable', 'Who you are cannot be checked at the moment.', { cause: error });
}

const refused = (detail: string) => new ProblemError(401, 'token-refused', detail, CHALLENGE);
