import type { Limits } from '../core/limits.ts';
import type { Localizer } from './localizer.ts';

/** Size and number of files as a hint: `Up to 20 MB per file · Up to 10 files`. */
export const limitsText = ({ maxFileSize, maxFiles }: Limits, localizer: Localizer): string =>
  joinLimits([
    maxFileSize && localizer.term('up-to', { size: localizer.size(maxFileSize) }),
    maxFiles && localizer.term('at-most', { n: maxFiles }),
  ]);

/** Joins limits in words, without the empty ones. */
export const joinLimits = (limits: readonly unknown[]): string => limits.filter(Boolean).join('\u00a0· ');
