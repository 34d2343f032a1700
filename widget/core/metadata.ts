import type { FileInfo } from './item.ts';

/** Metadata with changes applied: an empty string deletes a member. Undefined when no member is left. */
export function mergeMetadata(
  before: FileInfo['metadata'],
  changes: Readonly<Record<string, string>>,
): FileInfo['metadata'] {
  const entries = Object.entries({ ...before, ...changes }).filter(([, text]) => text);
  return entries.length ? Object.freeze(Object.fromEntries(entries)) : undefined;
}
