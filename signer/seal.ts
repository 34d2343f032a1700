/**
 * Sealed words: `kind.payload.mac`, the payload JSON in base64url, the MAC HMAC-SHA-256 over `kind.payload`. Readable by
 * whoever holds one, but made and changed only by who knows the secret. The kind has a version in it, and as it is under
 * the MAC a receipt can never pass for a ticket.
 */

const encoder = new TextEncoder();
type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>;
const keys = new Map<string, Promise<Key>>();

const keyOf = (secret: string): Promise<Key> => {
  let key = keys.get(secret);
  if (!key) {
    const algorithm = { name: 'HMAC', hash: 'SHA-256' };
    key = crypto.subtle.importKey('raw', encoder.encode(secret), algorithm, false, ['sign', 'verify']);
    keys.set(secret, key);
  }
  return key;
};

/** Seals with the first secret. */
export async function seal(kind: string, value: object, [secret]: readonly string[]): Promise<string> {
  const text = `${kind}.${toBase64Url(encoder.encode(JSON.stringify(value)))}`;
  const mac = await crypto.subtle.sign('HMAC', await keyOf(secret!), encoder.encode(text));
  return `${text}.${toBase64Url(new Uint8Array(mac))}`;
}

/** What was sealed with any of the secrets, or undefined. `verify` compares in constant time. */
export async function unseal(kind: string, sealed: string, secrets: readonly string[]): Promise<unknown> {
  const [, payload, mac] = /^[a-z0-9-]+\.([\w-]+)\.([\w-]{43})$/.exec(sealed) ?? [];
  if (!payload || !mac) return undefined;
  const text = encoder.encode(`${kind}.${payload}`);
  if (!sealed.startsWith(`${kind}.`)) return undefined;
  const bytes = fromBase64Url(mac);
  if (!bytes || toBase64Url(bytes) !== mac) return undefined;
  for (const secret of secrets) {
    if (await crypto.subtle.verify('HMAC', await keyOf(secret), bytes, text)) {
      return JSON.parse(new TextDecoder().decode(fromBase64Url(payload))) as unknown;
    }
  }
  return undefined;
}

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

const toBase64Url = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (each) => each.charCodeAt(0));
  } catch {
    return undefined;
  }
}
