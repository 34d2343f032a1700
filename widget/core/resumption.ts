import { UploadError } from './errors.ts';
import type { UploadItem } from './item.ts';
import { isSameFile, recordOf, type ResumeRecord, type ResumeStore } from './resume-record.ts';
import type { MultipartGrant } from './sign.ts';

type Lost = Pick<ResumeRecord, 'name' | 'size' | 'lastModified' | 'readAgain'>;

/**
 * What is to outlive this page: uploads that are remembered, and kept out of other pages' hands while they are in these;
 * and those of earlier pages, until their file is back.
 */
export class Resumption {
  /** Without their file, by id. */
  readonly #lost = new Map<string, Lost>();
  /** In this page's hands, by id. */
  readonly #held = new Map<string, { key: string; controller: AbortController }>();
  readonly #store: () => ResumeStore | undefined;
  readonly #life: AbortSignal;

  constructor(store: () => ResumeStore | undefined, life: AbortSignal) {
    this.#store = store;
    this.#life = life;
  }

  /** Whether an earlier page's upload waits for its file. */
  isLost(id: string): boolean {
    return this.#lost.has(id);
  }

  /** Ids of the uploads that this file may belong to. */
  matches(file: File): string[] {
    return [...this.#lost].flatMap(([id, lost]) => (isSameFile(file, lost) ? id : []));
  }

  /** How the file of a lost upload is had again with the visitor's leave, where the browser has kept the way to it. */
  readAgain(id: string): ResumeRecord['readAgain'] {
    return this.#lost.get(id)?.readAgain;
  }

  /** The file is back. */
  found(id: string): void {
    this.#lost.delete(id);
  }

  /**
   * Takes over what an earlier page has left, unless another page has it already.
   *
   * @returns whether it is in this page's hands now
   */
  async take(id: string, record: ResumeRecord): Promise<boolean> {
    if (!(await this.#hold(id, record.key))) return false;
    this.#lost.set(id, record);
    return true;
  }

  /**
   * Remembers an upload that begins, where it can be gone on with.
   *
   * @throws {UploadError} `in-use` when another page goes on with it
   */
  async remember(item: UploadItem, grant: MultipartGrant): Promise<void> {
    const store = this.#store();
    const { id } = item;
    const record = store && recordOf(item, grant);
    if (!record || this.#held.get(id)?.key === record.key) return;
    this.forget(id);
    if (!(await this.#hold(id, record.key))) {
      throw new UploadError('in-use', 'another page goes on with this upload', { phase: 'sign' });
    }
    // it may have been given up meanwhile
    if (this.#held.get(id)?.key === record.key) void store.save(record);
  }

  /** Nothing is left to go on with. */
  forget(id: string): void {
    const held = this.#held.get(id);
    this.#held.delete(id);
    this.#lost.delete(id);
    held?.controller.abort();
    if (held) void this.#store()?.drop(held.key);
  }

  /** Leaves all to other pages; what goes on here is taken into hands again. */
  yield(): void {
    for (const { controller } of this.#held.values()) controller.abort();
    this.#held.clear();
  }

  /** Keeps other pages' hands off an upload for as long as its file is in this list. */
  async #hold(id: string, key: string): Promise<boolean> {
    const controller = new AbortController();
    this.#held.set(id, { controller, key });
    const signal = AbortSignal.any([controller.signal, this.#life]);
    const isOurs = (await this.#store()?.lock(key, signal)) ?? true;
    if (!isOurs && this.#held.get(id)?.controller === controller) this.#held.delete(id);
    return isOurs;
  }
}
