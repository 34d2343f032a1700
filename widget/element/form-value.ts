import type { UploadItem } from '../core/item.ts';

/** What a form submits for each stored file: its key or its receipt, or one JSON array with all that is known of them. */
export type ValueFormat = 'key' | 'json' | 'receipt';

/** The entries of a form for the stored ones of these files. A file without a receipt has no entry in that format. */
export function formValue(files: readonly UploadItem[], format: ValueFormat = 'key'): readonly string[] {
  const stored = files.flatMap((item) => (item.status === 'done' ? item : []));
  if (format !== 'json') {
    return stored.flatMap(({ result }) => (format === 'receipt' ? (result.receipt ?? []) : result.key));
  }
  const entries = stored.map(({ name, size, type, path, result }) => ({ name, size, type, path, ...result }));
  return entries.length ? [JSON.stringify(entries)] : [];
}
