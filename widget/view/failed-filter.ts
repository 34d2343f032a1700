import type { UploadItem } from '../core/item.ts';
import { hasFailed } from './summary.ts';

/** Selects the files that had failed when it was made. They stay selected while they are tried again. */
export class FailedFilter {
  readonly #known: ReadonlySet<string>;
  readonly #selected: ReadonlySet<string>;

  constructor(files: readonly UploadItem[]) {
    this.#known = new Set(files.map(({ id }) => id));
    this.#selected = new Set(files.filter(hasFailed).map(({ id }) => id));
  }

  apply(files: readonly UploadItem[]): readonly UploadItem[] {
    return files.filter(({ id }) => this.#selected.has(id));
  }

  /** Whether it selects some of the files, and none of them has been added since. */
  isUseful(files: readonly UploadItem[]): boolean {
    return files.some(({ id }) => this.#selected.has(id)) && files.every(({ id }) => this.#known.has(id));
  }
}

/** The failed file that follows another, or precedes it; at an end of the files, goes on at the other. */
export function nextFailed(
  files: readonly UploadItem[],
  id: string | undefined,
  isBackwards: boolean,
): UploadItem | undefined {
  const ordered = isBackwards ? files.toReversed() : files;
  const at = ordered.findIndex((item) => item.id === id);
  return [...ordered.slice(at + 1), ...ordered.slice(0, at + 1)].find(hasFailed);
}
