import { UploadError } from './errors.ts';
import { bytesOf, type HttpRequest } from './http.ts';
import { formOf } from './post.ts';
import { isReachable } from './probe.ts';
import { MIN_BYTES_PER_SECOND, type SendOptions } from './send.ts';
import type { PostGrant, PutGrant } from './sign.ts';

/** A request without a response: the grant of a file, or one part with its size in bytes. */
export type SilentRequest = (Pick<PutGrant, 'method' | 'url' | 'headers' | 'confirm'> | PostGrant) & {
  readonly size?: number;
};

/** What is known of the failed requests of one file or part. */
export interface SilentRequests {
  /** Requests in a row whose body was sent as a whole. */
  unanswered: number;
  /** Requests of which no byte was sent. */
  unsent: number;
  /** Small requests of the same kind whose response the page could not read either. */
  unreadable: number;
}

/** Milliseconds for which a small request may take. */
const SMALL_REQUEST_TIMEOUT_MS = 10_000;
/** Milliseconds that a whole body may take, in addition to those that a slow network needs for its size. */
const BODY_TIMEOUT_MS = 60_000;
/** Requests of a kind after which their cause is looked for: a network that breaks once is no reason. */
const MIN_SILENT_REQUESTS = 2;
/** Requests in a row whose large body was sent as a whole, after which the cause is a response that the page may not read. */
const MAX_UNANSWERED_REQUESTS = 3;
/**
 * Bytes of a body that a proxy may refuse for its size: nginx's default limit,
 * https://nginx.org/en/docs/http/ngx_http_core_module.html#client_max_body_size. Browsers report a smaller body as sent as
 * soon as it is in the connection's buffers, so that a connection that broke cannot be told from a refusal.
 */
const MIN_LARGE_BODY_BYTES = 2 ** 20;

/**
 * Finds out why a request had no response. Browsers report the same error for a connection that breaks, a request that the
 * page's policy blocks, and a response that the page may not read. A response is known to be unreadable only if
 *
 * - the host responds to a request without CORS at the same time, so that the network works, and
 * - small requests of the same method, which need the same permission, have no readable response either; or the same body
 *   has one when it is sent without CORS.
 *
 * @returns whether the host responds
 * @throws {UploadError} `csp`, `config` or `cors` when that is the cause; the signal's reason when aborted
 */
export async function diagnose(
  error: UploadError,
  request: SilentRequest & { isLastResort?: boolean },
  past: SilentRequests,
  file: File,
  { send, signal, connections, allowedHosts }: Pick<SendOptions, 'send' | 'signal' | 'connections' | 'allowedHosts'>,
): Promise<boolean> {
  const { method, url, size = file.size } = request;
  const { host } = new URL(url);
  const limiter = connections.to(host);
  if (!(await isReachable(new URL('/', url), signal))) {
    past.unanswered = past.unsent = past.unreadable = 0;
    return false;
  }
  if (error.code === 'timeout' || error.sent === 'part') {
    past.unanswered = past.unsent = past.unreadable = 0;
    return true;
  }

  /** Whether the page can read the response to a request that stores nothing and needs the same permission. */
  const isReadable = async (): Promise<boolean> => {
    const probe = smallRequest(request);
    const limited = AbortSignal.any([signal, AbortSignal.timeout(SMALL_REQUEST_TIMEOUT_MS)]);
    try {
      if (probe) await send(probe, { signal: limited, onProgress: () => {}, onSent: () => {} });
      return true;
    } catch {
      signal.throwIfAborted();
      return false;
    }
  };

  /** Whether the host responds to the whole body, when it is sent without CORS: the response cannot be read. */
  const isAnswered = async (grant: PostGrant): Promise<boolean> => {
    const body = formOf(grant, file);
    const timeout = BODY_TIMEOUT_MS + Math.ceil((bytesOf(body) / MIN_BYTES_PER_SECOND) * 1000);
    const limited = AbortSignal.any([signal, AbortSignal.timeout(timeout)]);
    await limiter.acquire(signal);
    try {
      await fetch(url, { method, body, mode: 'no-cors', credentials: 'omit', signal: limited });
      return true;
    } catch {
      signal.throwIfAborted();
      return false;
    } finally {
      limiter.release();
    }
  };

  if (request.isLastResort) throw refusedError(host, error);
  if (error.sent === 'all') {
    past.unanswered += 1;
    const isLarge = size >= MIN_LARGE_BODY_BYTES;
    if (isLarge && past.unanswered >= MAX_UNANSWERED_REQUESTS) throw refusedError(host, error);
    if (request.method === 'POST' && past.unanswered >= MIN_SILENT_REQUESTS) {
      const isPossible = limiter.hasStoredPost || (await isReadable()) || (await isReadable());
      if (!isPossible) throw refusedError(host, error);
      // without CORS, a redirect could take the file to a host that is not allowed
      const mayTry = isLarge && request.confirm && !allowedHosts?.length;
      if (mayTry && (await isAnswered(request))) throw refusedError(host, error);
    }
  } else if (!limiter.answeredMethods.has(method) && ++past.unsent >= MIN_SILENT_REQUESTS) {
    if (await isReadable()) past.unreadable = 0;
    else if (++past.unreadable >= MIN_SILENT_REQUESTS) throw corsError(host, error);
  }
  return true;
}

/**
 * A request that needs the same permission of the page and stores nothing: a form without fields, or a PUT with a wrong
 * signature. Undefined if no signature is found.
 */
function smallRequest(request: SilentRequest): HttpRequest | undefined {
  const { method } = request;
  if (method === 'POST') return { method, url: request.url, body: new FormData() };
  const url = new URL(request.url);
  const signature = [...url.searchParams.keys()].find((name) => /signature$|^sig$/i.test(name));
  if (!signature) return undefined;
  url.searchParams.set(signature, '0');
  return { method, url: url.href, headers: request.headers ?? {}, body: new Blob() };
}

function corsError(host: string, cause: UploadError): UploadError {
  const message = `${host} responds, but not to this page: its CORS rule must allow the page's origin, the methods POST and PUT, and all headers, and expose ETag`;
  return new UploadError('cors', message, { phase: 'upload', sent: cause.sent, cause });
}

function refusedError(host: string, cause: UploadError): UploadError {
  const message = `${host} responds to uploads, but this page may not read how: a proxy before the storage refuses them, for example by its size limit (client_max_body_size of nginx), error responses lack CORS headers, or the storage has no POST, so that the signer must sign PUT (SIGNER_METHOD=put)`;
  return new UploadError('cors', message, { phase: 'upload', sent: cause.sent, cause });
}
