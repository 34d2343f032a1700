import type { UploadItem } from '../core/item.ts';

/** Form entries of the stored files: one per file with its `key` or its `receipt`, or one `json` array with all results. */
export type ValueFormat = 'key' | 'json' | 'receipt';

/** The form entries of those files that are stored. With `receipt`, a file without a receipt has no entry. */
export function formValue(files: readonly UploadItem[], format: ValueFormat = 'key'): readonly string[] {
  const stored = files.flatMap((item) => (item.status === 'done' ? item : []));
  if (format !== 'json') {
    return stored.flatMap(({ result }) => (format === 'receipt' ? (result.receipt ?? []) : result.key));
  }
  const entries = stored.map(({ name, size, type, path, result }) => ({ name, size, type, path, ...result }));
  return entries.length ? [JSON.stringify(entries)] : [];
}
