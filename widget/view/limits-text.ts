import type { Limits } from '../core/limits.ts';
import type { LabelKey } from '../locales/labels.ts';
import type { Localizer } from './localizer.ts';

/** The limits as a hint: `Images, PDF · Up to 20 MB per file · Up to 10 files`. */
export function limitsText({ accept, maxFileSize, maxFiles }: Limits, localizer: Localizer): string {
  return [
    // the English separator is not loaded before the first file
    fileKinds(accept, localizer).join(localizer.term('comma') || ', '),
    maxFileSize && localizer.term('up-to', { size: localizer.size(maxFileSize) }),
    maxFiles && localizer.term('at-most', { n: maxFiles }),
  ]
    .filter(Boolean)
    .join('\u00a0· ')
    .replace(/./, (letter) => letter.toUpperCase());
}

/**
 * The kinds of files that an `accept` attribute names, as they are written inside a sentence: `images`, `PDF`. Types without
 * a name for visitors, such as `application/vnd.ms-excel`, are left out.
 */
export function fileKinds(accept = '', localizer: Localizer): readonly string[] {
  const kinds = accept.match(/\b\w+(?=\/\*)|(?<=\.|\/)\w{2,5}(?=\s*(,|$))/g) ?? [];
  return [...new Set(kinds.map((kind) => localizer.term(kind as LabelKey) || kind.toUpperCase()))];
}
