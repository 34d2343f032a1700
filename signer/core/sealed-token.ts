import { Buffer } from 'node:buffer';
import { createHmac, timingSafeEqual } from 'node:crypto';

// A sealed token is `kind.payload.mac`: the payload is JSON in base64url, the MAC is HMAC-SHA-256 over `kind.payload`.
// Anyone can read a token; only someone with the secret can make or change one. The kind contains a version. It is covered
// by the MAC, so a receipt never passes for a ticket.

/** Seals a value, with the first secret. */
export function sealToken(kind: string, value: object, [secret]: readonly string[]): string {
  const text = `${kind}.${Buffer.from(JSON.stringify(value)).toString('base64url')}`;
  return `${text}.${macOf(text, secret!).toString('base64url')}`;
}

/** The value of a token of this kind that any of the secrets has sealed. Undefined for any other text. */
export function openToken(kind: string, token: string, secrets: readonly string[]): unknown {
  const [, text, givenKind, payload, givenMac] = /^(([a-z0-9]+)\.([\w-]+))\.([\w-]{43})$/.exec(token) ?? [];
  if (!text || givenKind !== kind) return undefined;
  const mac = Buffer.from(givenMac!, 'base64url');
  // The last character has two unused bits, so four spellings decode alike. Only one is accepted.
  if (mac.toString('base64url') !== givenMac) return undefined;
  const isSealed = secrets.some((secret) => timingSafeEqual(macOf(text, secret), mac));
  return isSealed ? JSON.parse(Buffer.from(payload!, 'base64url').toString()) : undefined;
}

/**
 * Digits that only this signer can compute from a text, in hexadecimal.
 *
 * @param purpose separates them from those of other purposes, and from the MACs of tokens
 */
export const secretDigits = (purpose: string, text: string, [secret]: readonly string[]): string =>
  macOf(`${purpose}\n${text}`, secret!).toString('hex');

const macOf = (text: string, secret: string): Buffer => createHmac('sha256', secret).update(text).digest();

/** Minimum characters of a secret. A random one of this length cannot be guessed: 16 hex digits are 64 bits. */
const MIN_SECRET_CHARACTERS = 16;

/**
 * Reads a list of secrets, or `new,old`. The first seals tokens, all open them.
 *
 * @throws {TypeError} if there is none, or one has fewer than 16 characters
 */
export function readSecrets(secret: string | readonly string[]): readonly string[] {
  const list: readonly unknown[] = typeof secret === 'string' ? secret.split(',') : Array.isArray(secret) ? secret : [];
  const secrets = list.map((each) => (typeof each === 'string' ? each.trim() : '')).filter(Boolean);
  if (secrets.length === 0) {
    throw new TypeError(
      'is missing: set SIGNER_SECRET, or pass a text of at least ' +
        `${MIN_SECRET_CHARACTERS} characters; generate one with: openssl rand -hex 32`,
    );
  }
  if (secrets.some((each) => each.length < MIN_SECRET_CHARACTERS)) {
    throw new TypeError(
      `must have at least ${MIN_SECRET_CHARACTERS} characters; generate one with: openssl rand -hex 32`,
    );
  }
  return secrets;
}
