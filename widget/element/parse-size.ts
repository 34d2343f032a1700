/**
 * Reads a size: bytes, or a number with a unit; `20MB` counts in thousands, `512KiB` in 1,024s.
 *
 * @returns bytes; NaN if the text is not a size.
 */
export function parseSize(text: string | number): number {
  const [, number, unit = '', binary] = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?\s*$/i.exec(`${text}`) ?? [];
  return Math.floor(+(number ?? NaN) * (binary ? 1024 : 1000) ** ' kmgt'.indexOf(unit.toLowerCase() || ' '));
}
