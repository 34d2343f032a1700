const UNITS = 'kmgt';

/**
 * Reads a size: bytes, or a number with a unit; `20MB` counts in thousands, `512KiB` in 1,024s.
 *
 * @returns bytes, or undefined for what is no size.
 */
export function parseSize(text: string | number): number | undefined {
  const [, number, unit, binary] = /^\s*(\d+(?:\.\d+)?)\s*(?:([kmgt])(i?)b?|b)?\s*$/i.exec(String(text)) ?? [];
  if (!number) return undefined;
  return Math.floor(Number(number) * (binary ? 1024 : 1000) ** (unit ? UNITS.indexOf(unit.toLowerCase()) + 1 : 0));
}
