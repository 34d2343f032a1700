import { secretDigits } from './sealed-token.ts';

/** Hex digits of the tag: 128 bits, so that no two visitors share one. */
const TAG_DIGITS = 32;

/**
 * An opaque name of a visitor, with which a client keeps the uploads of several visitors of one computer apart. It says
 * nothing about the owner's id. The oldest secret makes it, so that it stays the same while a secret is rotated.
 *
 * @returns undefined for callers without an id
 */
export const visitorTag = (owner: string, secrets: readonly string[]): string | undefined =>
  // as JSON, because in UTF-8 all lone surrogates would be the same
  owner === '' ? undefined : secretDigits('visitor', JSON.stringify(owner), secrets.slice(-1)).slice(0, TAG_DIGITS);
