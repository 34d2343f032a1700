import type { Context, MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import { ProblemError } from './problem.ts';

/** Request headers a page may send: our own, and what applications sign in with. */
const ALLOW_HEADERS = ['Content-Type', 'Authorization', 'X-CSRF-Token', 'X-Requested-With', 'Idempotency-Key'];

/**
 * Which pages may ask. Only the exact origins: no pattern, no `null`, no reflection. With none given, only pages of the
 * signer's own host.
 *
 * A request without an Origin passes: a browser sends one with every POST, so what has none is no page and carries no
 * visitor's cookies.
 */
export function guard(origins: readonly string[], allowHeaders: readonly string[]): MiddlewareHandler {
  const isAllowed = (c: Context, origin: string): boolean =>
    origins.length > 0
      ? origins.includes(origin)
      : URL.canParse(origin) && new URL(origin).host === new URL(c.req.url).host;
  const share = cors({
    origin: (origin, c) => (isAllowed(c, origin) ? origin : null),
    allowMethods: ['POST', 'GET'],
    // Never left to the default, which reflects whatever is asked for.
    allowHeaders: [...ALLOW_HEADERS, ...allowHeaders],
    exposeHeaders: ['Retry-After'],
    credentials: true,
    maxAge: 600,
  });
  return async function guard(c, next) {
    const origin = c.req.header('Origin');
    const isForeign = origin === undefined ? c.req.header('Sec-Fetch-Site') === 'cross-site' : !isAllowed(c, origin);
    if (isForeign && !isVisit(c)) {
      // On the response itself: what c.header sets does not outlive an error.
      c.res.headers.set('Vary', 'Origin');
      throw new ProblemError(403, 'origin-refused', 'Pages of this origin may not use this signer.');
    }
    return share(c, next);
  };
}

/** Whether a visitor follows a link here; another site's image or frame would ask for forms in their name, and use them up. */
function isVisit(c: Context): boolean {
  const { 'sec-fetch-mode': mode, 'sec-fetch-dest': destination } = c.req.header();
  return c.req.method === 'GET' && mode === 'navigate' && destination === 'document';
}
