import type { enErrors } from './en-errors.ts';
import type { enFiles } from './en-files.ts';
import type { enForm } from './en-form.ts';
import type { enLimits } from './en-limits.ts';
import type { en } from './en.ts';
import type { Label } from './label.ts';

/** The key of a text. */
export type LabelKey =
  keyof typeof en | keyof typeof enErrors | keyof typeof enFiles | keyof typeof enForm | keyof typeof enLimits;

/** All texts of the element in one language. Translations and a page's own `labels` have the same keys. */
export type Labels = Readonly<Record<LabelKey, Label>>;
