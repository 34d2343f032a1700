import type { Context, MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { z } from 'zod';
import { firstIssue } from './first-issue.ts';
import { ProblemError } from './problem.ts';

/** Maximum characters of a 400's detail. It can repeat a long member name of the request. */
const MAX_DETAIL_CHARACTERS = 300;

/** Refuses a longer body, also one that comes in chunks without a length. */
export const limitBody = (maxBytes: number): MiddlewareHandler =>
  bodyLimit({
    maxSize: maxBytes,
    onError: () => {
      throw new ProblemError(413, 'body-too-large', `The request body has more than ${maxBytes} bytes.`);
    },
  });

/**
 * Reads a JSON body of exactly this shape. Other media types are refused because a page of another origin can send them
 * without a preflight.
 *
 * @throws {ProblemError} 415 or 400; the detail names the member
 */
export async function readJson<Schema extends z.ZodType>(c: Context, schema: Schema): Promise<z.output<Schema>> {
  if (!/^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(c.req.header('Content-Type') ?? '')) {
    throw new ProblemError(415, 'not-json', 'Send Content-Type: application/json.');
  }
  const text = await c.req.text().catch(() => '');
  if (!text && hasBody(c)) {
    throw new ProblemError(
      400,
      'body-consumed',
      'The body was read before the signer got it. Mount the signer before body parsers such as express.json().',
    );
  }
  const result = schema.safeParse(parse(text));
  if (result.success) return result.data;
  throw new ProblemError(400, 'bad-request', firstIssue(result.error).slice(0, MAX_DETAIL_CHARACTERS));
}

/** Whether the request came with a body, according to its headers. */
const hasBody = (c: Context): boolean =>
  Number(c.req.header('Content-Length')) > 0 || c.req.header('Transfer-Encoding') !== undefined;

function parse(text: string): unknown {
  try {
    return JSON.parse(text, refusePrototype);
  } catch (cause) {
    throw new ProblemError(400, 'bad-json', 'The body is not valid JSON.', { cause });
  }
}

/** Refuses members that could change a prototype, even where a schema allows any name. */
function refusePrototype(this: unknown, key: string, value: unknown): unknown {
  if (key === '__proto__' || key === 'constructor' || key === 'prototype') throw new SyntaxError(`member ${key}`);
  return value;
}
