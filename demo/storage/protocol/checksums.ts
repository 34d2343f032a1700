import { createHash } from 'node:crypto';
import { createCRC32, createCRC64 } from 'hash-wasm';
import { S3Error } from './s3-error.ts';

export const checksumAlgorithms = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const;
export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number];

/** What S3 computes of an object whose client asked for nothing. */
export const defaultAlgorithm: ChecksumAlgorithm = 'CRC64NVME';

export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Base64 */
  readonly value: string;
}

export interface RunningDigest {
  update(chunk: Uint8Array): void;
  digest(): Buffer;
}

// Reflected polynomials: Castagnoli's, and the one of the NVM Express specification.
const crc32c = 0x82f63b78;
const crc64nvme = '9a6c9329ac4bc9b5';

const bytesOf: Record<ChecksumAlgorithm, number> = { CRC32: 4, CRC32C: 4, CRC64NVME: 8, SHA1: 20, SHA256: 32 };

export const checksumHeader = (algorithm: ChecksumAlgorithm) => `x-amz-checksum-${algorithm.toLowerCase()}`;

export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

export const checksumHeaders = ({ algorithm, value }: Checksum, type: ChecksumType): Record<string, string> => ({
  [checksumHeader(algorithm)]: value,
  'x-amz-checksum-type': type,
});

/** The element that carries a checksum in S3's XML. */
export const checksumElement = (algorithm: ChecksumAlgorithm) => `Checksum${algorithm}`;

export async function startDigest(algorithm: ChecksumAlgorithm | 'MD5'): Promise<RunningDigest> {
  switch (algorithm) {
    case 'MD5':
    case 'SHA1':
    case 'SHA256':
      return createHash(algorithm.toLowerCase());
    case 'CRC32':
      return wasm(await createCRC32());
    case 'CRC32C':
      return wasm(await createCRC32(crc32c));
    case 'CRC64NVME':
      return wasm(await createCRC64(crc64nvme));
  }
}

/**
 * The one checksum a request states, read by `get` from headers or form fields.
 * `announcement` names the header or field that announces an algorithm, which then needs its value.
 */
export function statedChecksum(
  get: (name: string) => string | undefined,
  announcement?: 'x-amz-checksum-algorithm' | 'x-amz-sdk-checksum-algorithm',
): Checksum | undefined {
  const stated = checksumAlgorithms.flatMap((algorithm) => {
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
  if (checksum) assertChecksumForm(checksum);
  return checksum;
}

export function parseAlgorithm(text: string): ChecksumAlgorithm {
  const found = checksumAlgorithms.find((algorithm) => algorithm === text.toUpperCase());
  if (!found) throw new S3Error('InvalidRequest', 'Checksum algorithm provided is unsupported.');
  return found;
}

export function assertChecksumForm({ algorithm, value }: Checksum): void {
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length !== bytesOf[algorithm] || bytes.toString('base64') !== value)
    throw new S3Error('InvalidRequest', `Value for ${checksumHeader(algorithm)} header is invalid.`);
}

/** Content-MD5 as hex, or a refusal when it is not the Base64 of 16 bytes. */
export function parseContentMd5(value: string): string {
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length !== 16 || bytes.toString('base64') !== value)
    throw new S3Error('InvalidDigest', 'The Content-MD5 you specified was invalid.', { 'Content-MD5': value });
  return bytes.toString('hex');
}

const wasm = (hasher: Awaited<ReturnType<typeof createCRC32>>): RunningDigest => {
  hasher.init();
  return { update: (chunk) => void hasher.update(chunk), digest: () => Buffer.from(hasher.digest('binary')) };
};
