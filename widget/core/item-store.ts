import { createItem, type FileInfo, type InitialState, type ItemChange, transition, type UploadItem } from './item.ts';

/** The files of one queue, in the order in which they were added. All changes of its items pass through here. */
export class ItemStore {
  readonly #target: EventTarget;
  /** Undefined for an item that is out of the list and keeps its place. */
  readonly #items = new Map<string, UploadItem | undefined>();
  #snapshot: readonly UploadItem[] | undefined;
  #isUpdateDue = false;
  #lastId = 0;
  #changes = 0;

  /** @param target receives one `update` event for all changes of a turn */
  constructor(target: EventTarget) {
    this.#target = target;
  }

  /** All items: the same frozen array until something changes. */
  get all(): readonly UploadItem[] {
    return (this.#snapshot ??= Object.freeze([...this.#items.values()].filter((item) => item !== undefined)));
  }

  /** The number of changes so far: while it stays the same, all items do. */
  get changes(): number {
    return this.#changes;
  }

  get(id: string): UploadItem | undefined {
    return this.#items.get(id);
  }

  /** The number of ids so far: the last file's id as a number. */
  get lastId(): number {
    return this.#lastId;
  }

  /** An id that no file of this queue has or had. */
  nextId(): string {
    return String(++this.#lastId);
  }

  add(info: FileInfo, state: InitialState): UploadItem {
    return this.#set(createItem(info, state));
  }

  /**
   * Changes an item.
   *
   * @returns the changed item; undefined when it was removed
   * @throws {Error} when its status does not allow the change
   */
  change(id: string, change: ItemChange): UploadItem | undefined {
    const item = this.#items.get(id);
    return item && this.#set(transition(item, change));
  }

  /** Deletes an item, and its place in the list. */
  delete(id: string): void {
    if (this.#items.delete(id)) this.#changed();
  }

  /** Takes an item out of the list. Its place is kept for {@link putBack}, until it is deleted. */
  takeOut(id: string): void {
    this.#items.set(id, undefined);
    this.#changed();
  }

  /** Puts an item back at its place. */
  putBack(item: UploadItem): void {
    this.#set(item);
  }

  /** Forgets all items without an event. */
  clear(): void {
    this.#items.clear();
    this.#snapshot = undefined;
  }

  #set(item: UploadItem): UploadItem {
    this.#items.set(item.id, item);
    this.#changed();
    return item;
  }

  #changed(): void {
    this.#changes++;
    this.#snapshot = undefined;
    if (this.#isUpdateDue) return;
    this.#isUpdateDue = true;
    queueMicrotask(() => {
      this.#isUpdateDue = false;
      this.#target.dispatchEvent(new Event('update'));
    });
  }
}
