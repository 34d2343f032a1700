/**
 * A text with its placeholders in braces, or one per plural category of `{n}` (`Intl.PluralRules`); `other` is always there.
 */
export type Label = string | ({ readonly other: string } & { readonly [category in Intl.LDMLPluralRule]?: string });

/** All that the tag says. Another language, or a page's own `labels`, has the same keys. */
export type Labels = Readonly<Record<keyof typeof en, Label>>;

export const en = {
  choose: 'Choose files',
  'choose-one': 'Choose a file',
  drop: 'or drop them here',
  'drop-one': 'or drop it here',
  images: 'Images',
  videos: 'videos',
  audio: 'audio',
  'up-to': 'up to {size} each',
  'at-most': { one: 'one file', other: 'at most {n} files' },
  files: 'Files',

  ready: 'Ready',
  queued: 'Waiting',
  signing: 'Preparing',
  uploading: '{loaded} of {size}',
  finishing: 'Finishing',
  retrying: 'Connection lost, trying again',
  offline: 'Offline, goes on by itself',
  paused: 'Paused',
  done: 'Uploaded',
  canceled: 'Canceled',
  left: '{time} left',
  total: { one: '{done} of one file', other: '{done} of {n} files' },

  upload: 'Upload',
  cancel: 'Cancel {name}',
  pause: 'Pause {name}',
  resume: 'Resume {name}',
  retry: 'Try {name} again',
  remove: 'Remove {name}',
  'pause-all': 'Pause',
  'resume-all': 'Resume',
  'cancel-all': 'Cancel',
  'retry-all': 'Try again',

  'said-added': { one: 'One file added', other: '{n} files added' },
  'said-done': { one: 'One file uploaded', other: '{n} files uploaded' },
  'said-failed': { one: 'One file could not be uploaded', other: '{n} files could not be uploaded' },
  'said-removed': '{name} removed',

  'too-few': { one: 'Choose a file.', other: 'Choose at least {n} files.' },
  unfinished: 'Wait until everything is uploaded.',
  unsolved: 'Some files could not be uploaded. Try again, or remove them.',

  'file-too-large': 'Larger than {limit}. Choose a smaller file.',
  'file-too-small': 'Smaller than {limit}. Choose a larger file.',
  'file-type': 'This type of file is not accepted. Choose another file.',
  'too-many-files': {
    one: 'Only one file fits. Remove the other first.',
    other: 'Only {n} files fit. Remove one first.',
  },
  'total-too-large': 'All files together exceed {limit}. Remove one first.',
  duplicate: 'This file is in the list already.',
  'file-content': 'The content is not what the name says. Choose another file.',
  'image-dimensions': 'The picture has the wrong dimensions. Choose another one.',
  unreadable: 'The file cannot be read any more, or has changed. Choose it again.',
  refused: 'The server did not accept this file.',
  network: 'The connection failed. Check your network and try again.',
  busy: 'The storage is busy. Try again in a while.',
  'auth-required': 'You are signed out. Sign in and try again.',
  'in-use': 'This file is being uploaded in another tab.',
  setup: 'Uploading is not set up correctly here. Tell the owner of this site: {code}',
  unknown: 'Something went wrong. Try again.',
} as const satisfies Record<string, Label>;
