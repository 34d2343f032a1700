import { UploadError } from '../../core/errors.ts';

/**
 * What the browser would send before the file: S3 ignores all that comes after it.
 *
 * @throws {UploadError} `config` when a name comes twice
 */
export function readFields(form: HTMLFormElement): Record<string, string> {
  const fields = new Map<string, string>();
  for (const [name, value] of new FormData(form)) {
    if (typeof value !== 'string') break;
    if (fields.has(name)) throw formError(`it has two fields "${name}", and S3 takes one of each`);
    fields.set(name, value);
  }
  return Object.fromEntries(fields);
}

/** Where the form goes. */
export const formAction = (form: HTMLFormElement): string =>
  new URL(form.getAttribute('action') ?? '', form.baseURI).href;

/** What makes a form of no use. */
export const formError = (what: string, cause?: unknown): UploadError =>
  new UploadError('config', `The form in the tag cannot be used: ${what}.`, { phase: 'sign', cause });
