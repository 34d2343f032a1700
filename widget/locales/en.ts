import type { enMore } from './en-files.ts';

/**
 * A text with its placeholders in braces, or one per plural category of `{n}` (`Intl.PluralRules`); `other` is always there.
 */
export type Label = string | ({ readonly other: string } & { readonly [category in Intl.LDMLPluralRule]?: string });

export type LabelKey = keyof typeof en | keyof typeof enMore;

/** All that the tag says. Another language, or a page's own `labels`, has the same keys. */
export type Labels = Readonly<Record<LabelKey, Label>>;

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
