import type { Label } from './label.ts';

/** Texts that are needed once there are files. */
export const enFiles = {
  /** Opens the picker while the only file that is allowed is there. */
  replace: 'Replace',

  ready: 'Ready',
  queued: 'Waiting',
  signing: 'Preparing',
  starting: 'Starting…',
  uploading: '{loaded} of {size}',
  finishing: 'Finishing',
  checking: 'Checking…',
  retrying: "The server isn't answering. Retrying…",
  'retry-in': "The server isn't answering. Next try in {n}\u00a0s.",
  offline: "You're offline. Uploading continues when you're back.",
  paused: 'Paused',
  done: 'Uploaded',
  canceled: 'Canceled',

  cancel: 'Cancel {name}',
  pause: 'Pause {name}',
  resume: 'Resume {name}',
  retry: 'Retry {name}',
  remove: 'Remove {name}',

  upload: { one: 'Upload', other: 'Upload {n} files' },
  'pause-all': 'Pause all',
  'resume-all': 'Resume all',
  'cancel-all': 'Cancel all',
  'retry-all': 'Retry failed ({n})',

  total: { one: '{done} of one file', other: '{done} of {n} files' },
  'files-total': { one: 'One file', other: '{n} files' },
  /** Short, in a line such as `59 uploaded · 1 failed`. */
  'count-uploaded': '{n} uploaded',
  'count-failed': '{n} failed',
  /** Button after `1 failed`: shows only the failed files. */
  'show-failed': 'Show',
  'show-all': 'Show all',
  /** Button after `{name} removed`. */
  undo: 'Undo',
  left: 'About {time} left',
  'few-seconds': 'A few seconds left',

  'files-added': { one: 'One file added', other: '{n} files added' },
  'files-uploaded': { one: 'One file uploaded', other: '{n} files uploaded' },
  'files-failed': { one: 'One file could not be uploaded', other: '{n} files could not be uploaded' },
  'files-paused': { one: 'One file paused', other: '{n} files paused' },
  'files-resumed': { one: 'Upload of one file continues', other: 'Upload of {n} files continues' },
  'files-canceled': { one: 'One file canceled', other: '{n} files canceled' },
  'file-removed': '{name} removed',
  'files-removed': { one: 'One file removed', other: '{n} files removed' },
  /** After an undo. */
  'file-restored': '{name} is back in the list',
  'file-not-deleted': '{name} could not be deleted',

  /** Description of the list for screen readers. */
  'list-keys':
    'The arrow keys move between files, F8 moves to the next failed file, and Delete removes a file from the list.',
  /** Shown while files are dragged over the page. */
  'drop-files': { one: 'Drop to upload one file', other: 'Drop to upload {n} files' },
  'drop-any': 'Drop to upload',

  /** Separates the kinds of files in the hint. */
  comma: ', ',
} as const satisfies Record<string, Label>;
