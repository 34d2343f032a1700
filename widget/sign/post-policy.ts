/** A POST policy, as far as the page needs to know it: `[operator, field in lower case, value]`, or the size range. */
export interface PostPolicy {
  /** Milliseconds since 1970. */
  readonly expiration: number;
  readonly conditions: readonly {
    readonly operator: 'eq' | 'starts-with';
    readonly field: string;
    readonly value: string;
  }[];
  /** Bytes. */
  readonly minBytes: number;
  readonly maxBytes: number;
}

/**
 * Reads a policy as S3 does: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
 * What it cannot read it leaves out: the storage judges, not the page.
 *
 * @param base64 the form's field `policy`
 * @returns undefined when it is no policy
 */
export function parsePostPolicy(base64: string): PostPolicy | undefined {
  let document: { expiration?: unknown; conditions?: unknown };
  try {
    const bytes = Uint8Array.from(atob(base64.replace(/\s/g, '')), (character) => character.charCodeAt(0));
    // S3 knows two escapes that JSON does not
    const text = new TextDecoder().decode(bytes).replaceAll('\\$', '$').replaceAll('\\v', '\\u000b');
    document = (JSON.parse(text) ?? {}) as typeof document;
  } catch {
    return undefined;
  }
  const expiration = Date.parse(String(document.expiration));
  if (Number.isNaN(expiration) || !Array.isArray(document.conditions)) return undefined;
  const conditions = document.conditions as unknown[];
  const range = conditions.find((condition) => Array.isArray(condition) && condition[0] === 'content-length-range') as
    unknown[] | undefined;
  return {
    expiration,
    conditions: conditions.flatMap(readCondition),
    minBytes: Number(range?.[1] ?? 0),
    maxBytes: Number(range?.[2] ?? Infinity),
  };
}

function readCondition(condition: unknown): PostPolicy['conditions'] {
  const [operator, field, value] = Array.isArray(condition)
    ? (condition as unknown[])
    : ['eq', ...(Object.entries(condition ?? {})[0] ?? [])];
  if ((operator !== 'eq' && operator !== 'starts-with') || typeof field !== 'string') return [];
  return [{ operator, field: field.replace('$', '').toLowerCase(), value: String(value) }];
}

/** `20151229T000000Z` in milliseconds since 1970; NaN when it is no such date. */
export const parseAmzDate = (text: string): number =>
  Date.parse(text.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)$/, '$1-$2-$3:$4:$5'));

/** A field's value; names are matched without case, as S3 does. */
export const fieldValue = (fields: Readonly<Record<string, string>>, name: string): string | undefined =>
  Object.entries(fields).find(([field]) => field.toLowerCase() === name)?.[1];
