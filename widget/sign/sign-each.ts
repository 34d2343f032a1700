import { isUploadError, type UploadErrorCode } from '../core/errors.ts';
import type { FileInfo } from '../core/item.ts';
import type { Grant, Sign, SignOptions } from '../core/sign.ts';
import { collectGrants } from './collect-grants.ts';

/** Requests to a signer at a time: as many as browsers open connections to one host. */
const MAX_PARALLEL_REQUESTS = 6;

/** A signer that knows one file at a time: some are asked for in parallel, and a refused one does not refuse the others. */
export const signEach = (grant: (file: FileInfo, options: SignOptions) => Promise<Grant>): Sign =>
  Object.assign(
    async (files: readonly FileInfo[], options: SignOptions): Promise<Grant[]> => {
      const [first, ...others] = files;
      // there is nobody to spare: the error itself says more
      if (first && !others.length) return [await grant(first, options)];
      return collectGrants(files.map((file) => grant(file, options).catch((error: unknown) => toRefusal(file, error))));
    },
    { batchSize: MAX_PARALLEL_REQUESTS },
  );

/** What is wrong with one file, and no reason not to sign the others. */
const FILE_ERRORS: readonly UploadErrorCode[] = ['signer-refused', 'quota-exceeded', 'file-changed'];

/** @throws the error itself, where it is not about this file */
export function toRefusal({ id }: FileInfo, error: unknown): Grant {
  if (!isUploadError(error) || !FILE_ERRORS.includes(error.code)) throw error;
  const { code, message } = error;
  return { id, error: { code: code === 'signer-refused' ? 'refused' : code, message } };
}
