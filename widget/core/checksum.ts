import { Crc32Js, Crc32cJs, Crc64NvmeJs } from '@aws-sdk/checksums/crc';
import { Sha256Js } from '@smithy/core/checksum';
import type { ChecksumAlgorithm } from './protocol.ts';

/** Bytes at a stretch: a few milliseconds of arithmetic, and all that is ever in memory. */
const SLICE = 2 ** 20;

const ALGORITHMS = {
  crc32: Crc32Js,
  crc32c: Crc32cJs,
  crc64nvme: Crc64NvmeJs,
  sha256: Sha256Js,
};

/** Bytes up to which the platform's own SHA-256 is taken: it is the fastest, and wants its input whole. */
const WHOLE = 64 * 2 ** 20;

/**
 * A checksum as S3 takes it: Base64 of the big-endian bytes. Computed in slices, between which the page lives.
 */
export async function checksum(data: Blob, algorithm: ChecksumAlgorithm, signal: AbortSignal): Promise<string> {
  if (algorithm === 'sha256' && data.size <= WHOLE) {
    return base64(new Uint8Array(await crypto.subtle.digest('SHA-256', await data.arrayBuffer())));
  }
  const sum = new ALGORITHMS[algorithm]();
  for (let start = 0; start < data.size; start += SLICE) {
    signal.throwIfAborted();
    sum.update(new Uint8Array(await data.slice(start, start + SLICE).arrayBuffer()));
  }
  return base64(await sum.digest());
}

const base64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));
