import type { Label } from './label.ts';

/** Texts that are needed once there are files. */
export const enFiles = {
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
  left: 'About {time} left',
  'few-seconds': 'A few seconds left',

  'files-added': { one: 'One file added', other: '{n} files added' },
  'files-uploaded': { one: 'One file uploaded', other: '{n} files uploaded' },
  'files-failed': { one: 'One file could not be uploaded', other: '{n} files could not be uploaded' },
  'file-removed': '{name} removed',
  'files-removed': { one: 'One file removed', other: '{n} files removed' },
  'file-not-deleted': '{name} could not be deleted',

  /** Separates the kinds of files in the hint. */
  comma: ', ',
} as const satisfies Record<string, Label>;
