import type { Context, Env, MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { z } from 'zod';
import { firstIssue } from './first-issue.ts';
import { ProblemError } from './problem.ts';

/** Maximum characters of a 400's detail. It can repeat a long member name of the request. */
const MAX_DETAIL_CHARACTERS = 300;

/**
 * Maximum members of all objects and lists of a request together. 100 files of 9 members, each with 60 names of metadata, have
 * 7,100.
 */
const MAX_MEMBERS = 8_192;
/** Maximum objects and lists within each other. The contract has four. */
const MAX_DEPTH = 8;

/**
 * Refuses other media types than JSON, before anything is read: a page of another origin can send them without a preflight.
 */
export const requireJson: MiddlewareHandler = async function requireJson(c, next) {
  if (!/^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(c.req.header('Content-Type') ?? '')) {
    throw new ProblemError(415, 'not-json', 'Send Content-Type: application/json.');
  }
  await next();
};

/**
 * Reads a JSON body of exactly this shape. Call it after the caller is authenticated: a stranger's body is never read.
 *
 * @param maxBytes refuses a longer body, also one that comes in chunks without a length
 * @throws {ProblemError} 413 or 400; the detail names the member
 */
export async function readJson<Schema extends z.ZodType>(
  c: Context,
  schema: Schema,
  maxBytes: number,
): Promise<z.output<Schema>> {
  const onError = (): never => {
    throw new ProblemError(413, 'body-too-large', `The request body has more than ${maxBytes} bytes.`);
  };
  await bodyLimit({ maxSize: maxBytes, onError })(c as Context<Env, string>, () => Promise.resolve());
  const text = await c.req.text().catch(() => '');
  if (!text && hasBody(c)) {
    throw new ProblemError(
      400,
      'body-consumed',
      'The body was read before the signer got it. Mount the signer before body parsers such as express.json().',
    );
  }
  assertBounded(text);
  const result = schema.safeParse(parse(text));
  if (result.success) return result.data;
  throw badBody(firstIssue(result.error));
}

const badBody = (detail: string): ProblemError =>
  new ProblemError(400, 'bad-request', detail.slice(0, MAX_DETAIL_CHARACTERS));

/** Whether the request came with a body, according to its headers. */
const hasBody = (c: Context): boolean =>
  Number(c.req.header('Content-Length')) > 0 || c.req.header('Transfer-Encoding') !== undefined;

/** Refuses a body of more members than any request has, before they are parsed and validated. It only counts characters. */
function assertBounded(text: string): void {
  let members = 0;
  let depth = 0;
  let isString = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (isString) {
      if (character === '\\') i++;
      else isString = character !== '"';
      continue;
    }
    if (character === '"') isString = true;
    else if (character === '{' || character === '[') depth++;
    else if (character === '}' || character === ']') depth--;
    // Each member begins its object or list, or follows a comma.
    if (character === '{' || character === '[' || character === ',') members++;
    if (depth > MAX_DEPTH) throw badBody(`The body has more than ${MAX_DEPTH} objects or lists within each other.`);
    if (members > MAX_MEMBERS) throw badBody(`The body has more than ${MAX_MEMBERS} members.`);
  }
}

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    refusePrototypes(value);
    return value;
  } catch (cause) {
    throw new ProblemError(400, 'bad-json', 'The body is not valid JSON.', { cause });
  }
}

/** Refuses members that could change a prototype, even where a schema allows any name. */
function refusePrototypes(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    if (name === '__proto__' || name === 'constructor' || name === 'prototype') throw new SyntaxError(`member ${name}`);
    refusePrototypes(member);
  }
}
