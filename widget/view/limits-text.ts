import type { Limits } from '../core/limits.ts';
import type { LabelKey } from '../locales/labels.ts';
import type { Localizer } from './localizer.ts';

/** The limits in a line: `Images, PDF · Up to 20 MB per file · At most 10 files`. */
export function limitsText({ accept = '', maxFileSize, maxFiles }: Limits, words: Localizer): string {
  // `.pdf` and `application/pdf` are PDF; `application/vnd.ms-excel` tells a visitor nothing
  const kinds = accept.match(/\w+(?=\/\*)|(?<=\.|\/)\w{2,5}(?=\s*(,|$))/g) ?? [];
  return [
    [...new Set(kinds.map((kind) => words.term(kind as LabelKey) || kind.toUpperCase()))].join(', '),
    maxFileSize && words.term('up-to', { size: words.size(maxFileSize) }),
    maxFiles && words.term('at-most', { n: maxFiles }),
  ]
    .filter(Boolean)
    .join(' · ');
}
