import { setup } from './en-form.ts';
import type { Label } from './label.ts';

/** Texts that are needed once a file is rejected or has failed. Most are named after the code of their error. */
export const enErrors = {
  'file-too-large': '{size} is too large. The limit is {limit}.',
  'file-too-small': '{size} is too small. The minimum is {limit}.',
  'file-type': { one: 'Only {types} is accepted.', other: 'Only {types} are accepted.' },
  'other-type': 'This type of file is not accepted. Choose another file.',
  'too-many-files': {
    one: 'You can add only one file. Remove the other one first.',
    other: 'You can add only {n} files. Remove one first.',
  },
  'total-too-large': 'Together the files are larger than {limit}. Remove one first.',
  duplicate: 'This file is already in the list.',
  'file-content': "The content doesn't match the file's name. Choose another file.",
  'image-min': 'At least {size}\u00a0pixels needed.',
  'image-max': 'At most {size}\u00a0pixels allowed.',
  'file-changed': "This file has changed or can't be read any more. Choose it again.",
  'file-missing': 'Choose this file again to continue.',
  'signer-refused': "The server refused this file. Try another file, or contact the site's owner.",
  network: 'The connection failed. Check your internet connection and try again.',
  'try-now': 'Try now',
  'storage-busy': 'The server is busy. Try again in a few minutes.',
  'quota-exceeded': 'The upload limit is reached. Try again later.',
  'auth-required': 'Sign in, then choose Resume.',
  'visitor-changed': 'This file was added under another account. Sign in with that account, or choose the file again.',
  'in-use': 'This file is being uploaded in another tab. Continue there, or close that tab.',
  expired: 'This page has expired. Reload it and try again.',
  setup,
  unknown: 'Something went wrong. Try again.',
} as const satisfies Record<string, Label>;
