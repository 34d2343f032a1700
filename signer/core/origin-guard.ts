import type { Context, MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import { ProblemError } from './problem.ts';

/** Request headers that pages may send: those of `<s3-uploader>`, and those that applications authenticate with. */
const ALLOW_HEADERS = ['Content-Type', 'Authorization', 'X-CSRF-Token', 'X-Requested-With'];

/** Seconds for which browsers cache a preflight: 10 minutes, so that a change of the origins takes effect soon. */
const PREFLIGHT_MAX_AGE_SECONDS = 600;

/**
 * Lets only pages of these exact origins use the signer: no pattern, no `null`, no reflection. If the list is empty, no page
 * at all. The request's own `Host` proves nothing: a proxy may change it, and a page can point a name of its own to the
 * signer's address (DNS rebinding).
 *
 * A request without an `Origin` passes. Browsers send one with every POST, so such a request is not from a page and
 * carries no cookies of a visitor.
 */
export function originGuard(origins: readonly string[], allowHeaders: readonly string[]): MiddlewareHandler {
  const isAllowed = (origin: string): boolean => origins.includes(origin);
  const addCorsHeaders = cors({
    origin: (origin) => (isAllowed(origin) ? origin : null),
    allowMethods: ['POST', 'GET'],
    // Without a list, Hono would allow every requested header.
    allowHeaders: [...ALLOW_HEADERS, ...allowHeaders],
    exposeHeaders: ['Retry-After'],
    credentials: true,
    maxAge: PREFLIGHT_MAX_AGE_SECONDS,
  });
  return async function originGuard(c, next) {
    const origin = c.req.header('Origin');
    const isForeign = origin === undefined ? isOfAnotherOrigin(c) : !isAllowed(origin);
    if (isForeign && !isNavigation(c)) {
      // Set on the response itself: an error discards headers set with `c.header`.
      c.res.headers.set('Vary', 'Origin');
      throw new ProblemError(
        403,
        'origin-refused',
        'Pages of this origin may not use this signer. Its operator can allow it: SIGNER_ORIGINS, or the option origins.',
      );
    }
    return addCorsHeaders(c, next);
  };
}

/** Whether the browser says that a page of another origin has sent a request without an `Origin`, such as for an image. */
const isOfAnotherOrigin = (c: Context): boolean =>
  ['cross-site', 'same-site'].includes(c.req.header('Sec-Fetch-Site') ?? '');

/**
 * Whether a visitor follows a link to the signer. An image or frame of another site is refused: it would request forms in
 * the visitor's name and use up their quota.
 */
function isNavigation(c: Context): boolean {
  const { 'sec-fetch-mode': mode, 'sec-fetch-dest': destination } = c.req.header();
  return c.req.method === 'GET' && mode === 'navigate' && destination === 'document';
}
