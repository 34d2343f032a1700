import { z } from 'zod';
import { readSize } from './size.ts';

// Schemas for the text of a variable. Their messages continue `SIGNER_…: `, so they start with "must".

/** Makes a schema of a function that throws a TypeError for a text that it cannot read. */
export const parsedBy = <T>(read: (text: string) => T): z.ZodType<T, string> =>
  z.string().transform((text, context): T => {
    try {
      return read(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
      return z.NEVER;
    }
  });

/** Any text. */
export const anyText = z.string();

/** A list, separated by commas. Blanks and empty entries are ignored. */
export const splitList = (text: string): string[] =>
  text
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean);

/** One of these words. */
export const oneOf = <const T extends string>(values: readonly T[]): z.ZodType<T, string> =>
  z
    .string()
    .pipe(z.enum(values, { error: ({ input }) => `must be one of ${values.join(', ')}, not "${input as string}"` }));

/** A whole number within a range. */
export const wholeNumber = (min: number, max: number): z.ZodType<number, string> =>
  z
    .string()
    .refine((text) => /^\d+$/.test(text) && Number(text) >= min && Number(text) <= max, {
      error: ({ input }) => `must be a whole number from ${min} to ${max}, not "${input as string}"`,
    })
    .transform(Number);

/** Any whole number from 0 on. */
export const count = wholeNumber(0, Number.MAX_SAFE_INTEGER);

/** `1` or `0`. */
export const toggle: z.ZodType<boolean, string> = z.string().pipe(
  z.stringbool({
    truthy: ['1', 'true', 'yes', 'on'],
    falsy: ['0', 'false', 'no', 'off'],
    error: ({ input }) => `must be 1 or 0, not "${input as string}"`,
  }),
);

/** Bytes, or a size such as `20MB`. */
export const size = parsedBy(readSize);

/** A size within a range, in bytes. */
export const sizeWithin = (min: number, max: number): z.ZodType<number, string> =>
  parsedBy((text) => {
    const bytes = readSize(text);
    if (bytes < min || bytes > max) throw new TypeError(`must be from ${min} to ${max} bytes, not "${text}"`);
    return bytes;
  });

/** A list of header names. */
export const headerNames = parsedBy((text) => {
  const names = splitList(text);
  const invalid = names.find((name) => !/^[A-Za-z0-9-]+$/.test(name));
  if (invalid) throw new TypeError(`must be names of headers such as X-Api-Key, not "${invalid}"`);
  return names;
});

/** The name of an AWS region, or of another storage's. */
export const region = parsedBy((text) => {
  if (!/^[A-Za-z0-9-]{1,63}$/.test(text)) throw new TypeError(`must be a region such as eu-central-1, not "${text}"`);
  return text;
});

/** A `redis:` or `rediss:` URL. The messages never repeat it, because it may contain a password. */
export const redisUrl = parsedBy((text) => {
  if (!URL.canParse(text) || !/^rediss?:$/.test(new URL(text).protocol)) {
    throw new TypeError('must be a URL such as redis://localhost:6379');
  }
  try {
    passwordsIn(text);
  } catch (cause) {
    throw new TypeError('must have a percent-encoded password', { cause });
  }
  return text;
});

/**
 * The password of a URL, percent-encoded and decoded.
 *
 * @throws {URIError} if its percent-encoding is invalid
 */
export function passwordsIn(url: string): string[] {
  const { password } = new URL(url);
  return [password, decodeURIComponent(password)];
}
