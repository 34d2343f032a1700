import { UploadError } from './errors.ts';
import type { PostGrant, PutGrant } from './sign.ts';

/** The object is gone after the storage has accepted it. */
export const lostError = (): UploadError =>
  new UploadError('upload-lost', 'the storage accepted the file, and has no such object', { phase: 'finalize' });

/** The response to the upload was not the storage's own. */
export const portalError = ({ url }: PostGrant | PutGrant): UploadError =>
  new UploadError('network', `${new URL(url).host} has no such object: a captive portal or proxy answered the upload`, {
    phase: 'upload',
    retry: 'transient',
    status: 200,
    sent: 'all',
  });

/** Each signature has expired at once. */
export const clockError = (cause: UploadError): UploadError =>
  new UploadError('signer-clock', 'two signatures in a row had expired at once: set the clock of the signer', {
    ...cause,
    phase: 'upload',
    retry: 'never',
    cause,
  });
