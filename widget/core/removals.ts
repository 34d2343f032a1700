import type { UploadError } from './errors.ts';
import { detailOf, type Emit, errorDetail } from './events.ts';
import type { UploadItem } from './item.ts';
import type { ItemStore } from './item-store.ts';
import { callWithRetries, type CallOptions } from './retrying-call.ts';
import type { UploadGrant } from './sign.ts';

/** Deletes a stored object. */
export type DeleteFile = NonNullable<UploadGrant['deleteFile']>;

/** A file that is stored. */
export type StoredItem = UploadItem & { readonly status: 'done' };

/** How a file is removed from the list. */
export interface RemoveOptions {
  /**
   * Whether the file, if it is stored, is kept in the storage, so that `restoreFile()` can bring it back until
   * `deleteRemoved()`. Default: the option `keepRemoved` of the queue.
   */
  readonly canRestore?: boolean;
}

interface Removal {
  readonly item: StoredItem;
  /** Undefined where the signer does not allow it. */
  readonly deleteFile: DeleteFile | undefined;
}

interface RemovalsOptions {
  readonly items: ItemStore;
  /** Delete stored files, by id, where the signer allows it. */
  readonly deletions: Map<string, DeleteFile>;
  readonly emit: Emit;
  /** For calls to the signer. Once its signal is aborted, no failure is reported. */
  readonly callOptions: CallOptions;
}

/** The stored files that were removed and can come back, in the order in which they were removed. */
export class Removals {
  readonly #options: RemovalsOptions;
  readonly #removals = new Map<string, Removal>();
  #items: readonly StoredItem[] | undefined;

  constructor(options: RemovalsOptions) {
    this.#options = options;
  }

  /** The files: the same frozen array until something changes. */
  get items(): readonly StoredItem[] {
    return (this.#items ??= Object.freeze([...this.#removals.values()].map(({ item }) => item)));
  }

  has(id: string): boolean {
    return this.#removals.has(id);
  }

  /** Adds a file that is about to be removed from the list. */
  add(item: StoredItem): void {
    this.#removals.set(item.id, { item, deleteFile: this.#options.deletions.get(item.id) });
    this.#items = undefined;
  }

  /** Brings a file back to its place in the list. */
  restore(id: string): void {
    const { items, deletions, emit } = this.#options;
    for (const { item, deleteFile } of this.#take(id)) {
      if (deleteFile) deletions.set(id, deleteFile);
      items.putBack(item);
      emit('file-restore', { ...detailOf(item), key: item.result.key });
    }
  }

  /** Deletes a file, or all of them, where the signer allows it. Resolves once the signer has responded for each. */
  async delete(id?: string): Promise<void> {
    await Promise.all(this.drop(id).map((removal) => this.#delete(removal)));
  }

  /** Forgets a file, or all of them: they stay stored, and cannot come back. */
  drop(id?: string): readonly Removal[] {
    const taken = this.#take(id);
    for (const { item } of taken) this.#options.items.delete(item.id);
    return taken;
  }

  #take(id: string | undefined): readonly Removal[] {
    const taken = [...this.#removals.values()].filter(({ item }) => id === undefined || item.id === id);
    for (const { item } of taken) this.#removals.delete(item.id);
    this.#items = undefined;
    return taken;
  }

  async #delete({ item, deleteFile }: Removal): Promise<void> {
    const { emit, callOptions } = this.#options;
    try {
      if (deleteFile) await callWithRetries(deleteFile, callOptions);
    } catch (cause) {
      if (callOptions.signal?.aborted) return;
      emit('delete-error', { ...detailOf(item), ...errorDetail(cause as UploadError), key: item.result.key });
    }
  }
}
