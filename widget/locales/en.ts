import type { Label } from './label.ts';

/** What is said before anything was added. */
export const en = {
  files: 'Files',
  choose: 'Choose files',
  'choose-one': 'Choose a file',
  'choose-folder': 'Choose a folder',
  drop: 'or drop them here',
  'drop-one': 'or drop it here',
  image: 'Images',
  video: 'Videos',
  audio: 'Audio',
  'up-to': 'Up to {size} per file',
  waiting: 'Connection lost, trying again',
  'at-most': { one: 'One file', other: 'At most {n} files' },
} as const satisfies Record<string, Label>;
