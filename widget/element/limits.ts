import type { AcceptMeaning } from '../core/accept.ts';
import type { Duplicates, Limits } from '../core/limits.ts';
import type { FormDefaults } from '../sign/form/form-defaults.ts';
import { parseSize } from './parse-size.ts';

/** The limits of the files of an element. */
export type ElementLimits = Limits & Partial<AcceptMeaning>;

/** The properties of the element that its limits come from. */
export interface LimitsSource {
  readonly accept?: string;
  readonly multiple: boolean;
  readonly directory: boolean;
  readonly maxFileSize?: string | number;
  readonly minFileSize?: string | number;
  readonly maxTotalSize?: string | number;
  readonly maxFiles?: number;
  readonly duplicates?: Duplicates;
}

/**
 * The limits of the files that may be added, from the element's attributes and a policy form in it.
 *
 * @param form defaults from the form; an attribute comes first
 */
export function limitsOf(source: LimitsSource, form: Partial<FormDefaults> = {}): Limits {
  const { accept = form.accept, maxFiles, duplicates } = source;
  // a policy has no condition on the sum of all files
  const defaults = form as typeof form & { maxTotalSize?: undefined };
  const bytes = (name: 'maxFileSize' | 'minFileSize' | 'maxTotalSize'): number | undefined =>
    source[name] ? parseSize(source[name]) : defaults[name];
  return {
    accept,
    multiple: (source.multiple || source.directory || !!form.isMultiple) && form.hasManyKeys !== false,
    maxFileSize: bytes('maxFileSize'),
    minFileSize: bytes('minFileSize'),
    maxTotalSize: bytes('maxTotalSize'),
    maxFiles,
    duplicates,
  };
}
