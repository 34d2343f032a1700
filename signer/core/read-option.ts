/**
 * Runs `read` and puts the option's name in front of what it throws: `must be …` becomes `bucket must be …`.
 *
 * @throws {TypeError} with the option's name
 */
export function readOption<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new TypeError(`${name} ${(cause as Error).message}`, { cause });
  }
}
