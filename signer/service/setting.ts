import type { z } from 'zod';

/** Where the signer runs. */
export type Platform = 'node' | 'lambda' | 'worker';

/** Groups of settings. Each is one table of the README. */
export type SettingGroup = 'basics' | 'auth' | 'files' | 'limits' | 'completion' | 'metrics';

/** The description of a setting, without the schema that reads its text. */
interface Details {
  group: SettingGroup;
  /** One line of Markdown for the README. */
  description: string;
  /** How the README shows the default, in Markdown. Default: the value itself. */
  defaultText?: string;
  /** Platforms that need the variable. The text continues `not set; ` and says why and how to fix it. */
  requiredOn?: Partial<Record<Platform, string>>;
  /** Platforms that refuse the variable. The text continues `cannot be used on …: ` and says why and how to fix it. */
  refusedOn?: Partial<Record<Platform, string>>;
  /** Returns the parts of the text that must not appear in any message or log. Default: none. */
  secretsIn?: (text: string) => readonly string[];
}

/** One environment variable: how it is read, what its messages say, and how the README describes it. */
export interface Setting<T = unknown> extends Details {
  /** Reads the variable's text, without blanks around it. Its messages continue `SIGNER_…: `. */
  schema: z.ZodType<T, string>;
  /** The value if the variable is not set. Default: undefined. */
  default?: T;
  /** Every platform needs the variable. The text continues `not set; ` and says why and how to fix it. */
  required?: string;
}

/** The type of a setting's value: never undefined if the setting has a default or is required. */
export type SettingValue<S> =
  S extends Setting<infer T> ? (S extends { default: unknown } | { required: string } ? T : T | undefined) : never;

/** Makes a setting that is undefined by default, has a default, or is required. */
export function setting<T>(
  schema: z.ZodType<T, string>,
  details: Details & { default: NoInfer<T> },
): Setting<T> & { default: T };
export function setting<T>(
  schema: z.ZodType<T, string>,
  details: Details & { required: string },
): Setting<T> & { required: string };
export function setting<T>(schema: z.ZodType<T, string>, details: Details): Setting<T>;
export function setting<T>(schema: z.ZodType<T, string>, details: Details): Setting<T> {
  return { schema, ...details };
}
