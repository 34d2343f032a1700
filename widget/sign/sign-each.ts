import { isUploadError, type UploadErrorCode } from '../core/errors.ts';
import type { FileInfo } from '../core/item.ts';
import type { Grant, Sign, SignOptions } from '../core/sign.ts';
import { collectGrants } from './collect-grants.ts';

/** Maximum number of concurrent requests to a signer: as many as browsers open HTTP/1.1 connections to one host. */
const MAX_PARALLEL_REQUESTS = 6;

/** Makes a `sign` for a signer that accepts one file per request. A refused file does not refuse the others. */
export const signEach = (grant: (file: FileInfo, options: SignOptions) => Promise<Grant>): Sign =>
  Object.assign(
    async (files: readonly FileInfo[], options: SignOptions): Promise<Grant[]> => {
      const [first, ...others] = files;
      // with a single file there are no others to protect, and an error has more details than a refusal
      if (first && !others.length) return [await grant(first, options)];
      return collectGrants(files.map((file) => grant(file, options).catch((error: unknown) => toRefusal(file, error))));
    },
    { batchSize: MAX_PARALLEL_REQUESTS },
  );

/** Codes of errors that concern one file only, so that the others are still signed. */
const FILE_ERRORS: readonly UploadErrorCode[] = ['signer-refused', 'quota-exceeded', 'file-changed'];

/**
 * Turns an error about one file into its refusal.
 *
 * @throws the error itself if it is not about the file
 */
export function toRefusal({ id }: FileInfo, error: unknown): Grant {
  if (!isUploadError(error) || !FILE_ERRORS.includes(error.code)) throw error;
  const { code, message } = error;
  return { id, error: { code: code === 'signer-refused' ? 'refused' : code, message } };
}
