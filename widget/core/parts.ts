import { UploadError } from './errors.ts';
import { MAX_PARTS } from './part-limits.ts';

/** Minimum bytes of a part, but for the last one: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MIN_PART_BYTES = 5 * 2 ** 20;

/** A part of a file. */
export interface Part {
  /** From 1. */
  readonly number: number;
  /** Offset of its first byte. */
  readonly start: number;
  /** Bytes. */
  readonly size: number;
}

/**
 * The parts of a file: all of one size but the last.
 *
 * @param size bytes of the file
 * @param partSize bytes of each part but the last
 * @throws {UploadError} `bad-signer-response` when S3 would refuse the parts, because there are too many or they are too small
 */
export function partsOf(size: number, partSize: number): Part[] {
  const count = Math.max(1, Math.ceil(size / partSize));
  if (!Number.isInteger(partSize) || (partSize < MIN_PART_BYTES && count > 1)) {
    const message = `its partSize is ${partSize}: it must be a whole number of bytes, and at least 5 MiB unless one part has the whole file`;
    throw new UploadError('bad-signer-response', `the signer's response cannot be used: ${message}`, { phase: 'sign' });
  }
  if (!(partSize > 0) || count > MAX_PARTS) {
    const message = `a file of ${size} bytes in parts of ${partSize} makes ${count} parts, and S3 accepts ${MAX_PARTS}: the signer must grant larger parts`;
    throw new UploadError('bad-signer-response', message, { phase: 'sign' });
  }
  return Array.from({ length: count }, (_, index) => {
    const start = index * partSize;
    return { number: index + 1, start, size: Math.min(partSize, size - start) };
  });
}
