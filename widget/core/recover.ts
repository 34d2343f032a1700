import type { SentBytes, UploadError } from './errors.ts';
import type { UploadGrant } from './sign.ts';

/**
 * How an upload goes on after a failed attempt:
 *
 * - `wait`: repeat the attempt after a delay.
 * - `wait-and-sign`: repeat it after a delay, with a new signature.
 * - `sign-again`: repeat it with a new signature.
 * - `use-put`: repeat it with a grant for PUT.
 * - `confirm`: look up the object, and start from the beginning if it is not stored. Where it cannot be looked up, a key that has
 *   an object already is that of the file if an earlier attempt had no response.
 * - `fail`: give the file the error.
 * - `fail-signer-clock`: give it the error that the signer's clock is wrong.
 */
export type Recovery = 'wait' | 'wait-and-sign' | 'sign-again' | 'use-put' | 'confirm' | 'fail' | 'fail-signer-clock';

/** What an upload has tried. */
export interface Attempts {
  /** How the last attempt sent the file. */
  readonly method: UploadGrant['method'];
  /** Whether the signer was asked for PUT for it. */
  readonly isPut: boolean;
  /** Whether the storage has stored a file by POST, and so implements it. Default false. */
  readonly isPostKnown?: boolean;
  /** The recoveries so far, in order. */
  readonly recoveries: readonly Recovery[];
}

/** Decides how an upload goes on after a failed attempt. Its test is a table of the rules. */
export function recover(error: UploadError, { method, isPut, isPostKnown, recoveries }: Attempts): Recovery {
  const { retry, code, status } = error;
  // a new signature that is refused at once cannot be fixed by another one
  if (retry === 'sign-again') return recoveries.at(-1) === 'sign-again' ? 'fail-signer-clock' : 'sign-again';
  // the storage implements no POST; the page may not be able to read that response
  const isPostRefused = status === 405 || status === 501 || (code === 'cors' && !isPostKnown);
  if (method === 'POST' && isPostRefused && !isPut) return 'use-put';
  // the parts may have been put together and the response lost, or a lifecycle rule has deleted them; or an attempt whose
  // response was lost has stored the file
  if ((code === 'upload-lost' || code === 'already-stored') && !recoveries.includes('confirm')) return 'confirm';
  if (retry === 'never') return 'fail';
  // the signature covers the checksum, which is computed again
  return code === 'corrupt' && method !== 'MULTIPART' ? 'wait-and-sign' : 'wait';
}

/** Whether the storage may have stored a body that it has not responded to. */
export const mayBeStored = (sent: SentBytes | undefined): boolean => sent === 'all' || sent === 'unknown';
