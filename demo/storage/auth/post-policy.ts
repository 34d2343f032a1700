import { S3Error } from '../protocol/s3-error.ts';

/** A condition on the value of one form field. */
export interface PolicyCondition {
  readonly operator: 'eq' | 'starts-with';
  /** Name of the form field in lower case, without `$`. */
  readonly field: string;
  readonly value: string;
}

/** A POST policy: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html */
export interface PostPolicy {
  readonly expiration: Date;
  readonly conditions: readonly PolicyCondition[];
  /** Smallest and largest size of the file in bytes, both inclusive. Undefined: any size. */
  readonly range: readonly [number, number] | undefined;
}

/** Fields that support only exact matching, according to the table of conditions in the documentation. */
const EXACT_MATCH_FIELDS = new Set([
  'bucket',
  'success_action_status',
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-security-token',
]);

/** Fields that need no condition. */
const isExempt = (field: string) =>
  field === 'policy' || field === 'x-amz-signature' || field === 'file' || field.startsWith('x-ignore-');

/**
 * Parses a policy document.
 *
 * @param base64 the form field `policy`
 * @throws {S3Error} `InvalidPolicyDocument` for anything that the documentation does not describe
 */
export function parsePolicy(base64: string): PostPolicy {
  const bytes = Buffer.from(base64, 'base64');
  if (base64 === '' || bytes.toString('base64').replace(/=+$/, '') !== base64.replace(/\s/g, '').replace(/=+$/, ''))
    throw invalidDocument('Invalid Base64.');
  const document = parseDocument(bytes.toString('utf8'));
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    throw invalidDocument('Invalid JSON.');
  const { expiration, conditions, ...unknown } = document as Record<string, unknown>;
  const [unexpected] = Object.keys(unknown);
  if (unexpected !== undefined) throw invalidDocument(`Unexpected: '${unexpected}'.`);
  if (expiration === undefined) throw invalidDocument('Policy missing expiration.');
  if (conditions === undefined) throw invalidDocument('Policy missing conditions.');
  if (!Array.isArray(conditions)) throw invalidDocument('Invalid conditions.');
  const parsed = conditions.map(parseCondition);
  const ranges = parsed.filter((entry) => 'range' in entry);
  return {
    expiration: parseExpiration(expiration),
    conditions: parsed.filter((entry) => 'operator' in entry),
    // The file must satisfy every range: their intersection.
    range:
      ranges.length === 0
        ? undefined
        : [Math.max(...ranges.map(({ range }) => range[0])), Math.min(...ranges.map(({ range }) => range[1]))],
  };
}

/**
 * Checks a form against its policy: expiry, all conditions, and that a condition covers every field.
 *
 * @param fields by lower-case name; `key` with the file name filled in; `bucket` always, as the form need not repeat it
 * @throws {S3Error} `AccessDenied`
 */
export function assertPolicySatisfied(policy: PostPolicy, fields: ReadonlyMap<string, string>, now: Date): void {
  if (policy.expiration.getTime() <= now.getTime()) throw violated('Policy expired.');
  for (const condition of policy.conditions) {
    if (!isSatisfied(condition, fields.get(condition.field)))
      throw violated(`Policy Condition failed: ["${condition.operator}", "$${condition.field}", "${condition.value}"]`);
  }
  const covered = new Set(policy.conditions.map(({ field }) => field));
  const extra = [...fields.keys()].filter((field) => !covered.has(field) && !isExempt(field));
  if (extra.length > 0) throw violated(`Extra input fields: ${extra.join(', ')}`);
}

function isSatisfied({ operator, field, value }: PolicyCondition, actual: string | undefined): boolean {
  if (actual === undefined) return false;
  if (operator === 'eq') return actual === value;
  // S3 reads a Content-Type with commas as a list, and every item must match.
  const values = field === 'content-type' ? actual.split(',').map((type) => type.trim()) : [actual];
  return values.every((candidate) => candidate.startsWith(value));
}

function parseCondition(condition: unknown): PolicyCondition | { range: readonly [number, number] } {
  if (Array.isArray(condition)) return parseListCondition(condition as unknown[]);
  if (typeof condition !== 'object' || condition === null) throw invalidDocument('Invalid condition.');
  const [entry, ...others] = Object.entries(condition as Record<string, unknown>);
  if (!entry || others.length > 0)
    throw invalidDocument('Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.');
  const [field, value] = entry;
  if (typeof value !== 'string') throw invalidDocument('Invalid Simple-Condition: value must be a string.');
  return { operator: 'eq', field: field.toLowerCase(), value };
}

function parseListCondition([name, first, second, ...more]: unknown[]): ReturnType<typeof parseCondition> {
  const operator = typeof name === 'string' ? name.toLowerCase() : undefined;
  if (first === undefined || second === undefined || more.length > 0)
    throw invalidDocument('Invalid Condition: wrong number of arguments.');
  if (operator === 'content-length-range') {
    const [min, max] = [parseSize(first), parseSize(second)];
    if (min > max) throw invalidDocument('Invalid content-length-range: minimum above maximum.');
    return { range: [min, max] };
  }
  if (operator !== 'eq' && operator !== 'starts-with')
    throw invalidDocument(`Invalid Condition: unknown operation '${String(name)}'.`);
  if (typeof first !== 'string' || !first.startsWith('$') || typeof second !== 'string')
    throw invalidDocument('Invalid Condition: expected ["operation", "$field", "value"].');
  const field = first.slice(1).toLowerCase();
  if (operator === 'starts-with' && EXACT_MATCH_FIELDS.has(field))
    throw invalidDocument(`Invalid Condition: '${field}' supports exact matching only.`);
  return { operator, field, value: second };
}

function parseSize(value: unknown): number {
  const size = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    throw invalidDocument('Invalid content-length-range.');
  return size;
}

function parseExpiration(value: unknown): Date {
  const valid = typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/.test(value);
  const date = new Date(valid ? value : Number.NaN);
  if (Number.isNaN(date.getTime())) throw invalidDocument(`Invalid 'expiration' value: '${String(value)}'`);
  return date;
}

/**
 * Parses JSON with the two escapes that S3 adds, `\$` and `\v`. Duplicate members are refused, since JSON.parse would
 * silently drop all but the last.
 */
function parseDocument(text: string): unknown {
  const json = text.replace(/\\(.)/gs, (escape: string, character: string) =>
    character === '$' ? '$' : character === 'v' ? '\\u000b' : escape,
  );
  let document: unknown;
  try {
    document = JSON.parse(json);
  } catch (cause) {
    throw new S3Error('InvalidPolicyDocument', 'Invalid Policy: Invalid JSON.', {}, cause);
  }
  const written = json.replace(/"(?:[^"\\]|\\.)*"/gs, '').split(':').length - 1;
  if (written !== countMembers(document)) throw invalidDocument('Duplicate member.');
  return document;
}

function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const nested = Object.values(value).reduce<number>((sum, child) => sum + countMembers(child), 0);
  return nested + (Array.isArray(value) ? 0 : Object.keys(value).length);
}

const invalidDocument = (reason: string) => new S3Error('InvalidPolicyDocument', `Invalid Policy: ${reason}`);

const violated = (reason: string) => new S3Error('AccessDenied', `Invalid according to Policy: ${reason}`);
