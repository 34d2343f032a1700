import { UploadError, type UploadErrorCode, type UploadErrorInit } from '../../core/errors.ts';
import { redact } from '../../core/redact.ts';
import { retryAfter } from '../../core/s3-error.ts';
import { badResponse } from './bad-response.ts';
import { isObject, type JsonObject } from './json-guards.ts';

/** Milliseconds to wait after a 429 without `Retry-After`. */
const DEFAULT_RETRY_AFTER_MS = 5_000;
/** Characters of the signer's own message that are repeated. */
const MAX_REASON_CHARACTERS = 300;
/** Statuses of an ended session: 419 is Laravel's, 440 that of IIS. */
const SIGNED_OUT = [401, 403, 419, 440];
/** Statuses of a path without a signer. */
const NO_SIGNER = [404, 405, 410, 501];
/** Statuses of a request that a framework refuses because it lacks the page's token. */
const CSRF_REFUSED = [400, 403, 422];

const NO_PATH = 'Set the attribute "endpoint" to the URL at which the signer is mounted, as in endpoint="/sign"';

/** Codes of this project's signer for a fault of the set-up, and how to fix it. */
const SETUP_CODES: Record<string, string> = {
  'not-found': NO_PATH,
  'method-not-allowed': NO_PATH,
  'origin-refused': 'Add the origin of this page to SIGNER_ORIGINS, or to the option origins of createSigner',
  'body-consumed': 'Mount the signer before body parsers such as express.json()',
  'bad-metadata': 'Allow the names of the metadata by SIGNER_METADATA, or by the option metadata of createSigner',
  'bad-method': 'Set SIGNER_METHOD to auto or put, or the option method of createSigner',
  'delete-not-allowed': 'Set SIGNER_ALLOW_DELETE=1, or the option allowDelete of createSigner',
};

/** A request to a signer, as for `fetch`. */
export type SignerRequestOptions = RequestInit & { readonly signal: AbortSignal };

/** A signer's response that is of no use, with its request. */
export interface FailedResponse {
  readonly method: string;
  readonly url: URL;
  readonly response: Response;
  /** The body. */
  readonly text: string;
  /** The error of `JSON.parse`. */
  readonly cause?: unknown;
}

/** The error that a response means which is no JSON object with a status of 2xx. */
export function signerError(failed: FailedResponse): UploadError {
  const { response, text, cause } = failed;
  const { status, headers, ok } = response;
  const answer = parse(text);
  if (ok) return notJson(failed, cause);
  // Problem Details (RFC 9457) first, then the names that other backends use
  const { code, detail, title, message, error } = answer;
  const candidates = [detail, title, message, isObject(error) ? error.message : error];
  const reasonText = candidates.find((text) => typeof text === 'string') ?? '';
  const reason = redact(reasonText).slice(0, MAX_REASON_CHARACTERS);
  const suffix = typeof code === 'string' ? ` (${redact(code).slice(0, 50)})` : '';
  const said = `The signer answered ${status}${suffix}: ${reason}`;
  const uploadError = (code: UploadErrorCode, init: Partial<UploadErrorInit> = {}): UploadError =>
    new UploadError(code, said, { phase: 'sign', status, ...init });
  const setupError = (fix: string): UploadError =>
    new UploadError('config', `${lineOf(failed)} answered ${status}${suffix}. ${reason} ${fix}.`, {
      phase: 'sign',
      status,
    });
  // the visitor reads the reason
  if (code === 'file-refused') return new UploadError(code, reason, { phase: 'finalize', status });
  if (code === 'object-differs') return uploadError(code, { phase: 'finalize' });
  if (code === 'already-stored') return uploadError(code);
  // The upload is gone, not the visitor's permission: the queue starts it again. Some backends pass on S3's own error.
  if (code === 'ticket-refused' || code === 'no-such-upload' || /\bNoSuchUpload\b/.test(text)) {
    // a backend may say 404 for a refused ticket, too: only a missing upload may be begun again by any visitor
    return uploadError('upload-lost', code === 'ticket-refused' ? { status: 403 } : {});
  }
  if (typeof code === 'string' && Object.hasOwn(SETUP_CODES, code)) return setupError(SETUP_CODES[code]!);
  if (CSRF_REFUSED.includes(status) && /csrf|InvalidAuthenticityToken/i.test(text)) {
    return setupError(
      'Write the CSRF token into <meta name="csrf-token">, or send it by the property "headers" of the element',
    );
  }
  if (SIGNED_OUT.includes(status)) return uploadError('auth-required');
  // the quota is used up for today, or until another upload ends: longer than a visitor would wait
  if (code === 'quota-exceeded') return uploadError('quota-exceeded');
  // a code of its own shows that a backend has decided so
  if (NO_SIGNER.includes(status) && !suffix) {
    return setupError(status === 405 ? `${NO_PATH}, which must accept ${failed.method}` : NO_PATH);
  }
  const wait = retryAfter({ header: (name) => headers.get(name) });
  if (status === 429) {
    return uploadError('signer-unreachable', { retry: 'throttle', retryAfter: wait ?? DEFAULT_RETRY_AFTER_MS });
  }
  if (status >= 500) return uploadError('signer-unreachable', { retry: 'transient', retryAfter: wait });
  return isHtml(text) ? notJson(failed) : uploadError('signer-refused');
}

/** The error for headers that a browser cannot send: `config`. Names the first of them. */
export function headersError(headers: HeadersInit | undefined, cause: unknown): UploadError {
  const pairs =
    Symbol.iterator in Object(headers) ? [...(headers as [string, string][])] : Object.entries(headers ?? {});
  const wrong = pairs.find((pair) => {
    try {
      return !new Headers([pair as [string, string]]);
    } catch {
      return true;
    }
  });
  const message = `The property "headers" has a header that browsers cannot send: "${wrong?.[0]}". Use a name of letters, digits and "-", and percent-encode the value.`;
  return new UploadError('config', message, { phase: 'sign', cause });
}

/**
 * Follows a redirect within the signer's origin. A page cannot read where a redirect leads, so a request without body, headers
 * and referrer follows it first. If that stays at the origin, the request itself is sent to the final URL. A redirect to a page, or to
 * another site that hides its answer, leads to a sign-in page.
 *
 * @returns the response, where it is of use
 * @throws {UploadError} `auth-required`; `config` where the redirect leads to another origin, or to the same path with a slash or
 *   scheme of its own
 */
export async function followRedirect(url: URL, init: SignerRequestOptions): Promise<Response> {
  const { method, credentials, signal } = init;
  // a request to the page's own origin does not reach another one at all
  const mode = globalThis.location?.origin === url.origin ? 'same-origin' : 'cors';
  let probe: Response;
  try {
    probe = await fetch(url, {
      ...{ method, credentials, signal, mode },
      ...{ cache: 'no-store', redirect: 'follow', referrerPolicy: 'no-referrer' },
    });
  } catch (cause) {
    signal.throwIfAborted();
    throw signedOut(`${url.pathname} redirects to another site, whose answer this page may not read`, { cause });
  }
  void probe.body?.cancel();
  const { status } = probe;
  const target = new URL(probe.url);
  const isSamePath = withoutSlash(target) === withoutSlash(url);
  const isPage = !!probe.headers.get('content-type')?.includes('html');
  const isMissing = NO_SIGNER.includes(status);
  if (!isSamePath && isPage && !isMissing && status < 500) {
    throw signedOut(`${url.pathname} redirects to the page ${target.pathname}`, { status });
  }
  if (target.origin !== url.origin || (isSamePath && (isPage || isMissing))) throw movedError(url, target, status);
  const response = await fetch(target, { ...init, redirect: 'manual' });
  // browsers hide the status of a redirect, Node does not
  if (!response.status || (response.status > 299 && response.status < 400)) throw movedError(url, target, status);
  return response;
}

/** The error for a redirect that is not followed: `config`. */
const movedError = (url: URL, { origin, pathname }: URL, status: number): UploadError =>
  new UploadError(
    'config',
    `${url.pathname} redirects to ${origin}${pathname}: set the attribute "endpoint" to that URL.`,
    { phase: 'sign', status },
  );

const withoutSlash = ({ pathname }: URL): string => pathname.replace(/\/$/, '');

const signedOut = (fact: string, init: Partial<UploadErrorInit>): UploadError =>
  new UploadError('auth-required', `${fact}, as applications do when the visitor has to sign in.`, {
    phase: 'sign',
    ...init,
  });

function notJson(failed: FailedResponse, cause?: unknown): UploadError {
  const { response, text } = failed;
  const type = response.headers.get('content-type') ?? 'no type';
  const fix = isHtml(text)
    ? '; it is a page, so the attribute may name a path that has no signer, or the server answers every path with its start page'
    : '';
  return badResponse(`${response.status} and ${type}, not JSON, to ${lineOf(failed)}${fix}`, cause);
}

/** The request without its query, which may have a token. */
const lineOf = ({ method, url }: FailedResponse): string => `${method} ${url.origin}${url.pathname}`;

const isHtml = (text: string): boolean => /^\s*</.test(text);

function parse(text: string): JsonObject {
  try {
    const answer: unknown = JSON.parse(text);
    return isObject(answer) ? answer : {};
  } catch {
    return {};
  }
}
