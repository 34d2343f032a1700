import { createHash } from 'node:crypto';

/** Most file systems limit a name to 255 bytes. */
const MAX_NAME_BYTES = 200;
/** macOS limits a path to 1,024 bytes, Linux to 4,096. */
const MAX_PATH_BYTES = 1000;

// eslint-disable-next-line no-control-regex
const UNSAFE_CHARACTERS = /[\u0000-\u001f\u007f<>:"|?*\\]/;
const WINDOWS_DEVICE_NAME = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/**
 * The key as a relative path below its bucket's folder; undefined when a file system would not accept it, or when it
 * would leave the folder.
 */
export function safeRelativePath(key: string): string | undefined {
  const safe = key.split('/').every(isSafeName) && Buffer.byteLength(key) <= MAX_PATH_BYTES;
  return safe ? key : undefined;
}

/** A file name for any key: its SHA-256 in hex. */
export const hashedName = (key: string): string => createHash('sha256').update(key).digest('hex');

function isSafeName(name: string): boolean {
  return (
    name !== '' &&
    !/^\.\.?$/.test(name) &&
    !/[. ]$/.test(name) &&
    !UNSAFE_CHARACTERS.test(name) &&
    !WINDOWS_DEVICE_NAME.test(name) &&
    Buffer.byteLength(name) <= MAX_NAME_BYTES
  );
}
