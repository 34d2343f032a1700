import { timingSafeEqual } from 'hono/utils/buffer';
import type { Authorize } from '../core/options.ts';
import { ProblemError } from '../core/problem.ts';

/** Shorter ones can be guessed. */
const LENGTH = 16;

export interface Token {
  /** Who holds it; a person may have several. */
  owner: string;
  token: string;
}

/**
 * Lets in whoever sends one of the tokens as `Authorization: Bearer …`. For backends, scripts and intranets: a token in a
 * public page is everyone's.
 *
 * @throws {TypeError} when there is none, or one is too short
 */
export function tokenAuth(tokens: readonly Token[]): Authorize {
  if (tokens.length === 0) throw new TypeError('names no token; make one with: openssl rand -hex 32');
  if (tokens.some(({ token }) => token.length < LENGTH)) {
    throw new TypeError(`tokens must have at least ${LENGTH} characters; make one with: openssl rand -hex 32`);
  }
  return async function byToken(c) {
    const sent = bearer(c.req.header('Authorization'));
    if (sent === undefined) return null;
    let owner: string | undefined;
    // Every one is compared, so that the time tells neither how much of one was right nor whose it is.
    for (const each of tokens) if (await timingSafeEqual(each.token, sent)) owner = each.owner;
    if (owner === undefined) throw new ProblemError(401, 'token-refused', 'The token is not known here.', CHALLENGE);
    return { owner };
  };
}

/** As RFC 6750 has it. */
export const CHALLENGE = { headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' } };

export const bearer = (header: string | undefined): string | undefined =>
  /^Bearer +([A-Za-z0-9._~+/=-]+)$/i.exec(header ?? '')?.[1];

/**
 * `owner=token,owner=token`, or one token alone, whose holder has no name.
 *
 * @throws {TypeError} never naming a token
 */
export function readTokens(text: string): Token[] {
  return text
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean)
    .map((each) => {
      const [, owner = '', token = ''] = /^(?:([\w.@-]{1,128})=)?([A-Za-z0-9._~+/-]+=*)$/.exec(each) ?? [];
      if (!token) throw new TypeError('must be owner=token,owner=token; tokens of letters, digits and "._~+/-"');
      return { owner, token };
    });
}
