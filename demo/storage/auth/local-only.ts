import { S3Error } from '../protocol/s3-error.ts';
import { matchesWildcard } from '../protocol/cors-rules.ts';
import type { S3Request } from '../protocol/s3-request.ts';

/** Methods that change nothing. */
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Names and addresses of this machine alone, as they stand in a Host header, without a port. */
const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i;

/**
 * Refuses requests whose Host is another name than this machine's own. A page can give its own name the address 127.0.0.1
 * (DNS rebinding), and the browser then treats the storage as that page's server; but Host still has the page's name.
 *
 * Any port is accepted, since a browser always sends the port that it connects to, and a proxy on this machine has another.
 *
 * @throws {S3Error} `AccessForbidden`
 */
export function assertOwnHost(request: S3Request): void {
  const host = (request.header('host') ?? '').replace(/:\d{1,5}$/, '');
  if (!LOOPBACK_HOST.test(host))
    throw new S3Error('AccessForbidden', 'The local storage responds only at 127.0.0.1, localhost and [::1].', {
      Host: request.header('host') ?? '',
    });
}

/**
 * Refuses changes that a page of another site requests. CORS alone does not: a form needs no preflight, and the browser
 * only keeps the response from the page.
 *
 * @param pages origins that are allowed, each with at most one `*`
 * @throws {S3Error} `AccessForbidden`
 */
export function assertPageAllowed(request: S3Request, pages: readonly string[]): void {
  if (SAFE_METHODS.has(request.method)) return;
  const site = request.header('sec-fetch-site');
  const origin = request.header('origin') ?? (site === undefined || site === 'none' ? undefined : 'null');
  // Programs such as the AWS CLI send neither header.
  if (origin === undefined || pages.some((pattern) => matchesWildcard(pattern, origin))) return;
  throw new S3Error('AccessForbidden', 'The local storage was not started for pages of this origin.', {
    Origin: origin,
  });
}

/** Whether only this machine can reach a server that listens on this host name or address. */
export const isLoopback = (hostname: string): boolean =>
  LOOPBACK_HOST.test(hostname.includes(':') && !hostname.startsWith('[') ? `[${hostname}]` : hostname);
