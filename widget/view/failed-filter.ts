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
