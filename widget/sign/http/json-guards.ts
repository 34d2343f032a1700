/** An object or an array of parsed JSON, whose members are not checked yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether the value is an object or an array. */
export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null;

/** Whether all members are strings, as in headers and form fields. */
export const isStringRecord = (value: unknown): value is Readonly<Record<string, string>> =>
  isObject(value) && Object.values(value).every((member) => typeof member === 'string');

/** Whether the value is a string other than the empty one. */
export const isNonEmptyString = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** Whether the value is a finite number. */
export const isNumber = (value: unknown): value is number => Number.isFinite(value);

/** Whether the value is a URL with a scheme. Its host is checked elsewhere. */
export const isAbsoluteUrl = (value: unknown): value is string => typeof value === 'string' && URL.canParse(value);
