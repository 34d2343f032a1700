import type { Label } from './label.ts';

/** Texts of limits that few elements have. */
export const enLimits = {
  'min-files': { one: 'At least one file', other: 'At least {n} files' },
  'min-pixels': 'At least {size}\u00a0pixels',
  'max-pixels': 'At most {size}\u00a0pixels',
  // kinds of files, as they are written inside a sentence
  image: 'images',
  video: 'videos',
  audio: 'audio',
  text: 'text files',
  font: 'fonts',
  model: '3D models',
} as const satisfies Record<string, Label>;
