import type { Authorize } from '../core/principal.ts';
import { forwardAuth } from './forward.ts';
import { jwtAuth, type JwtOptions } from './jwt.ts';
import { publicAccess } from './public.ts';
import { tokenAuth, type Token } from './token.ts';

/** Who may upload, as `SIGNER_AUTH` and its variables say. */
export type AuthSettings =
  | { mode: 'token'; tokens: readonly Token[] }
  | ({ mode: 'jwt' } & JwtOptions)
  | { mode: 'forward'; url: string }
  | { mode: 'public' };

/** @throws {TypeError} if a setting is missing, or settings contradict each other */
export function createAuthorize(settings: AuthSettings): Authorize {
  switch (settings.mode) {
    case 'token':
      return tokenAuth(settings.tokens);
    case 'jwt':
      return jwtAuth(settings);
    case 'forward':
      return forwardAuth(settings);
    case 'public':
      return publicAccess;
  }
}
