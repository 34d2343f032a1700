/** An object or an array of parsed JSON, whose members are not checked yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether the value is an object or an array. */
export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null;

/**
 * Reads headers or form fields as backends write them: a list of values is joined, numbers and booleans become text, and
 * null is left out.
 *
 * @returns undefined if the value is no object, or a member is another one
 */
export function toTexts(value: unknown): Readonly<Record<string, string>> | undefined {
  if (!isObject(value)) return undefined;
  const members = Object.entries(value)
    .filter(([, member]) => member !== null && member !== undefined)
    .map(([name, member]) => [name, [member].flat()] as const);
  if (members.some(([, list]) => list.some(isObject))) return undefined;
  return Object.fromEntries(members.map(([name, list]) => [name, list.join(', ')]));
}

/** Whether the value is a string other than the empty one. */
export const isNonEmptyString = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** Whether the value is a finite number. */
export const isNumber = (value: unknown): value is number => Number.isFinite(value);

/** Whether the value is a URL with a scheme. Its host is checked elsewhere. */
export const isAbsoluteUrl = (value: unknown): value is string => typeof value === 'string' && URL.canParse(value);
