import { retryAfter } from '../core/answer.ts';
import { UploadError, type UploadErrorCode, type UploadErrorInit } from '../core/errors.ts';

/** Where a signer is, and what goes with every request to it. */
export interface BackendOptions {
  /** Absolute, or relative to the page. */
  url: string;
  /** Extra headers for the signer, never sent to the storage; a function is asked before each request. */
  headers?: HeadersInit | (() => HeadersInit | Promise<HeadersInit>) | undefined;
  /** Whether cookies go to a signer of another origin. Default false. */
  withCredentials?: boolean | undefined;
  /** Strings for the signer, such as an album's name. */
  metadata?: Record<string, string> | undefined;
}

export interface BackendRequest {
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
  most?: number;
}

/** Milliseconds to wait after a 429 that does not say how long. */
const BUSY_WAIT = 5_000;
const ANSWER_BYTES = 65_536;

/**
 * One request to a signer that answers with JSON.
 *
 * @throws {UploadError} of phase `sign`, or whatever fetch throws when there is no answer
 */
export async function askBackend<T>(
  { url, headers: extra, withCredentials }: BackendOptions,
  { method = 'POST', path, query, body, headers, most = ANSWER_BYTES }: BackendRequest,
  signal: AbortSignal,
): Promise<T> {
  const [place = '', own] = url.split('?');
  const search = [own, query].filter(Boolean).join('&');
  const response = await fetch((path ? place.replace(/\/$/, '') + path : place) + (search && `?${search}`), {
    method,
    headers: [
      ...new Headers(typeof extra === 'function' ? await extra() : extra),
      ...Object.entries({ ...(body && { 'Content-Type': 'application/json' }), ...headers }),
    ],
    credentials: withCredentials ? 'include' : 'same-origin',
    body: body ? JSON.stringify(body) : null,
    signal,
  });
  const text = await readText(response, most);
  let answer: unknown;
  try {
    answer = text && JSON.parse(text);
  } catch (cause) {
    if (response.ok) throw badAnswer(`${response.headers.get('content-type') ?? 'no type'}, not JSON`, cause);
  }
  if (!response.ok) throw signerError(response, answer);
  if (response.status !== 204 && !isObject(answer)) throw badShape(answer, 'an object');
  return answer as T;
}

/**
 * The text of an answer. Bounded: what answers may be anything, and need not end.
 *
 * @param most bytes
 */
export async function readText(response: Response, most: number): Promise<string> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true };
    if (done) return text;
    text += decoder.decode(value, { stream: true });
    if (text.length > most) {
      void reader!.cancel();
      throw badAnswer(`more than ${most} bytes`);
    }
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function signerError({ status, headers }: Response, answer: unknown): UploadError {
  // Problem Details first, then what other backends call it
  const { detail, title, message, error }: Record<string, unknown> = isObject(answer) ? answer : {};
  const words = [detail, title, message, isObject(error) ? error['message'] : error];
  const why = words.find((text) => typeof text === 'string') ?? '';
  const fail = (code: UploadErrorCode, init: Partial<UploadErrorInit> = {}): UploadError =>
    new UploadError(code, `the signer answered ${status}: ${why.slice(0, 300)}`, {
      phase: 'sign',
      status,
      ...init,
    });
  const code = isObject(answer) && answer['code'];
  // of the upload, not of the visitor: it is begun anew
  if (code === 'ticket-refused' || code === 'no-such-upload') return fail('upload-lost');
  if (status === 401 || status === 403) return fail('auth-required');
  const wait = retryAfter({ header: (name) => headers.get(name) });
  if (status === 429) return fail('signer-unreachable', { retry: 'throttle', retryAfter: wait ?? BUSY_WAIT });
  if (status >= 500) return fail('signer-unreachable', { retry: 'transient', retryAfter: wait });
  return fail('signer-refused');
}

const badAnswer = (what: string, cause?: unknown): UploadError =>
  new UploadError('bad-signer-response', `the signer answered with ${what}; does the attribute endpoint name it?`, {
    phase: 'sign',
    cause,
  });

/** An answer that cannot be read: names what it had, never its values. */
export const badShape = (answer: unknown, wanted: string): UploadError => {
  const had = isObject(answer) ? Object.keys(answer).slice(0, 20).join(', ') : typeof answer;
  return badAnswer(`the members [${had}], and wanted are ${wanted}`);
};
