import type { UploadError } from './errors.ts';
import { mayBeStored, type Recovery } from './recover.ts';

/**
 * How one part of a multipart upload goes on after a failed attempt: as a whole file does, and
 *
 * - `look-up`: end if the storage has the part; otherwise as `wait-and-sign`.
 * - `fail`: end with the error, after which `recover` decides for the whole file.
 */
export type PartRecovery = Extract<Recovery, 'wait' | 'wait-and-sign' | 'sign-again' | 'fail'> | 'look-up';

/** What a part has tried. */
export interface PartAttempts {
  /** How the part went on after the attempt before the last; undefined after its first attempt. */
  readonly previous?: PartRecovery;
}

/** Decides how one part of a multipart upload goes on after a failed attempt. */
export function recoverPart(error: UploadError, { previous }: PartAttempts): PartRecovery {
  const { retry, code, sent } = error;
  if (retry === 'sign-again') return previous === 'sign-again' ? 'fail' : 'sign-again';
  if (retry === 'never') return 'fail';
  // some storages hide from the page that a signature has expired: no response may mean that, too
  if (code === 'network' || code === 'timeout') return mayBeStored(sent) ? 'look-up' : 'wait-and-sign';
  return code === 'corrupt' ? 'wait-and-sign' : 'wait';
}

/** The codes of a completed upload: no part of it is missing. */
const COMPLETED: readonly UploadError['code'][] = ['already-stored', 'object-differs', 'file-refused'];

/** Whether the storage could not complete a multipart upload because it lacks parts that were sent. */
export const lacksParts = ({ status, code }: UploadError): boolean =>
  (status === 409 || status === 422) && !COMPLETED.includes(code);
