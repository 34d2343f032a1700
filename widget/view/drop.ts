import { type Load, once } from '../core/load.ts';

/** Files, or those of dropped folders once they are found, each with its path within what was dropped. */
export type Intake = readonly File[] | Promise<ReadonlyMap<File, string>>;

/** What was dropped or pasted. Strings and addresses are never followed. */
export function filesOf(data: DataTransfer | null, load: Load = once): Intake {
  // Entries are there during the event only.
  const entries = [...(data?.items ?? [])]
    .filter(({ kind }) => kind === 'file')
    .map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile());
  if (!entries.some((entry) => entry && 'isDirectory' in entry && entry.isDirectory)) return [...(data?.files ?? [])];
  return load(() => import('./folder.ts')).then(({ walk }) => walk(entries));
}
