import { timingSafeEqual } from 'hono/utils/buffer';
import type { Authorize } from '../core/principal.ts';
import { ProblemError } from '../core/problem.ts';
import { bearerToken, CHALLENGE } from './bearer.ts';

/** Minimum characters of a token. A random one of this length cannot be guessed. */
const MIN_TOKEN_CHARACTERS = 16;
/** Minimum different characters of a token, which rules out repeated letters. One in 20,000 of 16 hex digits has fewer. */
const MIN_DIFFERENT_TOKEN_CHARACTERS = 6;

/** A bearer token and its owner. */
export interface Token {
  /** The owner's id. Several tokens may have the same owner. */
  owner: string;
  /** At least 16 characters. */
  token: string;
}

/**
 * Authenticates callers by a static token, sent as `Authorization: Bearer …`. For backends, scripts and intranets: anyone
 * can read a token in a public page.
 *
 * @returns an `authorize` that throws a 401 (`token-refused`) for an unknown token
 * @throws {TypeError} if the list is empty, two owners have one token, or a token has fewer than 16 characters, or fewer than 6
 *   different ones
 */
export function tokenAuth(tokens: readonly Token[]): Authorize {
  if (tokens.length === 0) throw new TypeError('must contain a token; generate one with: openssl rand -hex 32');
  const isWeak = ({ token }: Token): boolean =>
    token.length < MIN_TOKEN_CHARACTERS || new Set(token).size < MIN_DIFFERENT_TOKEN_CHARACTERS;
  if (tokens.some(isWeak)) {
    throw new TypeError(
      `must contain tokens of at least ${MIN_TOKEN_CHARACTERS} characters, of which at least ${MIN_DIFFERENT_TOKEN_CHARACTERS} ` +
        'differ; generate one with: openssl rand -hex 32',
    );
  }
  const owners = new Map(tokens.map(({ token, owner }) => [token, owner]));
  if (tokens.some(({ token, owner }) => owners.get(token) !== owner)) {
    throw new TypeError('must not contain the same token for two owners');
  }
  return async function authorizeByToken(c) {
    const sent = bearerToken(c.req.header('Authorization'));
    if (sent === undefined) return null;
    let owner: string | undefined;
    // Compares with every token, so that the time reveals neither a partial match nor the owner.
    for (const each of tokens) if (await timingSafeEqual(each.token, sent)) owner = each.owner;
    if (owner === undefined) throw new ProblemError(401, 'token-refused', 'The token is unknown.', CHALLENGE);
    return { owner };
  };
}

/**
 * Reads `owner=token,owner=token`, or a single token, whose owner has no id.
 *
 * @throws {TypeError} if the text has another form. The message never contains a token.
 */
export function readTokens(text: string): Token[] {
  return text
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean)
    .map((each) => {
      const [, owner = '', token = ''] = /^(?:([\w.@-]{1,128})=)?([A-Za-z0-9._~+/-]+=*)$/.exec(each) ?? [];
      if (!token || (!owner && token.endsWith('=')))
        throw new TypeError(
          'must be owner=token,owner=token; tokens consist of letters, digits and "._~+/-". One without an owner must not end in "="',
        );
      return { owner, token };
    });
}
