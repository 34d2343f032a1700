import { UploadError } from './errors.ts';

/** S3's limits: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const MAX_PARTS = 10_000;
/** Bytes of a file, 48.8 TiB: as many parts of 5 GiB. */
export const MAX_FILE_BYTES = MAX_PARTS * 5 * 2 ** 30;

export interface Part {
  /** From 1. */
  readonly number: number;
  readonly start: number;
  /** Bytes. */
  readonly size: number;
}

/**
 * The parts of a file: all of one size but the last.
 *
 * @throws {UploadError} `bad-signer-response` when S3 could not take so many
 */
export function partsOf(size: number, partSize: number): Part[] {
  const count = Math.max(1, Math.ceil(size / partSize));
  if (!(partSize > 0) || count > MAX_PARTS) {
    const message = `a file of ${size} bytes in parts of ${partSize} makes ${count} parts, and S3 takes ${MAX_PARTS}`;
    throw new UploadError('bad-signer-response', message, { phase: 'sign' });
  }
  return Array.from({ length: count }, (_, index) => {
    const start = index * partSize;
    return { number: index + 1, start, size: Math.min(partSize, size - start) };
  });
}
