import type { Authorize } from '../core/options.ts';
import type { Principal } from '../core/principal.ts';
import { PrincipalShape } from '../core/principal.ts';
import { ProblemError } from '../core/problem.ts';
import { faultOf } from '../core/read-json.ts';
import { readUrl } from '../core/url.ts';

/** What the application may answer, and nothing else. */
const Answer = PrincipalShape.extend({ owner: PrincipalShape.shape.owner.default('') });

const ANSWER_BYTES = 16_384;

export interface ForwardOptions {
  /** The application's, such as `https://app.example/may-upload`. */
  url: string;
  /** Milliseconds. Default 5,000: the tag itself waits 15 s for a signer. */
  timeout?: number;
  fetch?: typeof fetch;
}

/**
 * Asks the application whether the visitor may upload: a GET with the visitor's `Cookie` and `Authorization`, and no
 * other header of theirs. Any 2xx lets them in; its JSON may be `{owner, prefix, limits}`. 401 and 403 are passed on.
 * A redirect is taken for a login page.
 *
 * @throws {TypeError} when the URL is none, or has a password in it
 */
export function forwardAuth({ url, timeout = 5_000, fetch: ask = fetch }: ForwardOptions): Authorize {
  readUrl(url, 'forwardAuth’s url');
  return async function byApplication(c) {
    const headers = new Headers({ Accept: 'application/json' });
    for (const name of ['Cookie', 'Authorization']) {
      const value = c.req.header(name);
      if (value) headers.set(name, value);
    }
    try {
      const response = await ask(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(timeout) });
      if (response.ok) return parse(await read(response));
      // A login page may be long, or never end.
      void response.body?.cancel().catch(() => undefined);
      const { status } = response;
      if (status === 401 || (status >= 300 && status < 400)) return null;
      if (status === 403) throw new ProblemError(403, 'not-allowed', 'You may not upload here.');
      throw new Error(`The application answered ${status}.`);
    } catch (cause) {
      throw cause instanceof ProblemError ? cause : unavailable(cause);
    }
  };
}

function parse(text: string): Principal {
  if (text.trim() === '') return { owner: '' };
  const result = Answer.safeParse(json(text));
  if (!result.success) {
    throw new Error(`The application answered something else than {owner, prefix, limits}: ${faultOf(result.error)}`);
  }
  return result.data;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An answer of any length would be held in memory. */
async function read(response: Response): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > ANSWER_BYTES) throw new Error(`The application answered more than ${ANSWER_BYTES} bytes.`);
  }
  return text;
}

const unavailable = (cause: unknown) =>
  new ProblemError(503, 'auth-unavailable', 'Who you are cannot be checked at the moment.', { cause });
