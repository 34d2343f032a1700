import type { MiddlewareHandler } from 'hono';

/** No answer is kept by anyone, taken for another type than it says, or tells where it was asked from. */
export const noStore: MiddlewareHandler = async function noStore(c, next) {
  // Behind the rest, so that it holds for what went wrong, too.
  await next();
  c.header('Cache-Control', 'no-store');
  c.header('X-Content-Type-Options', 'nosniff');
  c.header('Referrer-Policy', 'no-referrer');
};
