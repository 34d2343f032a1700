/** What a policy form asks of the element around it, beside its signature. */
export interface FormDefaults {
  /** From the file input. */
  readonly accept?: string;
  readonly required: boolean;
  /** Whether the file input takes several files. */
  readonly isMultiple: boolean;
  /** Whether each file gets a key of its own. A key that is the same for all holds one file. */
  readonly hasManyKeys: boolean;
  /** Bytes, from the policy. */
  readonly maxFileSize?: number;
  readonly minFileSize?: number;
  /** Whether the form has something to fill in, so that files wait for the visitor. */
  readonly needsInput: boolean;
}
