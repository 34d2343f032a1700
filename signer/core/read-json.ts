import type { Context, MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { z } from 'zod';
import { ProblemError } from './problem.ts';

/** Refuses a longer body, also one that comes in chunks and does not say its length. */
export const limitBody = (bytes: number): MiddlewareHandler =>
  bodyLimit({
    maxSize: bytes,
    onError: () => {
      throw new ProblemError(413, 'body-too-large', `The request must not have more than ${bytes} bytes.`);
    },
  });

/**
 * The body, if it is JSON of just this shape. Any other media type is refused: a page of another origin can send those
 * without asking first.
 *
 * @throws {ProblemError} 415 or 400; the detail names the member
 */
export async function readJson<Schema extends z.ZodType>(c: Context, schema: Schema): Promise<z.output<Schema>> {
  if (!/^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(c.req.header('Content-Type') ?? '')) {
    throw new ProblemError(415, 'not-json', 'Send Content-Type: application/json.');
  }
  const result = schema.safeParse(parse(await c.req.text()));
  if (result.success) return result.data;
  throw new ProblemError(400, 'bad-request', faultOf(result.error).slice(0, 300));
}

/** The first thing that is wrong, by its member. */
export function faultOf({ issues: [issue] }: z.ZodError): string {
  const path = issue!.path.join('.');
  return `${path ? `${path}: ` : ''}${issue!.message}`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text, refuseProto);
  } catch (cause) {
    throw new ProblemError(400, 'bad-json', 'The body is not valid JSON.', { cause });
  }
}

/** No member may reach for a prototype, even where a schema takes any name. */
function refuseProto(this: unknown, key: string, value: unknown): unknown {
  if (key === '__proto__' || key === 'constructor' || key === 'prototype') throw new SyntaxError(`member ${key}`);
  return value;
}
