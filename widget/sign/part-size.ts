import { MAX_PARTS } from '../core/part-limits.ts';

/** Bytes of a mebibyte. */
const MiB = 2 ** 20;

/** Bytes of a part, unless the file would then have too many parts. */
const DEFAULT_PART_BYTES = 8 * MiB;

/**
 * Milliseconds that a multipart upload may take when the page itself signs the parts or requests their URLs. Lifecycle rules
 * count whole days.
 */
export const MULTIPART_LIFETIME_MS = 24 * 3_600_000;

/**
 * The size of all parts but the last: whole mebibytes, and large enough that S3's limit of 10,000 parts suffices.
 *
 * @param size bytes of the file
 * @returns bytes of a part
 */
export const partSizeFor = (size: number): number =>
  Math.max(DEFAULT_PART_BYTES, Math.ceil(size / MAX_PARTS / MiB) * MiB);
