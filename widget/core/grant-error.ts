import { UploadError } from './errors.ts';
import { redact } from './redact.ts';
import type { Grant, Refusal, UploadGrant } from './sign.ts';

/** Characters of a refusal that are repeated. */
const MAX_REFUSAL_CHARACTERS = 400;

/**
 * The error of a file that cannot be uploaded as the signer says.
 *
 * @param grant a refusal, or the grant of one POST or PUT for a file that is too large for that
 * @param limit bytes of one POST or PUT
 */
export const grantError = (grant: Grant, limit: number): UploadError =>
  'error' in grant ? refusalError(grant) : tooLargeError(grant, limit);

/** The codes that signers and the queue have in common. */
const SHARED_CODES = ['file-too-large', 'file-too-small', 'file-type', 'too-many-files', 'total-too-large'] as const;

function refusalError({ error }: Refusal): UploadError {
  const code = SHARED_CODES.find((known) => known === error.code) ?? 'signer-refused';
  const { limit } = error;
  const message = redact(`the signer refused the file (${error.code}): ${error.message}`).slice(
    0,
    MAX_REFUSAL_CHARACTERS,
  );
  return new UploadError(code, message, {
    phase: 'sign',
    limit: Number.isFinite(limit) && limit! > 0 ? limit : undefined,
  });
}

const tooLargeError = ({ method }: UploadGrant, limit: number): UploadError =>
  new UploadError('file-too-large', `one ${method} takes at most 5 GiB: sign the file as a multipart upload`, {
    phase: 'sign',
    limit,
  });
