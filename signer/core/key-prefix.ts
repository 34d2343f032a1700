/** Maximum characters of a prefix: with an owner's folder and a file's name, the key stays below S3's 1,024 bytes. */
const MAX_PREFIX_CHARACTERS = 256;

/**
 * A prefix with one slash at its end, or empty.
 *
 * @throws {TypeError} unless it consists of segments of letters, digits, `_`, `.` and `-`
 */
export function normalizePrefix(prefix: string): string {
  const trimmed = prefix.replace(/^\/+|\/+$/g, '');
  if (trimmed === '') return '';
  const isPlain =
    trimmed.length <= MAX_PREFIX_CHARACTERS &&
    trimmed.split('/').every((segment) => /^(?!\.+$)[A-Za-z0-9_.-]+$/.test(segment));
  if (!isPlain) throw new TypeError(`must be segments of letters, digits, "_", "." and "-", not "${prefix}"`);
  return `${trimmed}/`;
}

/**
 * An owner's id as one segment of a key. Every byte that S3 or a URL could interpret becomes `.` and two hex digits, so
 * two owners never share a folder, and no folder is `..`.
 */
export const ownerSegment = (owner: string): string =>
  owner.replace(/[^A-Za-z0-9_-]/gu, (character) =>
    Array.from(bytesOf(character), (byte) => `.${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );

/** A character in UTF-8. Half of a surrogate pair has no UTF-8, so its three bytes are made in the same way (WTF-8). */
function bytesOf(character: string): Iterable<number> {
  if (!/\p{Surrogate}/u.test(character)) return new TextEncoder().encode(character);
  const unit = character.charCodeAt(0);
  return [0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f)];
}
