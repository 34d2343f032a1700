import type { ChecksumAlgorithm } from '../../widget/core/protocol.ts';

/** Those that S3 and the tag have in common. */
export const CHECKSUMS = ['crc32', 'crc32c', 'crc64nvme', 'sha256'] as const satisfies readonly ChecksumAlgorithm[];

/** Length of each in bytes. */
export const CHECKSUM_BYTES: Readonly<Record<ChecksumAlgorithm, number>> = {
  crc32: 4,
  crc32c: 4,
  crc64nvme: 8,
  sha256: 32,
};
