import type { UploadItem } from './item.ts';
import type { UploadGrant } from './sign.ts';

/** A file that is stored. */
export type StoredItem = UploadItem & { readonly status: 'done' };

/** A stored file that was removed from the list. */
export interface Removal {
  readonly item: StoredItem;
  /** Deletes the object; undefined where the signer does not allow it. */
  readonly deleteFile: UploadGrant['deleteFile'];
}

/** The stored files that were removed and can come back, in the order in which they were removed. */
export class Removals {
  readonly #removals = new Map<string, Removal>();
  #items: readonly StoredItem[] | undefined;

  /** The files: the same frozen array until something changes. */
  get items(): readonly StoredItem[] {
    return (this.#items ??= Object.freeze([...this.#removals.values()].map(({ item }) => item)));
  }

  has(id: string): boolean {
    return this.#removals.has(id);
  }

  add(removal: Removal): void {
    this.#removals.set(removal.item.id, removal);
    this.#items = undefined;
  }

  /** Takes a removal out; without an id, all of them. */
  take(id?: string): readonly Removal[] {
    const taken = [...this.#removals.values()].filter(({ item }) => id === undefined || item.id === id);
    for (const { item } of taken) this.#removals.delete(item.id);
    this.#items = undefined;
    return taken;
  }
}
