import { UploadError } from '../core/errors.ts';

/**
 * Checks an attribute whose values are a list.
 *
 * @throws {UploadError} `config` if the value is not in the list
 */
export function requireOneOf<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  if (!found) throw wrongAttribute(name, value, ...allowed);
  return found;
}

/** The error for an attribute with a wrong value: `config`. */
export const wrongAttribute = (name: string, value: string, ...examples: string[]): UploadError =>
  configError(
    `The attribute "${name}" is "${value}". Write ${examples.map((one) => `${name}="${one}"`).join(', or ')}.`,
  );

/** The error for an attribute that is missing: `config`. */
export const missingAttribute = (name: string, example: string, meaning: string): UploadError =>
  configError(`The attribute "${name}" is missing. Set it to ${meaning}, as in ${name}="${example}".`);

/** The error for attributes that do not lead to a usable signer: `config`. */
export const configError = (message: string): UploadError => new UploadError('config', message, { phase: 'sign' });
