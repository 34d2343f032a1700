/** Bytes of each unit, by its name in lower case. */
const UNITS: Record<string, number> = { '': 1, b: 1 };
for (const [i, letter] of ['k', 'm', 'g', 't'].entries()) {
  UNITS[`${letter}b`] = 1000 ** (i + 1);
  UNITS[`${letter}ib`] = 1024 ** (i + 1);
}

/**
 * Reads bytes, or a number with a unit: `20MB` is 20,000,000 bytes, `20MiB` is 20,971,520.
 *
 * @throws {TypeError} for any other text, and for a part of a byte: 0 means no limit
 */
export function readSize(text: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(text) ?? [];
  const bytes = Math.floor(Number(number) * (UNITS[unit.toLowerCase()] ?? NaN));
  if (!Number.isSafeInteger(bytes) || (bytes === 0 && Number(number) > 0)) {
    throw new TypeError(`must be bytes, or a size such as 20MB or 512KiB, not "${text}"`);
  }
  return bytes;
}

/** A size in the largest binary unit without a remainder, as `readSize` reads it. */
export function formatSize(bytes: number): string {
  const units = ['', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  let value = bytes;
  while (value > 0 && value % 1024 === 0 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value}${units[unit]}`;
}
