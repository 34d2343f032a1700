import { createHash } from 'node:crypto';

/** File systems count a name's bytes, most of them up to 255. */
const maxNameBytes = 200;
const maxPathBytes = 1000;

// eslint-disable-next-line no-control-regex
const unsafe = /[\u0000-\u001f\u007f<>:"|?*\\]/;
const windowsDevice = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/**
 * The path under its bucket's folder at which a key can be looked at, or undefined when it has none that every file system
 * takes and that stays inside the folder.
 */
export function plainPath(key: string): string | undefined {
  const plain = key.split('/').every(isPlainName) && Buffer.byteLength(key) <= maxPathBytes;
  return plain ? key : undefined;
}

/** A file name for any key at all. */
export const hashedName = (key: string): string => createHash('sha256').update(key).digest('hex');

function isPlainName(name: string): boolean {
  return (
    name !== '' &&
    !/^\.\.?$/.test(name) &&
    !/[. ]$/.test(name) &&
    !unsafe.test(name) &&
    !windowsDevice.test(name) &&
    Buffer.byteLength(name) <= maxNameBytes
  );
}
