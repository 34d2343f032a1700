import { createHash } from 'node:crypto';
import { createCRC32, createCRC64 } from 'hash-wasm';
import { S3Error } from './s3-error.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html */
export const CHECKSUM_ALGORITHMS = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const;
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number];

/** The algorithm that S3 uses when the client names none. */
export const DEFAULT_ALGORITHM: ChecksumAlgorithm = 'CRC64NVME';

/** A multipart object's checksum covers all its bytes (`FULL_OBJECT`) or the checksums of its parts (`COMPOSITE`). */
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Base64; a composite checksum ends with `-` and the number of parts. */
  readonly value: string;
}

/** A checksum or hash that is computed chunk by chunk. */
export interface RunningDigest {
  update(chunk: Uint8Array): void;
  digest(): Buffer;
}

/** Castagnoli's polynomial, reflected. */
const CRC32C_POLYNOMIAL = 0x82f63b78;
/** The polynomial of the NVM Express specification, reflected, in hex. */
const CRC64NVME_POLYNOMIAL = '9a6c9329ac4bc9b5';

const CHECKSUM_BYTES: Record<ChecksumAlgorithm, number> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
};
const MD5_BYTES = 16;

/** Name of the header or form field that carries a checksum. */
export const checksumHeader = (algorithm: ChecksumAlgorithm) => `x-amz-checksum-${algorithm.toLowerCase()}`;

/** Response headers that state a checksum. */
export const checksumHeaders = ({ algorithm, value }: Checksum, type: ChecksumType): Record<string, string> => ({
  [checksumHeader(algorithm)]: value,
  'x-amz-checksum-type': type,
});

/** Name of the XML element that carries a checksum. */
export const checksumElement = (algorithm: ChecksumAlgorithm) => `Checksum${algorithm}`;

/** Starts a checksum or hash over the chunks to come. */
export async function startDigest(algorithm: ChecksumAlgorithm | 'MD5'): Promise<RunningDigest> {
  switch (algorithm) {
    case 'MD5':
    case 'SHA1':
    case 'SHA256':
      return createHash(algorithm.toLowerCase());
    case 'CRC32':
      return startCrc(await createCRC32());
    case 'CRC32C':
      return startCrc(await createCRC32(CRC32C_POLYNOMIAL));
    case 'CRC64NVME':
      return startCrc(await createCRC64(CRC64NVME_POLYNOMIAL));
  }
}

/**
 * Reads the checksum that a request states, undefined when it states none.
 *
 * @param get returns a header or form field by its lower-case name
 * @param announcement header or form field that names an algorithm, and so requires its value
 * @throws {S3Error} `InvalidRequest` for several checksums, a missing value, an unknown algorithm or a malformed value
 */
export function readStatedChecksum(
  get: (name: string) => string | undefined,
  announcement?: 'x-amz-checksum-algorithm' | 'x-amz-sdk-checksum-algorithm',
): Checksum | undefined {
  const stated = CHECKSUM_ALGORITHMS.flatMap((algorithm) => {
    const value = get(checksumHeader(algorithm));
    return value === undefined ? [] : [{ algorithm, value }];
  });
  if (stated.length > 1)
    throw new S3Error(
      'InvalidRequest',
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    );
  const [checksum] = stated;
  const announced = announcement && get(announcement);
  if (announced !== undefined && parseAlgorithm(announced) !== checksum?.algorithm)
    throw new S3Error(
      'InvalidRequest',
      `${announcement} specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.`,
    );
  if (checksum) assertWellFormed(checksum);
  return checksum;
}

/**
 * Reads the name of an algorithm, in any case.
 *
 * @throws {S3Error} `InvalidRequest`
 */
export function parseAlgorithm(text: string): ChecksumAlgorithm {
  const found = CHECKSUM_ALGORITHMS.find((algorithm) => algorithm === text.toUpperCase());
  if (!found) throw new S3Error('InvalidRequest', 'Checksum algorithm provided is unsupported.');
  return found;
}

/**
 * Reads a Content-MD5 and returns it as hex.
 *
 * @throws {S3Error} `InvalidDigest` unless it is the Base64 of 16 bytes
 */
export function parseContentMd5(value: string): string {
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length !== MD5_BYTES || bytes.toString('base64') !== value)
    throw new S3Error('InvalidDigest', 'The Content-MD5 you specified was invalid.', { 'Content-MD5': value });
  return bytes.toString('hex');
}

function assertWellFormed({ algorithm, value }: Checksum): void {
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length !== CHECKSUM_BYTES[algorithm] || bytes.toString('base64') !== value)
    throw new S3Error('InvalidRequest', `Value for ${checksumHeader(algorithm)} header is invalid.`);
}

const startCrc = (hasher: Awaited<ReturnType<typeof createCRC32>>): RunningDigest => {
  hasher.init();
  return { update: (chunk) => void hasher.update(chunk), digest: () => Buffer.from(hasher.digest('binary')) };
};
