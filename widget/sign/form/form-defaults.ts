import type { Sign } from '../../core/sign.ts';
import { fieldValue, parsePostPolicy } from '../post-policy.ts';

/** Settings that a form has by its file input, its fields and its policy. The element uses them where it has no attribute. */
export interface FormDefaults {
  /** The file input's `accept`; undefined if it has none. */
  readonly accept?: string;
  /** Whether the file input is `required`. */
  readonly required: boolean;
  /** Whether the file input is `multiple`. */
  readonly isMultiple: boolean;
  /** Whether the key contains `${filename}`. If not, all files have one key, and the form accepts one file. */
  readonly hasManyKeys: boolean;
  /** Bytes, from the policy's `content-length-range`; undefined if it has none. */
  readonly maxFileSize?: number;
  /** Bytes, from the policy's `content-length-range`; undefined if it has none, or 0. */
  readonly minFileSize?: number;
  /** Whether the visitor has something to fill in, so that files wait for the upload button. */
  readonly needsInput: boolean;
}

/** Signs with a form, and has the form's settings. */
export interface FormSign extends Sign {
  /** The settings of the form when it was read. */
  readonly formDefaults: FormDefaults;
}

/** Controls that a visitor fills in. */
const FILLABLE =
  ':is(input:not([type=hidden i], [type=file i], [type=submit i], [type=button i], [type=reset i], [type=image i]), select, textarea)';

/**
 * Reads the settings of a form.
 *
 * @param input the form's file input
 * @param fields the form's fields, as `readFields` returns them
 */
export function readFormDefaults(
  form: HTMLFormElement,
  { accept, required, multiple }: HTMLInputElement,
  fields: Readonly<Record<string, string>>,
): FormDefaults {
  const { minBytes = 0, maxBytes = Infinity } = parsePostPolicy(fieldValue(fields, 'policy') ?? '') ?? {};
  return {
    accept: accept || undefined,
    required,
    isMultiple: multiple,
    hasManyKeys: !!fieldValue(fields, 'key')?.includes('${filename}'),
    maxFileSize: maxBytes < Infinity ? maxBytes : undefined,
    minFileSize: minBytes > 0 ? minBytes : undefined,
    needsInput: !!form.querySelector(FILLABLE),
  };
}
