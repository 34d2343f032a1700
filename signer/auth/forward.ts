import { z } from 'zod';
import type { Authorize, Principal } from '../options.ts';
import { normalPrefix } from '../policy.ts';
import { ProblemError } from '../problem.ts';
import { readUrl } from '../url.ts';

/** What the application may answer, and nothing else: a wrong name is a wrong limit. */
const Answer = z.strictObject({
  owner: z.string().max(256).default(''),
  prefix: z
    .string()
    .refine((prefix) => isPrefix(prefix), 'must be segments of letters, digits, "_", "." and "-"')
    .optional(),
  limits: z
    .strictObject({
      types: z.array(z.string()).min(1),
      maxFileSize: z.int().min(0),
      minFileSize: z.int().min(0),
    })
    .partial()
    .optional(),
});

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
    let response: Response;
    let text: string;
    try {
      response = await ask(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(timeout) });
      text = await read(response);
    } catch (cause) {
      throw unavailable(cause);
    }
    if (response.ok) return parse(text);
    if (response.status === 403) throw new ProblemError(403, 'not-allowed', 'You may not upload here.');
    if (response.status === 401 || (response.status >= 300 && response.status < 400)) return null;
    throw unavailable(new Error(`The application answered ${response.status}.`));
  };
}

function parse(text: string): Principal {
  if (text.trim() === '') return { owner: '' };
  const result = Answer.safeParse(json(text));
  if (!result.success)
    throw unavailable(
      new Error('The application answered something else than {owner, prefix, limits}.', { cause: result.error }),
    );
  const { owner, prefix, limits } = result.data;
  return { owner, ...(prefix !== undefined && { prefix }), ...(limits && { limits: defined(limits) }) };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An absent limit must not stand over the signer's own as undefined. */
const defined = (limits: object): Principal['limits'] & object =>
  Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));

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

function isPrefix(prefix: string): boolean {
  try {
    normalPrefix(prefix);
    return true;
  } catch {
    return false;
  }
}

const unavailable = (cause: unknown) =>
  new ProblemError(503, 'auth-unavailable', 'Who you are cannot be checked at the moment.', { cause });
