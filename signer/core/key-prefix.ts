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
export function ownerSegment(owner: string): string {
  return Array.from(new TextEncoder().encode(owner), (byte) => {
    const character = String.fromCharCode(byte);
    return /[A-Za-z0-9_-]/.test(character) ? character : `.${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
}
