export type Env = Readonly<Record<string, string | undefined>>;

/** One line for each variable that cannot be used. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

export type EnvReader = ReturnType<typeof envReader>;

/** Reads variables one by one, and gathers what is wrong with them, so that all of it can be told at once. */
export function envReader(env: Env) {
  const faults: string[] = [];
  const known = new Set<string>();
  return {
    faults,
    /** The names that were asked for. */
    known,
    /** @throws {ConfigError} if there is any fault */
    finish(): void {
      if (faults.length > 0) throw new ConfigError(faults.join('\n'));
    },
    read: <T>(name: string, parse: (text: string) => T, fallback: T): T => {
      known.add(name);
      const text = env[name]?.trim();
      if (!text) return fallback;
      try {
        return parse(text);
      } catch (error) {
        faults.push(`${name}: ${(error as Error).message}`);
        return fallback;
      }
    },
  };
}

/** @throws {ConfigError} naming each of the variables that is set */
export function refuse(env: Env, names: readonly string[], why: string): void {
  const wrong = names.filter((name) => env[name]?.trim());
  if (wrong.length > 0) throw new ConfigError(wrong.map((name) => `${name}: ${why}`).join('\n'));
}

export const list = (text: string): string[] =>
  text
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean);

export const oneOf =
  <const T extends string>(values: readonly T[]) =>
  (text: string): T => {
    const value = values.find((each) => each === text);
    if (!value) throw new TypeError(`must be one of ${values.join(', ')}, not "${text}"`);
    return value;
  };

export const readWhole =
  (min: number, max: number) =>
  (text: string): number => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (!(value >= min && value <= max))
      throw new TypeError(`must be a whole number from ${min} to ${max}, not "${text}"`);
    return value;
  };

export function readSwitch(text: string): boolean {
  if (/^(1|true|yes|on)$/i.test(text)) return true;
  if (/^(0|false|no|off)$/i.test(text)) return false;
  throw new TypeError(`must be 1 or 0, not "${text}"`);
}

const UNITS: Record<string, number> = { '': 1, b: 1 };
for (const [i, letter] of ['k', 'm', 'g', 't'].entries()) {
  UNITS[`${letter}b`] = 1000 ** (i + 1);
  UNITS[`${letter}ib`] = 1024 ** (i + 1);
}

/** @throws {TypeError} for anything but bytes or a number with a unit: `20MB` is 20,000,000, `20MiB` is 20,971,520 */
export function readSize(text: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(text) ?? [];
  const bytes = Math.floor(Number(number) * (UNITS[unit.toLowerCase()] ?? NaN));
  if (!Number.isSafeInteger(bytes))
    throw new TypeError(`must be bytes, or a size such as 20MB or 512KiB, not "${text}"`);
  return bytes;
}

export const readSizeWithin =
  (min: number, max: number) =>
  (text: string): number => {
    const bytes = readSize(text);
    if (bytes < min || bytes > max) throw new TypeError(`must be from ${min} to ${max} bytes, not "${text}"`);
    return bytes;
  };
