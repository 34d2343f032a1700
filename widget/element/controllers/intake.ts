import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { UploadItem } from '../../core/item.ts';
import { chosenIn, filesOf, type IncomingFiles, isAt } from '../dropped-files.ts';
import type { LazyLoader } from '../lazy.ts';

interface IntakeHost extends ReactiveControllerHost, HTMLElement {
  readonly noDrop: boolean;
  readonly noPaste: boolean;
  readonly dropTarget?: string;
}

interface IntakeOptions {
  readonly loader: LazyLoader;
  /** Whether no files may be added at present. */
  readonly isDisabled: () => boolean;
  /** Called while files are dragged over the drop target. */
  readonly prepare: () => void;
  /** Called at once when files are given, before they are in the list. */
  readonly added: () => void;
  /** Adds files to the queue. */
  readonly add: (incoming: IncomingFiles) => Promise<readonly UploadItem[]>;
}

/** Takes files that are picked, dropped or pasted. All end in the same {@link add}. */
export class IntakeController implements ReactiveController {
  /** Whether files are dragged over the drop target. */
  isDragOver = false;
  readonly #host: IntakeHost;
  readonly #options: IntakeOptions;
  readonly #pending = new Set<unknown>();
  #listeners = new AbortController();

  constructor(host: IntakeHost, options: IntakeOptions) {
    this.#host = host;
    this.#options = options;
    host.addController(this);
  }

  /** Whether files were picked that are not in the list yet. */
  get isAdding(): boolean {
    return this.#pending.size > 0;
  }

  hostConnected(): void {
    this.hostDisconnected();
    this.#listeners = new AbortController();
    const { signal } = this.#listeners;
    const target = this.#host.dropTarget ? document : this.#host;
    for (const type of ['dragover', 'dragleave', 'drop']) target.addEventListener(type, this.#onDrag, { signal });
    document.addEventListener('paste', this.#onPaste, { signal });
  }

  hostDisconnected(): void {
    this.#listeners.abort();
  }

  async add(incoming: IncomingFiles): Promise<readonly UploadItem[]> {
    const added = this.#options.add(incoming);
    this.#pending.add(added);
    this.#options.added();
    try {
      return await added;
    } finally {
      this.#pending.delete(added);
      this.#host.requestUpdate();
    }
  }

  readonly onPick = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    void this.add(chosenIn(input, this.#options.loader.load));
    input.value = ''; // so that the same file can be picked again
  };

  readonly #onDrag = (event: Event): void => {
    const { type, dataTransfer, defaultPrevented } = event as DragEvent;
    const { noDrop, dropTarget } = this.#host;
    // a drop that something inside the target has handled is not handled twice
    const isOurs =
      !(defaultPrevented || noDrop || this.#options.isDisabled()) &&
      !!dataTransfer?.types.includes('Files') &&
      isAt(event, dropTarget || 'page');
    const isDragOver = isOurs && type === 'dragover';
    if (this.isDragOver !== isDragOver) this.#host.requestUpdate();
    this.isDragOver = isDragOver;
    if (!isOurs) return;
    event.preventDefault();
    if (isDragOver) this.#options.prepare();
    if (type === 'drop') void this.add(filesOf(dataTransfer, this.#options.loader.load));
  };

  readonly #onPaste = (event: ClipboardEvent): void => {
    const { clipboardData: data, defaultPrevented, target } = event;
    const isOurs = target === document.body || event.composedPath().includes(this.#host);
    if (!isOurs || defaultPrevented || this.#host.noPaste || this.#options.isDisabled() || !data?.files.length) return;
    event.preventDefault();
    void this.add(filesOf(data, this.#options.loader.load));
  };
}
