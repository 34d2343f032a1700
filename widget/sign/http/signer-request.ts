import { retryAfter } from '../../core/s3-error.ts';
import { UploadError, type UploadErrorCode, type UploadErrorInit } from '../../core/errors.ts';
import { badResponse, unexpectedMembers, isObject, type JsonObject } from './json-guards.ts';
import { readText } from './read-text.ts';
import { createSignerFetch } from './signer-fetch.ts';

/** Where a signer is, and what goes with every request to it. */
export interface SignerAccess {
  /** Absolute, or relative to the page. */
  url: string;
  /** Extra headers for the signer, never sent to the storage; a function is asked before each request. */
  headers?: HeadersInit | (() => HeadersInit | Promise<HeadersInit>) | undefined;
  /** Whether cookies go to a signer of another origin. Default false. */
  withCredentials?: boolean | undefined;
  /** Strings for the signer, such as an album's name. */
  metadata?: Record<string, string> | undefined;
}

export interface SignerRequestInit {
  /** Default POST. */
  method?: 'GET' | 'POST' | 'DELETE';
  /** Goes behind the signer's own path. */
  path?: string;
  /** Goes behind the signer's own query. */
  query?: string;
  /** Sent as JSON. */
  body?: object;
  headers?: Readonly<Record<string, string>>;
  /** Bytes of the answer that are read; default 64 KiB. */
  maxBytes?: number;
}

/** Milliseconds to wait after a 429 that does not say how long. */
const BUSY_WAIT_MS = 5_000;
/** Bytes of an answer that are read unless the request says otherwise. */
const MAX_ANSWER_BYTES = 65_536;

/** Sends one request to a signer and returns the JSON object it answers; an empty one for 204. */
export type SignerRequest = (request: SignerRequestInit, signal: AbortSignal) => Promise<JsonObject>;

/**
 * A client of a signer that answers with JSON.
 *
 * @returns a function that throws {@link UploadError} of phase `sign`, or `fetch`'s own error when there is no response
 */
export function createSignerRequest({ url, headers: extra, withCredentials }: SignerAccess): SignerRequest {
  const fetchSigner = createSignerFetch();
  return async ({ method = 'POST', path, query, body, headers, maxBytes = MAX_ANSWER_BYTES }, signal) => {
    const [base = '', ownQuery] = url.split('?');
    const search = [ownQuery, query].filter(Boolean).join('&');
    const response = await fetchSigner((path ? base.replace(/\/$/, '') + path : base) + (search && `?${search}`), {
      method,
      headers: [
        ...new Headers(typeof extra === 'function' ? await extra() : extra),
        ...Object.entries({ ...(body && { 'Content-Type': 'application/json' }), ...headers }),
      ],
      // two files of one name make equal GET requests, and each needs its own answer
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
  // Problem Details first, then what other backends call it
  const { code, detail, title, message, error } = answer;
  const words = [detail, title, message, isObject(error) ? error['message'] : error];
  const why = words.find((text) => typeof text === 'string') ?? '';
  const named = typeof code === 'string' ? ` (${code.slice(0, 50)})` : '';
  const fail = (code: UploadErrorCode, init: Partial<UploadErrorInit> = {}): UploadError =>
    new UploadError(code, `the signer answered ${status}${named}: ${why.slice(0, 300)}`, {
      phase: 'sign',
      status,
      ...init,
    });
  // of the upload, not of the visitor: it is begun anew. S3's own word for it, where a backend passes on what S3 says
  if (code === 'ticket-refused' || code === 'no-such-upload' || /\bNoSuchUpload\b/.test(text))
    return fail('upload-lost');
  if (status === 401 || status === 403) return fail('auth-required');
  // for today, or until something else has ended: no wait that a visitor would sit through
  if (code === 'quota-exceeded') return fail('quota-exceeded');
  const wait = retryAfter({ header: (name) => headers.get(name) });
  if (status === 429) return fail('signer-unreachable', { retry: 'throttle', retryAfter: wait ?? BUSY_WAIT_MS });
  if (status >= 500) return fail('signer-unreachable', { retry: 'transient', retryAfter: wait });
  return fail('signer-refused');
}
