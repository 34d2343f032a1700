import { getCookie } from 'hono/cookie';
import type { JWTPayload, JWTVerifyGetKey, JWTVerifyOptions } from 'jose';
import type { Authorize } from '../core/principal.ts';
import { ProblemError } from '../core/problem.ts';
import { readOption } from '../core/read-option.ts';
import { hasDifferentCharacters, MIN_DIFFERENT_CHARACTERS } from '../core/secret-strength.ts';
import { readServiceUrl } from '../core/service-url.ts';
import { bearerToken, CHALLENGE } from './bearer.ts';

/** Algorithms for published keys. */
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
/** Algorithms for a shared secret, each with the fewest bytes of the secret that RFC 7518 requires. */
const SYMMETRIC: Record<string, number> = { HS256: 32, HS384: 48, HS512: 64 };

/** All algorithms that `jwtAuth` accepts. */
export const JWT_ALGORITHMS = [...ASYMMETRIC, ...Object.keys(SYMMETRIC)];

/** Options of `jwtAuth`. */
export interface JwtOptions {
  /** URL of the issuer's published keys (JWKS). Either this or `secret` is required. */
  jwksUrl?: string;
  /**
   * The secret that the issuer shares with the signer: at least 32 bytes for HS256, 48 for HS384, 64 for HS512, of
   * which at least 10 differ.
   */
  secret?: string;
  /** The only algorithm that is accepted, whatever the token's header says. Default `RS256`, or `HS256` with a secret. */
  algorithm?: string;
  /** The required `iss` of the tokens. */
  issuer: string;
  /** The required `aud` of the tokens. */
  audience: string;
  /** The claim with the owner's id. Default `sub`. */
  ownerClaim?: string;
  /** The cookie with the token, used if the request has no bearer token. Default: no cookie is read. */
  cookie?: string;
}

/** Seconds by which the clocks of issuer and signer may differ. */
const CLOCK_TOLERANCE_SECONDS = 5;
/** Milliseconds to wait for the issuer's keys: jose's own default, and a third of what `<s3-uploader>` waits for a signer. */
const JWKS_TIMEOUT_MS = 5_000;

/**
 * Authenticates callers by a JSON Web Token of this issuer for this audience, which has an expiry.
 *
 * @returns an `authorize` that throws a 401 (`token-refused`) for an invalid token, and a 503 (`auth-unavailable`) if the
 *   issuer's keys cannot be loaded
 * @throws {TypeError} if an option is missing, or options contradict each other
 */
export function jwtAuth(options: JwtOptions): Authorize {
  const { issuer, audience, ownerClaim = 'sub', cookie } = options;
  if (!issuer) {
    throw new TypeError('jwt needs issuer, the iss of the tokens; without it, any issuer with this key is accepted');
  }
  if (!audience) {
    throw new TypeError(
      'jwt needs audience, the aud of the tokens; without it, tokens for other services are accepted',
    );
  }
  const verify = createVerifier(options, {
    issuer,
    audience,
    requiredClaims: ['exp', ownerClaim],
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
  });
  return async function authorizeByJwt(c) {
    const token = bearerToken(c.req.header('Authorization')) ?? (cookie ? getCookie(c, cookie) : undefined);
    if (!token) return null;
    const claims = await verify(token);
    const owner = claims[ownerClaim];
    if (typeof owner !== 'string' || owner === '') throw tokenRefused(`The token has no owner in its ${ownerClaim}.`);
    return { owner };
  };
}

function createVerifier(
  { jwksUrl, secret, algorithm = secret ? 'HS256' : 'RS256' }: JwtOptions,
  checks: JWTVerifyOptions,
): (token: string) => Promise<JWTPayload> {
  if (Boolean(jwksUrl) === Boolean(secret)) throw new TypeError('jwt needs either jwksUrl or secret, not both');
  const options = { ...checks, algorithms: [algorithm] };
  if (jwksUrl) {
    // If symmetric algorithms were accepted here, a published key could serve as the shared secret.
    if (!ASYMMETRIC.includes(algorithm)) {
      throw new TypeError(`with jwksUrl, algorithm must be one of ${ASYMMETRIC.join(', ')}`);
    }
    const url = new URL(readOption('jwksUrl', () => readServiceUrl(jwksUrl)));
    let keys: JWTVerifyGetKey | undefined;
    return async (token) => {
      const { createRemoteJWKSet, jwtVerify } = await importJose();
      keys ??= createRemoteJWKSet(url, { timeoutDuration: JWKS_TIMEOUT_MS });
      return jwtVerify(token, keys, options).then(({ payload }) => payload, throwProblem);
    };
  }
  if (/^\s*(-----BEGIN |\{)/.test(secret!)) {
    throw new TypeError('the secret is a key file: a public key is no secret; publish it as jwksUrl (SIGNER_JWKS_URL)');
  }
  const bytes = new TextEncoder().encode(secret);
  const minBytes = SYMMETRIC[algorithm];
  if (!minBytes) throw new TypeError(`with secret, algorithm must be one of ${Object.keys(SYMMETRIC).join(', ')}`);
  if (bytes.length < minBytes || !hasDifferentCharacters(secret!)) {
    throw new TypeError(
      `the secret for ${algorithm} must have at least ${minBytes} bytes, and at least ${MIN_DIFFERENT_CHARACTERS} different ones`,
    );
  }
  return async (token) => {
    const { jwtVerify } = await importJose();
    return jwtVerify(token, bytes, options).then(({ payload }) => payload, throwProblem);
  };
}

/** Loaded with the first token, so that a signer without JWTs never loads it. */
const importJose = () => import('jose');

/** A 401 if the token is invalid, a 503 if the issuer's keys could not be loaded. */
async function throwProblem(error: unknown): Promise<never> {
  const { errors } = await importJose();
  if (error instanceof errors.JWTExpired) throw tokenRefused('The token has expired. Sign in again.');
  const isTokenInvalid =
    error instanceof errors.JOSEError &&
    !(error instanceof errors.JWKSTimeout) &&
    !(error instanceof errors.JWKSInvalid) &&
    error.code !== 'ERR_JOSE_GENERIC';
  if (isTokenInvalid) throw tokenRefused('The token is not valid for this signer.');
  throw new ProblemError(503, 'auth-unavailable', 'Your identity cannot be checked at the moment.', { cause: error });
}

const tokenRefused = (detail: string) => new ProblemError(401, 'token-refused', detail, CHALLENGE);
