import { UploadError } from '../../core/errors.ts';

/** What was answered as JSON, of which nothing is known yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null;

/** Whether it is an object of strings: headers, or the fields of a form. */
export const isStringRecord = (value: unknown): value is Readonly<Record<string, string>> =>
  isObject(value) && Object.values(value).every((text) => typeof text === 'string');

export const isNonEmptyString = (value: unknown): value is string => typeof value === 'string' && value !== '';

export const isNumber = (value: unknown): value is number => Number.isFinite(value);

/** An address that is whole: where it may lead is judged elsewhere. */
export const isAbsoluteUrl = (value: unknown): value is string => typeof value === 'string' && URL.canParse(value);

/** An answer of the signer that is of no use. */
export const badResponse = (what: string, cause?: unknown): UploadError =>
  new UploadError('bad-signer-response', `the signer answered with ${what}; does the attribute endpoint name it?`, {
    phase: 'sign',
    cause,
  });

/** An answer that cannot be read: names what it had, never its values. */
export const unexpectedMembers = (answer: unknown, wanted: string): UploadError => {
  const had = isObject(answer) ? Object.keys(answer).slice(0, 20).join(', ') : answer ? typeof answer : 'nothing';
  return badResponse(`the members [${had}], and wanted are ${wanted}`);
};
