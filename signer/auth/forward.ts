import { firstIssue } from '../core/first-issue.ts';
import { PrincipalSchema, type Authorize, type Principal } from '../core/principal.ts';
import { ProblemError } from '../core/problem.ts';
import { readOption } from '../core/read-option.ts';
import { readServiceUrl } from '../core/service-url.ts';

/** The JSON that the application may return. Other members are refused. */
const ForwardResponse = PrincipalSchema.extend({ owner: PrincipalSchema.shape.owner.default('') });

/** Maximum characters of the application's response that are read into memory. */
const MAX_RESPONSE_CHARACTERS = 16_384;

/** Milliseconds to wait for the application: a third of the 15 s that `<s3-uploader>` waits for a signer. */
const RESPONSE_TIMEOUT_MS = 5_000;

/**
 * The statuses that are a fault of the caller: they are not signed in, or the application refuses their headers, such as a
 * cookie that is too long. Another 4xx, such as a 404, is a fault of the set-up.
 */
const CALLERS_FAULTS = new Set([400, 401, 413, 414, 431]);

/** Options of `forwardAuth`. */
export interface ForwardOptions {
  /** The application's URL, such as `https://app.example/may-upload`. */
  url: string;
  /** Milliseconds to wait for the application. Default 5,000. */
  timeout?: number;
  /** Sends the request. Default: the global `fetch`. */
  fetch?: typeof fetch;
}

/**
 * Asks the application whether the caller may upload: a GET with the caller's `Cookie` and `Authorization`, without any of
 * their other headers. Any 2xx allows the upload; its JSON may be `{owner, prefix, limits, notBefore}`. A 401 or 403 is
 * passed on. A redirect counts as one to a login page, so it becomes a 401, as do refusals of the caller's headers.
 *
 * @returns an `authorize` that throws a 503 (`auth-unavailable`) if the application fails or returns something else
 * @throws {TypeError} if the URL is not an http(s) URL, or contains a password
 */
export function forwardAuth({ url, timeout = RESPONSE_TIMEOUT_MS, fetch: send = fetch }: ForwardOptions): Authorize {
  readOption('forwardAuth’s url', () => readServiceUrl(url));
  return async function authorizeByApplication(c) {
    const headers = new Headers({ Accept: 'application/json' });
    for (const name of ['Cookie', 'Authorization']) {
      const value = c.req.header(name);
      if (value) headers.set(name, value);
    }
    try {
      const response = await send(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(timeout) });
      if (response.ok) return parsePrincipal(await readText(response));
      // The page of a refusal is of no use and may be endless.
      void response.body?.cancel().catch(() => undefined);
      const { status } = response;
      if (CALLERS_FAULTS.has(status) || (status >= 300 && status < 400)) return null;
      if (status === 403) throw new ProblemError(403, 'not-allowed', 'You may not upload here.');
      throw new Error(`The application responded with ${status}.`);
    } catch (cause) {
      throw cause instanceof ProblemError ? cause : unavailable(cause);
    }
  };
}

function parsePrincipal(text: string): Principal {
  if (text.trim() === '') return { owner: '' };
  const result = ForwardResponse.safeParse(parseJson(text));
  if (!result.success) {
    throw new Error(
      `The application's response is not {owner, prefix, limits, notBefore}: ${firstIssue(result.error)}`,
    );
  }
  return result.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Reads the body, but never more than the limit. */
async function readText(response: Response): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_RESPONSE_CHARACTERS) {
      throw new Error(`The application's response has more than ${MAX_RESPONSE_CHARACTERS} characters.`);
    }
  }
  return text;
}

const unavailable = (cause: unknown) =>
  new ProblemError(503, 'auth-unavailable', 'Your identity cannot be checked at the moment.', { cause });
