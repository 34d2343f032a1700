import { Buffer } from 'node:buffer';
import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Sealed words: `kind.payload.mac`, the payload JSON in base64url, the MAC HMAC-SHA-256 over `kind.payload`. Readable by
 * whoever holds one, but made and changed only by who knows the secret. The kind has a version in it, and as it is under
 * the MAC a receipt can never pass for a ticket.
 */

/** Seals with the first secret. */
export function seal(kind: string, value: object, [secret]: readonly string[]): string {
  const text = `${kind}.${Buffer.from(JSON.stringify(value)).toString('base64url')}`;
  return `${text}.${macOf(text, secret!).toString('base64url')}`;
}

/** What was sealed as this kind with any of the secrets, or undefined. */
export function unseal(kind: string, sealed: string, secrets: readonly string[]): unknown {
  const [, text, of, payload, given] = /^(([a-z0-9]+)\.([\w-]+))\.([\w-]{43})$/.exec(sealed) ?? [];
  if (!text || of !== kind) return undefined;
  const mac = Buffer.from(given!, 'base64url');
  // The last character has two bits too many: one spelling only is good.
  if (mac.toString('base64url') !== given) return undefined;
  const isSealed = secrets.some((secret) => timingSafeEqual(macOf(text, secret), mac));
  return isSealed ? JSON.parse(Buffer.from(payload!, 'base64url').toString()) : undefined;
}

const macOf = (text: string, secret: string): Buffer => createHmac('sha256', secret).update(text).digest();

/**
 * `new,old`, or a list: seals are made with the first and accepted from any.
 *
 * @throws {TypeError} when one is shorter than 16 characters
 */
export function readSecrets(secret: string | readonly string[]): readonly string[] {
  const secrets = (typeof secret === 'string' ? secret.split(',') : secret).map((each) => each.trim()).filter(Boolean);
  if (secrets.length === 0 || secrets.some((each) => each.length < 16)) {
    throw new TypeError('secret must have at least 16 characters; make one with: openssl rand -hex 32');
  }
  return secrets;
}
