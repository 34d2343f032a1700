import type * as Formats from './accept.ts';
import type { UploadError } from './errors.ts';
import { detailOf, type Emit, errorDetail } from './events.ts';
import type { FileInfo, SentFile, UploadItem } from './item.ts';
import type { ItemStore } from './item-store.ts';
import { type Load, loadOnce } from './lazy.ts';
import { isPlainlyAccepted, type Limits, NO_FILES, type Totals, totalsOf, validate } from './limits.ts';
import { mediaType } from './media-type.ts';
import { mergeMetadata } from './metadata.ts';
import { type PreparationOptions, prepareFile } from './preparation.ts';

/** Milliseconds for which files are added without a pause: half a frame at 60 Hz, so that the page is drawn meanwhile. */
const SLICE_MS = 8;

/** The parts of the queue that the admission uses. */
export interface AdmissionQueue {
  options(): PreparationOptions & { readonly limits?: Limits; readonly load?: Load };
  readonly items: ItemStore;
  readonly emit: Emit;
  /** Aborted when the queue is destroyed, which ends the adding. */
  readonly signal: AbortSignal;
  /** Removes a file. */
  remove(id: string): void;
  /** Called once a file may be queued. */
  onReady(id: string): void;
  /**
   * Gives the file to an unfinished upload that waits for it, if there is one. Removes uploads that the file replaces.
   *
   * @returns the upload's id
   */
  attach(file: File, path: string | undefined): Promise<string | undefined> | undefined;
}

/** Adds files to the queue: each is checked against the limits, prepared where the options say so, or refused. */
export class Admission {
  readonly #queue: AdmissionQueue;
  /** Files that are not prepared yet, by id, and whether each is to replace the files before it. */
  readonly #unprepared = new Map<string, boolean>();
  readonly #preparing = new Map<string, AbortController>();
  /** The file whose `file-add` is being dispatched. */
  #adding: { readonly id: string; metadata: FileInfo['metadata'] } | undefined;

  constructor(queue: AdmissionQueue) {
    this.#queue = queue;
  }

  /**
   * Adds files, those that are refused as `rejected`. The first one is added at once; many are added in slices, so that
   * the page stays responsive.
   *
   * @returns the ids of the files once all of them are ready or refused, and of the unfinished uploads that some belong to
   */
  async add(files: Iterable<File>, paths?: (file: File) => string | undefined): Promise<string[]> {
    const { items, signal, attach } = this.#queue;
    const ids: string[] = [];
    let totals = this.#totals();
    let hasReplaced = false;
    /** The table of file formats, which is in a chunk of its own. */
    let formats: typeof Formats | undefined;
    let sliceEnd = performance.now() + SLICE_MS;
    for (const file of files) {
      if (signal.aborted) break;
      if (performance.now() > sliceEnd) {
        const { changes } = items;
        await nextTask();
        if (items.changes !== changes) totals = this.#totals();
        sliceEnd = performance.now() + SLICE_MS;
      }
      const path = paths?.(file) || file.webkitRelativePath || undefined;
      const attached = attach(file, path);
      if (attached) {
        const id = await attached;
        totals = this.#totals();
        if (id) {
          ids.push(id);
          continue;
        }
      }
      const { accept } = this.#limits;
      if (accept && !formats && !isPlainlyAccepted({ name: file.name, type: mediaType(file) }, accept)) {
        formats = await this.#loadFormats();
        if (signal.aborted) break;
        totals = this.#totals();
      }
      const isReplacing = this.#limits.multiple === false && !hasReplaced;
      const item = this.#admit(file, path, isReplacing ? NO_FILES : totals, isReplacing, formats);
      if (!item) continue;
      ids.push(item.id);
      if (item.status === 'rejected') continue;
      hasReplaced = true;
      totals.add(item);
    }
    for (const id of ids) if (this.isUnprepared(id)) await this.prepare(id);
    return ids;
  }

  /** Adds a file that cannot be read as `rejected`. Its size and type are unknown. */
  reject(path: string, error: UploadError): UploadItem {
    const { items } = this.#queue;
    const name = path.slice(path.lastIndexOf('/') + 1);
    const info: FileInfo = {
      ...{ id: items.nextId(), name, size: 0, type: 'application/octet-stream' },
      path: name === path ? undefined : path,
    };
    const item = items.add(info, { status: 'rejected', error });
    this.#announceRejection(info, error);
    return item;
  }

  /**
   * Sets metadata of a file from a listener of its `file-add`, when it is not in the list yet. Ignored for any other id.
   *
   * @param metadata changes the metadata that was set before
   */
  setMetadata(id: string, metadata: Readonly<Record<string, string>>): void {
    if (this.#adding?.id === id) this.#adding.metadata = mergeMetadata(this.#adding.metadata, metadata);
  }

  /** Whether the file has to be checked or transformed before it may be queued. */
  isUnprepared(id: string): boolean {
    return this.#unprepared.has(id);
  }

  /** Checks and transforms a file, if it is `preparing`; it becomes ready, or `rejected`. */
  async prepare(id: string): Promise<void> {
    const { items } = this.#queue;
    const options = this.#queue.options();
    const item = items.get(id);
    if (item?.status !== 'preparing' || this.#preparing.has(id)) return;
    const controller = new AbortController();
    this.#preparing.set(id, controller);
    let sent: SentFile = {};
    let error: UploadError | undefined;
    try {
      sent = await prepareFile(item, options, controller.signal);
    } catch (cause) {
      error = cause as UploadError;
    }
    // the file was canceled or removed
    if (controller.signal.aborted) return;
    this.#preparing.delete(id);
    error ??= options.prepare && this.#sizeError({ ...item, ...sent });
    const isReplacing = this.#unprepared.get(id);
    this.#unprepared.delete(id);
    if (error) {
      items.change(id, { status: 'rejected', error });
      this.#announceRejection(item, error);
    } else {
      items.change(id, { status: 'ready', ...sent });
      this.#ready(id, isReplacing);
    }
  }

  /** Aborts the preparation of a file; {@link prepare} starts it again. */
  stop(id: string): void {
    this.#preparing.get(id)?.abort();
    this.#preparing.delete(id);
  }

  /** Forgets a file that was removed. */
  forget(id: string): void {
    this.stop(id);
    this.#unprepared.delete(id);
  }

  /** Loads the table of file formats. Without it, a file is accepted by its extension or its very type. */
  async #loadFormats(): Promise<typeof Formats | undefined> {
    const { load = loadOnce } = this.#queue.options();
    return load(() => import('./accept.ts'), this.#queue.signal).catch(() => undefined);
  }

  /** @returns undefined when a listener of `file-add` canceled it */
  #admit(
    file: File,
    path: string | undefined,
    totals: Totals,
    isReplacing: boolean,
    formats: typeof Formats | undefined,
  ): UploadItem | undefined {
    const { items, emit } = this.#queue;
    const { check, prepare } = this.#queue.options();
    let limits = this.#limits;
    if (formats?.isAccepted(file, limits.accept)) limits = { ...limits, accept: undefined };
    // sizes are those of the file that will be made
    if (prepare) limits = { ...limits, maxFileSize: undefined, minFileSize: undefined, maxTotalSize: undefined };
    const type = formats?.typeOf(file) ?? mediaType(file);
    const { name, size } = file;
    const id = items.nextId();
    const info: FileInfo = { id, file, name, size, type, path };
    const adding = (this.#adding = { id, metadata: undefined as FileInfo['metadata'] });
    const isWanted = emit('file-add', { ...detailOf(info), file }, true);
    this.#adding = undefined;
    if (!isWanted) return undefined;
    const error = validate(info, limits, totals);
    const status = check || prepare ? 'preparing' : 'ready';
    const item = items.add({ ...info, metadata: adding.metadata }, error ? { status: 'rejected', error } : { status });
    if (error) this.#announceRejection(info, error);
    else if (status === 'preparing') this.#unprepared.set(id, isReplacing);
    else this.#ready(id, isReplacing);
    return item;
  }

  #announceRejection(file: FileInfo, error: UploadError): void {
    this.#queue.emit('file-reject', { ...detailOf(file), ...errorDetail(error) });
  }

  #ready(id: string, isReplacing: boolean | undefined): void {
    if (isReplacing) {
      for (const { id: before } of this.#queue.items.all) {
        if (before === id) break;
        this.#queue.remove(before);
      }
    }
    this.#queue.onReady(id);
  }

  /** Why the file that was made is too large or too small. */
  #sizeError(item: UploadItem): UploadError | undefined {
    const { maxFileSize, minFileSize, maxTotalSize } = this.#limits;
    const others = maxTotalSize === undefined ? [] : this.#queue.items.all.filter(({ id }) => id !== item.id);
    return validate(item, { maxFileSize, minFileSize, maxTotalSize }, totalsOf(others, {}));
  }

  #totals(): ReturnType<typeof totalsOf> {
    return totalsOf(this.#queue.items.all, this.#limits);
  }

  get #limits(): Limits {
    return this.#queue.options().limits ?? {};
  }
}

/** https://wicg.github.io/scheduling-apis/#dom-scheduler-posttask */
interface Scheduling {
  /** Missing in Safari and in Node. */
  readonly scheduler?: { postTask(run: () => void): Promise<void> };
}

/** Waits for the next task. Timers that follow each other take at least 4 ms, half as long as the work between them. */
const nextTask = (): Promise<void> =>
  (globalThis as Scheduling).scheduler?.postTask(() => {}) ?? new Promise((resolve) => setTimeout(resolve));
