import { Crc32Js, Crc32cJs, Crc64NvmeJs } from '@aws-sdk/checksums/crc';
import { Sha256Js } from '@smithy/core/checksum';
import type { ChecksumAlgorithm } from './protocol.ts';

/** Bytes that are read and summed at a time: a few milliseconds of arithmetic, and all that is ever in memory. */
const SLICE_BYTES = 2 ** 20;
/** Bytes up to which the platform computes SHA-256: it is the fastest, and needs the whole input in memory. */
const MAX_NATIVE_BYTES = 64 * 2 ** 20;

const ALGORITHMS = {
  crc32: Crc32Js,
  crc32c: Crc32cJs,
  crc64nvme: Crc64NvmeJs,
  sha256: Sha256Js,
};

/**
 * A checksum in S3's form: Base64 of the big-endian bytes. Computed in slices, so that the page stays responsive.
 *
 * @throws the signal's reason when aborted
 */
export async function checksum(data: Blob, algorithm: ChecksumAlgorithm, signal: AbortSignal): Promise<string> {
  // pages over plain HTTP have no crypto.subtle
  if (algorithm === 'sha256' && data.size <= MAX_NATIVE_BYTES && 'subtle' in crypto) {
    return base64(new Uint8Array(await crypto.subtle.digest('SHA-256', await data.arrayBuffer())));
  }
  const sum = new ALGORITHMS[algorithm]();
  for (let start = 0; start < data.size; start += SLICE_BYTES) {
    signal.throwIfAborted();
    sum.update(new Uint8Array(await data.slice(start, start + SLICE_BYTES).arrayBuffer()));
  }
  return base64(await sum.digest());
}

const base64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));
