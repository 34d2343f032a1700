import { type Load, loadOnce } from '../../core/lazy.ts';
import { retryAfter } from '../../core/s3-error.ts';
import { badResponse, unexpectedMembers } from './bad-response.ts';
import { isObject, type JsonObject } from './json-guards.ts';
import { csrfHeaders } from './csrf.ts';
import { readText } from './read-text.ts';
import { createSignerFetch, type Explain } from './signer-fetch.ts';

/** The address of a signer, and the data sent with every request to it. */
export interface SignerAccess {
  /** Address of the signer, absolute or relative to the page. */
  url: string;
  /**
   * Further headers of requests to the signer, never sent to the storage. A function is called before each request. A signer
   * of the page's own origin also gets the CSRF token that Rails, Laravel, Phoenix, Angular or Django has given the page,
   * unless these headers have one. Default none.
   */
  headers?: HeadersInit | (() => HeadersInit | Promise<HeadersInit>);
  /** Whether cookies are sent to a signer of another origin. Default false. */
  withCredentials?: boolean;
  /** Texts for the signer that apply to all files, such as the name of an album. Default none. */
  metadata?: Record<string, string>;
  /** Loads the chunk that explains a response which is an error. Default: one attempt. */
  load?: Load;
}

/** One request to a signer. */
export interface SignerRequestInit {
  /** HTTP method. Default POST. */
  method?: 'GET' | 'POST' | 'DELETE';
  /** Appended to the path of the signer's URL. Default none. */
  path?: string;
  /** Appended to the query of the signer's URL. Default none. */
  query?: string;
  /** Sent as JSON. Default none. */
  body?: object;
  /** Maximum bytes of the response. Default 65,536. */
  maxBytes?: number;
  /** Whether the request outlives the page. Default false. */
  keepalive?: boolean;
}

/** Maximum bytes of a signer's response, unless the request sets `maxBytes`. */
const MAX_SIGNER_RESPONSE_BYTES = 65_536;

/**
 * Sends one request to a signer, and resolves with the JSON object of the response; with an empty one for 204. That of a 202 has a
 * further member `retryAfter`: milliseconds from the header, or undefined.
 */
export type SignerRequest = (request: SignerRequestInit, signal: AbortSignal) => Promise<JsonObject>;

/**
 * Makes a client of one signer.
 *
 * @returns a function that throws {@link UploadError} of phase `sign`, or `fetch`'s own error when there is no response
 */
export function createSignerRequest({
  url,
  headers: extra,
  withCredentials,
  load = loadOnce,
}: SignerAccess): SignerRequest {
  const explain: Explain = (signal) => load(() => import('./signer-error.ts'), signal);
  const fetchSigner = createSignerFetch(explain);
  return async ({ method = 'POST', path, query, body, maxBytes = MAX_SIGNER_RESPONSE_BYTES, keepalive }, signal) => {
    const [base = '', ownQuery] = url.split('?');
    const search = [ownQuery, query].filter(Boolean).join('&');
    const { url: absolute } = new Request((path ? base.replace(/\/$/, '') + path : base) + (search && `?${search}`));
    const target = new URL(absolute);
    const headers = new Headers(csrfHeaders(target));
    const own = typeof extra === 'function' ? await extra() : extra;
    try {
      for (const [name, value] of new Headers(own)) headers.set(name, value);
    } catch (cause) {
      throw (await explain(signal)).headersError(own, cause);
    }
    if (body) headers.set('Content-Type', 'application/json');
    const response = await fetchSigner(target, {
      method,
      headers,
      // Two files of one name make equal GET requests, and each needs its own response. Browsers cache no POST, and Chromium
      // would send a preflight before each: https://fetch.spec.whatwg.org/#cors-preflight-fetch-0
      ...(method === 'GET' && { cache: 'no-store' }),
      credentials: withCredentials ? 'include' : 'same-origin',
      body: body ? JSON.stringify(body) : null,
      keepalive,
      signal,
    });
    const text = await readText(response, maxBytes);
    if (text === undefined) throw badResponse(`more than ${maxBytes} bytes`);
    let answer: unknown;
    let cause: unknown;
    try {
      answer = text && JSON.parse(text);
    } catch (error) {
      cause = error;
    }
    if (!response.ok || cause)
      throw (await explain(signal)).signerError({ method, url: target, response, text, cause });
    if (response.status === 204) return {};
    if (!isObject(answer)) throw unexpectedMembers(answer, 'an object');
    const { status, headers: received } = response;
    return status === 202 ? { ...answer, retryAfter: retryAfter({ header: (name) => received.get(name) }) } : answer;
  };
}
