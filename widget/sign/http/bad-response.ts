import { UploadError } from '../../core/errors.ts';
import { isObject } from './json-guards.ts';

/** How messages name a signer: with the attribute to look at. */
const SIGNER = 'The signer that the attribute "endpoint" names';

/**
 * The error for a response that cannot be used: `bad-signer-response`.
 *
 * @param content what the response has
 * @param from what sent it; default the signer
 */
export const badResponse = (content: string, cause?: unknown, from = SIGNER): UploadError =>
  new UploadError('bad-signer-response', `${from} answered with ${content}.`, { phase: 'sign', cause });

/**
 * The error for JSON without the members that are needed: `bad-signer-response`. It names the members that are there, never
 * their values, which may be credentials.
 */
export function unexpectedMembers(answer: unknown, expected: string, from?: string): UploadError {
  const members = isObject(answer) ? Object.keys(answer).slice(0, 20).join(', ') : answer ? typeof answer : 'nothing';
  return badResponse(`the members [${members}]; expected: ${expected}`, undefined, from);
}
