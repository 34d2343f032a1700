import { mergeFileLimits, type FileLimits } from './file-limits.ts';
import { firstIssue } from './first-issue.ts';
import { normalizePrefix, ownerSegment } from './key-prefix.ts';
import { PrincipalSchema, type Principal } from './principal.ts';
import { ProblemError } from './problem.ts';

/** The authenticated caller, with their folder and limits worked out. */
export interface Caller {
  /** Their permanent id; empty for callers without one. */
  owner: string;
  /** The folder of all their keys, with a slash at its end. */
  folder: string;
  /** The signer's limits, overridden by their own. */
  limits: FileLimits;
  /** Tickets that were issued before are refused: seconds since 1970. Default 0. */
  notBefore?: number;
}

/** Maximum characters of an owner's id, so that keys and tickets stay short. */
const MAX_OWNER_CHARACTERS = 256;
/** Maximum characters of a key. S3 allows 1,024 bytes. */
const MAX_KEY_CHARACTERS = 512;
/** Maximum characters of the key's last segment: a UUID, a dot and an extension. */
const MAX_KEY_NAME_CHARACTERS = 36 + 1 + 10;

/**
 * The caller that `authorize` returned. Their id may come from a token of another service, such as the `sub` of a JWT, so one
 * that is too long is a refusal, and not a fault of the application.
 *
 * @throws {ProblemError} 403 if the owner's id is too long
 * @throws {TypeError} if `authorize` returned anything but a valid principal
 */
export function resolveCaller(returned: Principal, signer: { prefix: string; limits: FileLimits }): Caller {
  const result = PrincipalSchema.safeParse(returned);
  if (!result.success) {
    throw new TypeError(`authorize must return {owner, prefix, limits, notBefore}: ${firstIssue(result.error)}`);
  }
  const { owner, prefix, limits, notBefore } = result.data;
  if (owner.length > MAX_OWNER_CHARACTERS) {
    throw ownerTooLong(`Your id has more than ${MAX_OWNER_CHARACTERS} characters.`);
  }
  const own = prefix === undefined ? owner && `${ownerSegment(owner)}/` : normalizePrefix(prefix);
  const folder = signer.prefix + own;
  if (folder.length + MAX_KEY_NAME_CHARACTERS > MAX_KEY_CHARACTERS) {
    if (prefix === undefined) throw ownerTooLong(`Your id makes keys longer than ${MAX_KEY_CHARACTERS} characters.`);
    throw new TypeError(`authorize returned a prefix that makes keys longer than ${MAX_KEY_CHARACTERS} characters`);
  }
  return { owner, folder, limits: mergeFileLimits(signer.limits, limits), notBefore };
}

const ownerTooLong = (detail: string): ProblemError => new ProblemError(403, 'owner-too-long', detail);
