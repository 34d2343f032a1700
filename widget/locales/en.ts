import type { Label } from './label.ts';

/** Texts that are needed before the first file. */
export const en = {
  files: 'Files',
  choose: 'Choose files',
  'choose-one': 'Choose a file',
  'choose-folder': 'Choose a folder',
  drop: 'or drop them here',
  'drop-one': 'or drop it here',
  'up-to': 'Up to {size} per file',
  'at-most': { one: 'One file only', other: 'Up to {n} files' },
  unfinished: 'Wait until everything is uploaded.',
  waiting: 'Connection lost. Retrying…',
  reload: 'This page has expired. Reload it.',
} as const satisfies Record<string, Label>;
