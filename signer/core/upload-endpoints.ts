import { readAddress, type BucketAddress } from './bucket-address.ts';
import { readHttpUrl } from './http-url.ts';

/**
 * Checks the URL of the bucket at one of its addresses.
 *
 * @returns the URL with a slash at its end
 * @throws {TypeError} if it is no http(s) URL, or has a user, a password, a query or a fragment
 */
export function readUploadEndpoint(text: string): string {
  const { origin, pathname } = new URL(readHttpUrl(text));
  if (/[?#]/.test(text)) throw new TypeError('must be the URL of the bucket, without "?" and "#"');
  return origin + pathname.replace(/\/?$/, '/');
}

/** Chooses the address for the next upload. */
export interface UploadAddresses {
  /** The URL for the next form; undefined for the client's own address. */
  nextUrl(): string | undefined;
  /** The address for the next PUT, or for the part with this number; undefined for the client's own. */
  nextAddress(partNumber?: number): BucketAddress | undefined;
}

/** Makes files, and the parts of a file, take turns at the addresses. */
export function createUploadAddresses(endpoints: readonly string[]): UploadAddresses {
  const addresses = endpoints.map(readAddress);
  let turn = 0;
  return {
    nextUrl: () => endpoints[turn++ % endpoints.length],
    nextAddress: (partNumber = turn++) => addresses[partNumber % addresses.length],
  };
}
