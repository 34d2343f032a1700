import type { MiddlewareHandler } from 'hono';

/** Sets headers on every response so that it is never cached, never sniffed, and never leaks its URL as a referrer. */
export const setResponseHeaders: MiddlewareHandler = async function setResponseHeaders(c, next) {
  // After the handler, so that error responses get the headers too.
  await next();
  c.header('Cache-Control', 'no-store');
  c.header('X-Content-Type-Options', 'nosniff');
  c.header('Referrer-Policy', 'no-referrer');
};
