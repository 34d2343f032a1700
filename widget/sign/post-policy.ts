/** The parts of a POST policy that a page can check. */
export interface PostPolicy {
  /** Time from which the storage refuses the policy, in milliseconds since 1970. */
  readonly expiration: number;
  /** The conditions on form fields. */
  readonly conditions: readonly PolicyCondition[];
  /** Bytes, from `content-length-range`; 0 without it. */
  readonly minBytes: number;
  /** Bytes, from `content-length-range`; `Infinity` without it. */
  readonly maxBytes: number;
}

/** Characters of the longest policy that is read. S3 reads 20,480 bytes of a form before the file. */
const MAX_POLICY_CHARACTERS = 32_768;

/** A condition of a policy on a form field. */
export interface PolicyCondition {
  /** Whether the field must equal the value or start with it. */
  readonly operator: 'eq' | 'starts-with';
  /** The field's name in lower case. */
  readonly field: string;
  /** The required text, or its start. */
  readonly value: string;
}

/**
 * Reads a policy as S3 does, and leaves out conditions that it cannot read: the storage decides, not the page.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
 *
 * @param base64 the form field `policy`
 * @returns undefined if it is not a policy, or one that S3 would not read to its end
 */
export function parsePostPolicy(base64: string): PostPolicy | undefined {
  if (base64.length > MAX_POLICY_CHARACTERS) return undefined;
  let document: { expiration?: unknown; conditions?: unknown };
  try {
    const bytes = Uint8Array.from(atob(base64.replace(/\s/g, '')), (character) => character.charCodeAt(0));
    // S3 accepts two escapes that JSON does not have
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
    conditions: conditions.flatMap(parseCondition),
    minBytes: Number(range?.[1] ?? 0),
    maxBytes: Number(range?.[2] ?? Infinity),
  };
}

function parseCondition(condition: unknown): PolicyCondition[] {
  const [operator, field, value] = Array.isArray(condition)
    ? (condition as unknown[])
    : ['eq', ...(Object.entries(condition ?? {})[0] ?? [])];
  if ((operator !== 'eq' && operator !== 'starts-with') || typeof field !== 'string') return [];
  return [{ operator, field: field.replace('$', '').toLowerCase(), value: String(value) }];
}

/** The time in `20151229T000000Z`, in milliseconds since 1970; NaN if the text is not such a date. */
export const parseAmzDate = (text: string): number =>
  Date.parse(text.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)$/, '$1-$2-$3:$4:$5'));

/**
 * The value of a form field. S3 ignores the case of field names.
 *
 * @param name the field's name in lower case
 */
export const fieldValue = (fields: Readonly<Record<string, string>>, name: string): string | undefined =>
  Object.entries(fields).find(([field]) => field.toLowerCase() === name)?.[1];
