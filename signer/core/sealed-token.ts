import { Buffer } from 'node:buffer';
import { createHmac, createSecretKey, hkdfSync, timingSafeEqual, type KeyObject } from 'node:crypto';
import { checkSecret, GENERATE_SECRET } from './secret-strength.ts';

// A sealed token is `kind.payload.mac`: the payload is JSON in base64url, the MAC is HMAC-SHA-256 over `kind.payload`.
// Anyone can read a token; only someone with the secret can make or change one. The kind contains a version, and the MAC
// covers it. Each kind has a key of its own, so a receipt never passes for a ticket.

/** Makes a function that seals values, with the first secret. It derives its key once: that takes longer than sealing a value. */
export function createSealer<T extends object>(kind: string, [secret]: readonly string[]): (value: T) => string {
  const key = deriveKey(kind, secret!);
  return function seal(value) {
    const text = `${kind}.${Buffer.from(JSON.stringify(value)).toString('base64url')}`;
    return `${text}.${macOf(text, key).toString('base64url')}`;
  };
}

/** Seals one value, with the first secret. */
export const sealToken = (kind: string, value: object, secrets: readonly string[]): string =>
  createSealer(kind, secrets)(value);

/** The value of a token of this kind that any of the secrets has sealed. Undefined for any other text. */
export function openToken(kind: string, token: string, secrets: readonly string[]): unknown {
  const [, text, givenKind, payload, givenMac] = /^(([a-z0-9]+)\.([\w-]+))\.([\w-]{43})$/.exec(token) ?? [];
  if (!text || givenKind !== kind) return undefined;
  const mac = Buffer.from(givenMac!, 'base64url');
  // The last character has two unused bits, so four spellings decode alike. Only one is accepted.
  if (mac.toString('base64url') !== givenMac) return undefined;
  const isSealed = secrets.some((secret) => timingSafeEqual(macOf(text, deriveKey(kind, secret)), mac));
  return isSealed ? JSON.parse(Buffer.from(payload!, 'base64url').toString()) : undefined;
}

/**
 * Makes a function that computes digits of a text, in hexadecimal, which only this signer can.
 *
 * @param purpose has a key of its own; never the kind of a token
 */
export function createSecretDigits(
  purpose: 'nonce' | 'visitor',
  [secret]: readonly string[],
): (text: string) => string {
  const key = deriveKey(purpose, secret!);
  return (text) => macOf(text, key).toString('hex');
}

const macOf = (text: string, key: KeyObject): Buffer => createHmac('sha256', key).update(text).digest();

/** HKDF-SHA-256 (RFC 5869) without a salt. The examples in other languages derive the key of receipts in the same way. */
const deriveKey = (purpose: string, secret: string): KeyObject =>
  createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', `s3-uploader-signer ${purpose}`, 32)));

/**
 * Reads a list of secrets, or `new,old`. The first seals tokens, all open them.
 *
 * @param variable the environment variable that the message names
 * @throws {TypeError} if there is none, or one can be guessed: fewer than 32 characters, or fewer than 10 different ones
 */
export function readSecrets(secret: string | readonly string[], variable = 'SIGNER_SECRET'): readonly string[] {
  const list: readonly unknown[] = typeof secret === 'string' ? secret.split(',') : Array.isArray(secret) ? secret : [];
  const secrets = list.map((each) => (typeof each === 'string' ? each.trim() : '')).filter(Boolean);
  if (secrets.length === 0) throw new TypeError(`is missing: set ${variable}, or pass a text; ${GENERATE_SECRET}`);
  for (const each of secrets) checkSecret(each);
  return secrets;
}
