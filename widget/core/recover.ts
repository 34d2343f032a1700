import type { UploadError } from './errors.ts';
import type { UploadGrant } from './sign.ts';

/**
 * How an upload goes on after a failed attempt:
 *
 * - `wait`: repeat the attempt after a delay.
 * - `sign-again`: repeat it with a new signature.
 * - `use-put`: repeat it with a grant for PUT.
 * - `confirm`: look up the object, and start from the beginning if it is not stored.
 * - `fail`: give the file the error.
 * - `fail-signer-clock`: give it the error that the signer's clock is wrong.
 */
export type Recovery = 'wait' | 'sign-again' | 'use-put' | 'confirm' | 'fail' | 'fail-signer-clock';

/** What an upload has tried. */
export interface Attempts {
  /** How the last attempt sent the file. */
  readonly method: UploadGrant['method'];
  /** Whether the signer was asked for PUT for it. */
  readonly isPut: boolean;
  /** The recoveries so far, in order. */
  readonly recoveries: readonly Recovery[];
}

/** Decides how an upload goes on after a failed attempt. Its test is a table of the rules. */
export function recover(error: UploadError, { method, isPut, recoveries }: Attempts): Recovery {
  const { retry, code, status } = error;
  // a new signature that is refused at once cannot be fixed by another one
  if (retry === 'sign-again') return recoveries.at(-1) === 'sign-again' ? 'fail-signer-clock' : 'sign-again';
  // the storage implements no POST
  if (method === 'POST' && (status === 405 || status === 501) && !isPut) return 'use-put';
  // the parts may have been put together and the response lost, or a lifecycle rule has deleted them
  if (code === 'upload-lost' && !recoveries.includes('confirm')) return 'confirm';
  return retry === 'never' ? 'fail' : 'wait';
}
