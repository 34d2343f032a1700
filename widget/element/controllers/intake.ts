import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { UploadItem } from '../../core/item.ts';
import type { Drag } from '../../view/drag.ts';
import type { FilesSession } from '../files-session.ts';
import { dropTargetOf, filesOf, type IncomingFiles, isCopyOfFiles, isEditable } from '../dropped-files.ts';

/** Fields into which the browser inserts text. */
const FIELDS = 'input,textarea';

interface IntakeHost extends ReactiveControllerHost, HTMLElement {
  readonly noDrop: boolean;
  readonly noDropGuard: boolean;
  readonly noPaste: boolean;
  readonly dropTarget?: string;
}

interface IntakeOptions {
  /** Whether no files may be added at present. */
  readonly isDisabled: () => boolean;
  /** The files of the element; undefined until they are open. */
  readonly session: () => FilesSession | undefined;
  /** Called while files that the element could take are dragged over the page. */
  readonly prepare: () => void;
  /** Called at once when files are given, before they are in the list. */
  readonly added: () => void;
  /** Adds files to the queue. */
  readonly add: (incoming: IncomingFiles) => Promise<readonly UploadItem[]>;
}

/** Takes files that are picked, dropped or pasted. All end in the same {@link add}. */
export class IntakeController implements ReactiveController {
  /** The files that are dragged over the drop target; undefined while none are. */
  drag?: Drag;
  readonly #host: IntakeHost;
  readonly #options: IntakeOptions;
  readonly #pending = new Map<unknown, readonly File[]>();
  #listeners = new AbortController();
  /** Ends the listeners of one drag event. A listener of the page may have stopped the event before them. */
  #turn = new AbortController();
  /** The latest drag that began in the page, and the node where it began. */
  #ownDrag?: { readonly start: Event; readonly node: Node };

  constructor(host: IntakeHost, options: IntakeOptions) {
    this.#host = host;
    this.#options = options;
    host.addController(this);
  }

  /** Whether files were picked that are not in the list yet. */
  get isAdding(): boolean {
    return this.#pending.size > 0;
  }

  /** The names of the files that were picked and are not all in the list yet. A dropped folder counts as one. */
  get pendingNames(): readonly string[] {
    return [...this.#pending.values()].flatMap((files) => files.map(({ name }) => name));
  }

  hostConnected(): void {
    this.#listeners = new AbortController();
    const { signal } = this.#listeners;
    const options = { capture: true, signal };
    for (const type of ['dragover', 'dragleave', 'drop']) addEventListener(type, this.#onDrag, options);
    const watch = (view: Window | null | undefined): void => {
      try {
        for (const type of ['dragstart', 'dragend', 'pointerdown'])
          view!.addEventListener(type, this.#onOwnDrag, options);
      } catch {
        // not a frame, or one of another origin
      }
    };
    watch(window);
    watch(parent);
    // drags may begin in a frame of the page
    addEventListener('pointerover', ({ target }) => watch((target as HTMLIFrameElement).contentWindow), options);
    // the element with the focus comes first
    for (const target of [document, window])
      target.addEventListener('paste', this.#onPaste as EventListener, { signal });
  }

  hostDisconnected(): void {
    this.drag = undefined;
    this.#listeners.abort();
    this.#turn.abort();
  }

  async add(incoming: IncomingFiles): Promise<readonly UploadItem[]> {
    const added = this.#options.add(incoming);
    this.#pending.set(added, incoming.files);
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
    void this.add({ files: [...input.files!], isFolder: input.webkitdirectory });
    input.value = ''; // so that the same file can be picked again
  };

  readonly #onOwnDrag = (start: Event): void => {
    this.#ownDrag = start.type === 'dragstart' ? { start, node: start.composedPath()[0] as Node } : undefined;
  };

  /** Runs before all other listeners. Adds one where the element takes files, and the document's last one. */
  readonly #onDrag = (event: Event): void => {
    const { type, dataTransfer } = event as DragEvent;
    const types = dataTransfer?.types ?? [];
    const { noDrop, dropTarget } = this.#host;
    const own = this.#ownDrag;
    if (type === 'drop') this.#ownDrag = undefined;
    if (this.drag) this.#host.requestUpdate();
    this.drag = undefined;
    this.#turn.abort();
    this.#turn = new AbortController();
    // no `dragend` follows a canceled start, or the removal of the node; files from outside come without HTML
    if (own && !own.start.defaultPrevented && (own.node.isConnected || types.includes('text/html'))) return;
    if (!types.includes('Files')) return;
    if (!(noDrop || this.#options.isDisabled() || this.#options.session()?.isFull)) {
      this.#options.prepare();
      dropTargetOf(event, this.#host, dropTarget)?.addEventListener(type, this.#onDragTurn, this.#turn);
    }
    document.addEventListener(type, this.#onDragTurn, this.#turn);
  };

  /**
   * Takes the files, unless something inside the drop target does. At the document, keeps the browser from opening files
   * that nothing on the page takes: the page would be lost.
   */
  readonly #onDragTurn = (event: Event): void => {
    const { currentTarget, type, dataTransfer, defaultPrevented } = event as DragEvent;
    const isUnwanted = currentTarget === document;
    const fields = dataTransfer!.types.join().includes('text/') ? FIELDS : 'input[type=file]';
    if (defaultPrevented || (isUnwanted && this.#host.noDropGuard)) return;
    if (currentTarget !== this.#host && isEditable(event, fields)) return;
    event.preventDefault();
    if (isUnwanted) {
      dataTransfer!.dropEffect = 'none';
      return;
    }
    // a source that allows both would move the file and delete the original; one that allows no copy still works
    if (!/^[lm]/.test(dataTransfer!.effectAllowed)) dataTransfer!.dropEffect = 'copy';
    if (type === 'drop') void this.add(filesOf(dataTransfer!));
    else if (type === 'dragover') this.drag = this.#options.session()?.describeDrag(event as DragEvent) ?? {};
    this.#host.requestUpdate();
  };

  readonly #onPaste = (event: ClipboardEvent): void => {
    const { clipboardData: data, currentTarget, defaultPrevented, target } = event;
    const host = this.#host;
    const hasFocus = host.matches(':focus-within') || event.composedPath().includes(host);
    const isOurs = hasFocus || (currentTarget === window && target === document.body);
    if (!isOurs || defaultPrevented || isEditable(event, FIELDS) || host.noPaste || this.#options.isDisabled()) return;
    if (!data?.files.length || !(hasFocus || isCopyOfFiles(data))) return;
    event.preventDefault();
    void this.add(filesOf(data));
  };
}
