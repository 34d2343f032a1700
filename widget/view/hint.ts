import type { Limits } from '../core/validate.ts';
import type { Words } from './words.ts';

/** The limits in a line: `Images, PDF · up to 20 MB each · at most 10 files`. */
export function hint({ accept, maxFileSize, maxFiles, multiple }: Limits, words: Words): string {
  return [
    kinds(accept, words),
    maxFileSize && words.say('up-to', { size: words.size(maxFileSize) }),
    multiple && maxFiles && words.say('at-most', { n: maxFiles }),
  ]
    .filter(Boolean)
    .join(' · ');
}

const GROUPS = { 'image/*': 'images', 'video/*': 'videos', 'audio/*': 'audio' } as const;

function kinds(accept = '', words: Words): string {
  const names = accept.split(',').flatMap((token) => {
    const kind = token.trim().toLowerCase();
    if (kind in GROUPS) return words.say(GROUPS[kind as keyof typeof GROUPS]);
    // `.pdf` and `application/pdf` are PDF; `application/vnd.ms-excel` tells a visitor nothing
    return /^(?:\.|\w+\/)(\w{2,5})$/.exec(kind)?.[1]?.toUpperCase() ?? [];
  });
  return [...new Set(names)].join(', ');
}
