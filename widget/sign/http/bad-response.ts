import { UploadError } from '../../core/errors.ts';
import { redact } from '../../core/redact.ts';
import { isObject } from './json-guards.ts';

/** The signer in messages, with the attribute that names it. */
const SIGNER = 'The signer that the attribute "endpoint" names';

/**
 * The error for a response that cannot be used: `bad-signer-response`.
 *
 * @param content description of the response, as in `more than 65536 bytes`
 * @param from name of the sender. Default: the signer
 */
export const badResponse = (content: string, cause?: unknown, from = SIGNER): UploadError =>
  new UploadError('bad-signer-response', redact(`${from} answered with ${content}.`), { phase: 'sign', cause });

/**
 * The error for JSON without the members that are needed: `bad-signer-response`. It names the members that are there, never
 * their values, which may be credentials. A name that is none, such as a token, is left out.
 */
export function unexpectedMembers(answer: unknown, expected: string, from?: string): UploadError {
  const names = Object.keys(isObject(answer) ? answer : {}).map((name) => (/^[\w.-]{1,30}$/.test(name) ? name : '…'));
  const members = isObject(answer) ? names.slice(0, 20).join(', ') : answer ? typeof answer : 'nothing';
  return badResponse(`the members [${members}]; expected: ${expected}`, undefined, from);
}
