import type { Context } from 'hono';
import { z } from 'zod';
import type { FileRequest } from '../../widget/core/protocol.ts';
import type { FileLimits } from './file-limits.ts';
import { normalizePrefix } from './key-prefix.ts';

/** The authenticated caller, as the application describes them. */
export interface Principal {
  /**
   * Their permanent id, up to 256 characters. Tickets are bound to it, and their folder is named after it. Empty for
   * callers without an id.
   */
  owner: string;
  /** Their folder below the signer's prefix: segments of letters, digits, `_`, `.` and `-`. Default: made from the owner. */
  prefix?: string;
  /** Limits that replace the signer's for this caller. Default: none. */
  limits?: Partial<FileLimits>;
  /**
   * Seconds since 1970, such as `Date.now() / 1000`. Tickets that were issued before are refused: set it to the time of a sign-out
   * or of a stolen session. Rounded down, it keeps tickets of the same second. Default 0: tickets are valid until they expire.
   */
  notBefore?: number;
}

/**
 * Decides who may upload. Called for every request, so a permission can be revoked at any time. Called before the body of the
 * request is read, so that a request without authentication costs no parsing. Only a function that declares a second parameter
 * (`authorize.length > 1`) is called after that, with the files. For others, looking at the files throws.
 *
 * @param files the files to sign; empty for a request with a ticket
 * @returns the caller; a `Response`, which is sent unchanged; or null, which becomes a 401
 * @throws {HTTPException} its message is sent to the client; any other error becomes a 500 without details
 */
export type Authorize = (
  c: Context,
  files: readonly FileRequest[],
) => Principal | Response | null | Promise<Principal | Response | null>;

const bytes = z.number().min(0);

/** Seconds since 1970 have 10 digits until 2286. Milliseconds, which have 13, would refuse every ticket. */
const seconds = z.number().min(0).max(99_999_999_999, 'must be seconds since 1970, not milliseconds');

/**
 * The shape of a principal. It is strict because a misspelt limit would be no limit. The length of the owner is checked
 * later, because the caller may have chosen it, and not the application.
 */
export const PrincipalSchema = z.strictObject({
  owner: z.string(),
  prefix: z
    .string()
    .refine((prefix) => isPrefix(prefix), 'must be segments of letters, digits, "_", "." and "-"')
    .optional(),
  limits: z
    .strictObject({ types: z.array(z.string()).min(1), maxFileSize: bytes, minFileSize: bytes })
    .partial()
    .optional(),
  notBefore: seconds.optional(),
});

function isPrefix(prefix: string): boolean {
  try {
    normalizePrefix(prefix);
    return true;
  } catch {
    return false;
  }
}
