import { mergeFileLimits, type FileLimits } from './file-limits.ts';
import { firstIssue } from './first-issue.ts';
import { normalizePrefix, ownerSegment } from './key-prefix.ts';
import { PrincipalSchema, type Principal } from './principal.ts';

/** The authenticated caller, with their folder and limits worked out. */
export interface Caller {
  /** Their permanent id; empty for callers without one. */
  owner: string;
  /** The folder of all their keys, with a slash at its end. */
  folder: string;
  /** The signer's limits, overridden by their own. */
  limits: FileLimits;
}

/** Maximum characters of a key. S3 allows 1,024 bytes. For an HTML form, S3 appends the file's own name, up to 255 bytes. */
const MAX_KEY_CHARACTERS = 512;
/** Maximum characters of the key's last segment: a UUID, a dot and an extension. */
const MAX_KEY_NAME_CHARACTERS = 36 + 1 + 10;

/** @throws {TypeError} if `authorize` returned anything but a valid principal */
export function resolveCaller(returned: Principal, signer: { prefix: string; limits: FileLimits }): Caller {
  const result = PrincipalSchema.safeParse(returned);
  if (!result.success) {
    throw new TypeError(`authorize must return {owner, prefix, limits}: ${firstIssue(result.error)}`);
  }
  const { owner, prefix, limits } = result.data;
  const own = prefix === undefined ? owner && `${ownerSegment(owner)}/` : normalizePrefix(prefix);
  const folder = signer.prefix + own;
  if (folder.length + MAX_KEY_NAME_CHARACTERS > MAX_KEY_CHARACTERS) {
    throw new TypeError(
      `authorize returned an owner or prefix that makes keys longer than ${MAX_KEY_CHARACTERS} characters`,
    );
  }
  return { owner, folder, limits: mergeFileLimits(signer.limits, limits) };
}
