import { UploadError } from '../../core/errors.ts';

/**
 * The fields that the browser would send before the file, with its line breaks. S3 ignores those after it.
 *
 * @throws {UploadError} `config` if two fields have one name
 */
export function readFields(form: HTMLFormElement): Record<string, string> {
  const fields = new Map<string, string>();
  for (const [name, value] of new FormData(form)) {
    if (typeof value !== 'string') break;
    if (fields.has(name)) throw formError(`it has two fields "${name}", and S3 accepts one of each name`);
    fields.set(name, withFormLineBreaks(value));
  }
  return Object.fromEntries(fields);
}

/** The value with CRLF for each line break, as browsers send it in a form, and as the storage compares it with the policy. */
export const withFormLineBreaks = (value: string): string => value.replaceAll(/\r\n|\r|\n/g, '\r\n');

/** The absolute URL of the form's `action`. */
export const formAction = (form: HTMLFormElement): string =>
  new URL(form.getAttribute('action') ?? '', form.baseURI).href;

/** The error for a form that cannot be used: `config`. */
export const formError = (problem: string, cause?: unknown): UploadError =>
  new UploadError('config', `The form in <s3-uploader> cannot be used: ${problem}.`, { phase: 'sign', cause });
