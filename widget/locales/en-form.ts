import type { Label } from './label.ts';

/** Text that the errors of a form and the errors of files share. */
export const setup = "Uploads aren't working on this site. Please tell its owner (error: {code}).";

/** Texts that are needed once the element is in a form. */
export const enForm = {
  'too-few': { one: 'Choose a file.', other: 'Choose at least {n} files.' },
  unsolved: 'Some files could not be uploaded. Try again, or remove them.',
  'submit-held': 'Sending once all files are uploaded…',
  setup,
} as const satisfies Record<string, Label>;
