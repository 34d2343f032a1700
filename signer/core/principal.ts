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
}

/**
 * Decides who may upload. Called for every request, so a permission can be revoked at any time.
 *
 * @param files the files to sign; empty for a request with a ticket
 * @returns the caller; a `Response`, which is sent unchanged; or null, which becomes a 401
 * @throws {HTTPException} its message is sent to the client; any other error becomes a 500 without details
 */
export type Authorize = (
  c: Context,
  files: readonly FileRequest[],
) => Principal | Response | null | Promise<Principal | Response | null>;

/** Maximum characters of an owner's id, so that keys and tickets stay short. */
const MAX_OWNER_CHARACTERS = 256;

const bytes = z.number().min(0);

/** The shape of a principal. It is strict because a misspelt limit would be no limit. */
export const PrincipalSchema = z.strictObject({
  owner: z.string().max(MAX_OWNER_CHARACTERS),
  prefix: z
    .string()
    .refine((prefix) => isPrefix(prefix), 'must be segments of letters, digits, "_", "." and "-"')
    .optional(),
  limits: z
    .strictObject({ types: z.array(z.string()).min(1), maxFileSize: bytes, minFileSize: bytes })
    .partial()
    .optional(),
});

function isPrefix(prefix: string): boolean {
  try {
    normalizePrefix(prefix);
    return true;
  } catch {
    return false;
  }
}
