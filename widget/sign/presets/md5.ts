import { Md5Js } from '@smithy/core/checksum';

/** Bytes that are read and hashed at a time: a few milliseconds of work, and all that is in memory. */
const CHUNK_BYTES = 2 ** 20;

/**
 * The MD5 of a file in Base64, as in `Content-MD5`. Active Storage requires it, and `crypto.subtle` does not have it. It
 * detects damage; it is no protection against an attacker.
 */
export async function md5(blob: Blob): Promise<string> {
  const hash = new Md5Js();
  for (let start = 0; start < blob.size; start += CHUNK_BYTES) {
    hash.update(new Uint8Array(await blob.slice(start, start + CHUNK_BYTES).arrayBuffer()));
  }
  return btoa(String.fromCharCode(...(await hash.digest())));
}
