import { UploadError, type UploadErrorCode, type UploadErrorInit } from '../../core/errors.ts';
import { retryAfter } from '../../core/s3-error.ts';
import { badResponse, unexpectedMembers } from './bad-response.ts';
import { isObject, type JsonObject } from './json-guards.ts';
import { readText } from './read-text.ts';
import { createSignerFetch } from './signer-fetch.ts';

/** The address of a signer, and the data sent with every request to it. */
export interface SignerAccess {
  /** Address of the signer, absolute or relative to the page. */
  url: string;
  /**
   * Further headers of requests to the signer, never sent to the storage. A function is called before each request. Default
   * none.
   */
  headers?: HeadersInit | (() => HeadersInit | Promise<HeadersInit>);
  /** Whether cookies are sent to a signer of another origin. Default false. */
  withCredentials?: boolean;
  /** Texts for the signer that apply to all files, such as the name of an album. Default none. */
  metadata?: Record<string, string>;
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
  /** Further headers of this request, beside those of {@link SignerAccess}. Default none. */
  headers?: Readonly<Record<string, string>>;
  /** Maximum bytes of the response. Default 65,536. */
  maxBytes?: number;
}

/** Milliseconds to wait after a 429 without `Retry-After`. */
const DEFAULT_RETRY_AFTER_MS = 5_000;
/** Maximum bytes of a signer's response, unless the request sets `maxBytes`. */
const MAX_SIGNER_RESPONSE_BYTES = 65_536;

/** Sends one request to a signer, and resolves with the JSON object of the response; with an empty one for 204. */
export type SignerRequest = (request: SignerRequestInit, signal: AbortSignal) => Promise<JsonObject>;

/**
 * Makes a client of one signer.
 *
 * @returns a function that throws {@link UploadError} of phase `sign`, or `fetch`'s own error when there is no response
 */
export function createSignerRequest({ url, headers: extra, withCredentials }: SignerAccess): SignerRequest {
  const fetchSigner = createSignerFetch();
  return async ({ method = 'POST', path, query, body, headers, maxBytes = MAX_SIGNER_RESPONSE_BYTES }, signal) => {
    const [base = '', ownQuery] = url.split('?');
    const search = [ownQuery, query].filter(Boolean).join('&');
    const response = await fetchSigner((path ? base.replace(/\/$/, '') + path : base) + (search && `?${search}`), {
      method,
      headers: [
        ...new Headers(typeof extra === 'function' ? await extra() : extra),
        ...Object.entries({ ...(body && { 'Content-Type': 'application/json' }), ...headers }),
      ],
      // two files of one name make equal GET requests, and each needs its own response
      cache: 'no-store',
      credentials: withCredentials ? 'include' : 'same-origin',
      body: body ? JSON.stringify(body) : null,
      signal,
    });
    const text = await readText(response, maxBytes);
    if (text === undefined) throw badResponse(`more than ${maxBytes} bytes`);
    let answer: unknown;
    try {
      answer = text && JSON.parse(text);
    } catch (cause) {
      if (response.ok) throw badResponse(`${response.headers.get('content-type') ?? 'no type'}, not JSON`, cause);
    }
    if (!response.ok) throw signerError(response, isObject(answer) ? answer : {}, text);
    if (response.status === 204) return {};
    if (!isObject(answer)) throw unexpectedMembers(answer, 'an object');
    return answer;
  };
}

function signerError({ status, headers }: Response, answer: JsonObject, text: string): UploadError {
  // Problem Details (RFC 9457) first, then the names that other backends use
  const { code, detail, title, message, error } = answer;
  const candidates = [detail, title, message, isObject(error) ? error.message : error];
  const reason = candidates.find((text) => typeof text === 'string') ?? '';
  const suffix = typeof code === 'string' ? ` (${code.slice(0, 50)})` : '';
  const uploadError = (code: UploadErrorCode, init: Partial<UploadErrorInit> = {}): UploadError =>
    new UploadError(code, `The signer answered ${status}${suffix}: ${reason.slice(0, 300)}`, {
      phase: 'sign',
      status,
      ...init,
    });
  // The upload is gone, not the visitor's permission: the queue starts it again. Some backends pass on S3's own error.
  if (code === 'ticket-refused' || code === 'no-such-upload' || /\bNoSuchUpload\b/.test(text)) {
    return uploadError('upload-lost');
  }
  if (status === 401 || status === 403) return uploadError('auth-required');
  // the quota is used up for today, or until another upload ends: longer than a visitor would wait
  if (code === 'quota-exceeded') return uploadError('quota-exceeded');
  const wait = retryAfter({ header: (name) => headers.get(name) });
  if (status === 429) {
    return uploadError('signer-unreachable', { retry: 'throttle', retryAfter: wait ?? DEFAULT_RETRY_AFTER_MS });
  }
  if (status >= 500) return uploadError('signer-unreachable', { retry: 'transient', retryAfter: wait });
  return uploadError('signer-refused');
}
