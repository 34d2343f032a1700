import { nowInSeconds } from './clock.ts';
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
  /** The bucket's name. */
  bucket: string;
  /** The signer's own name: its `audience`. */
  audience: string;
  /** When it was issued, in seconds since 1970. */
  issued: number;
}

/** What the application expects of a receipt, beside its seal. */
export interface ReceiptChecks {
  /** The bucket that the object must be in. Default: any. */
  bucket?: string;
  /** The signer that must have issued the receipt: its `SIGNER_AUDIENCE`, or else its `SIGNER_PREFIX`. Default: any. */
  audience?: string;
  /** Maximum age in seconds. Default 604,800, 7 days: as long as a ticket is valid. */
  maxAge?: number;
}

/** The kind of a receipt's token, with its version. */
const RECEIPT = 'r1';

const SEVEN_DAYS_IN_SECONDS = 7 * 86_400;

/** Seals a receipt with the first secret. */
export const sealReceipt = (receipt: Receipt, secrets: readonly string[]): string =>
  sealToken(RECEIPT, receipt, secrets);

/**
 * Verifies a receipt that an application gets in a form post. Compare `owner` with your user, and remember the receipts
 * you have accepted: a receipt can be submitted more than once.
 *
 * @param secret the signer's `SIGNER_RECEIPT_SECRET`, or else its `SIGNER_SECRET`; `new,old` during a rotation
 * @returns what was stored; null if the signer did not issue the receipt, or if it is not what the checks expect
 * @throws {TypeError} if the secret has fewer than 32 characters, or fewer than 10 different ones
 */
export function verifyReceipt(
  receipt: string,
  secret: string | readonly string[],
  { bucket, audience, maxAge = SEVEN_DAYS_IN_SECONDS }: ReceiptChecks = {},
): Receipt | null {
  const secrets = readOption('secret', () => readSecrets(secret));
  const opened = openToken(RECEIPT, receipt, secrets) as Receipt | undefined;
  const isExpected =
    opened !== undefined &&
    (bucket === undefined || opened.bucket === bucket) &&
    (audience === undefined || opened.audience === audience) &&
    opened.issued >= nowInSeconds() - maxAge;
  return isExpected ? opened : null;
}
