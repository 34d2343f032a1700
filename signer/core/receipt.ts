import { readOption } from './read-option.ts';
import { openToken, readSecrets, sealToken } from './sealed-token.ts';

/** The signer's proof for the application that an object is stored. */
export interface Receipt {
  /** The object's key, raw: not percent-encoded. */
  key: string;
  /** Bytes. */
  size: number;
  /** The media type that the object is stored with. */
  type: string;
  /** Without quotes. */
  etag: string;
  /** The caller's id, as `authorize` returned it. */
  owner: string;
  /** When it was issued, in seconds since 1970. */
  issued: number;
}

/** The kind of a receipt's token, with its version. */
const RECEIPT = 'r1';

/** Seals a receipt with the first secret. */
export const sealReceipt = (receipt: Receipt, secrets: readonly string[]): string =>
  sealToken(RECEIPT, receipt, secrets);

/**
 * Verifies a receipt that an application gets in a form post. Compare `owner` with your user, and remember the receipts
 * you have accepted: a receipt can be submitted more than once.
 *
 * @param secret the signer's `SIGNER_SECRET`, or `new,old` during a rotation
 * @returns what was stored, or null if the signer did not issue the receipt
 * @throws {TypeError} if the secret has fewer than 16 characters
 */
export function verifyReceipt(receipt: string, secret: string | readonly string[]): Receipt | null {
  const secrets = readOption('secret', () => readSecrets(secret));
  return (openToken(RECEIPT, receipt, secrets) as Receipt | undefined) ?? null;
}
