import type { ChecksumAlgorithm } from '../../widget/core/protocol.ts';

/** The checksum algorithms that both S3 and `<s3-uploader>` support. */
export const CHECKSUM_ALGORITHMS = [
  'crc32',
  'crc32c',
  'crc64nvme',
  'sha256',
] as const satisfies readonly ChecksumAlgorithm[];

/** Bytes of a checksum, by algorithm. */
export const CHECKSUM_BYTES: Readonly<Record<ChecksumAlgorithm, number>> = {
  crc32: 4,
  crc32c: 4,
  crc64nvme: 8,
  sha256: 32,
};
