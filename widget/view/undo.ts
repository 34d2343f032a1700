import { html, nothing, type TemplateResult } from 'lit';
import { type Limits, maxFilesOf, type Totals, totalsOf } from '../core/limits.ts';
import type { StoredItem } from '../core/removals.ts';
import type { Uploader } from '../core/uploader.ts';
import type { UploaderHost } from './host.ts';
import type { Localizer } from './localizer.ts';

/** Milliseconds in which a visitor can undo the removal of a stored file. */
export const UNDO_MS = 8_000;
/** Maximum number of restored files that are announced by name; more are counted. */
const MAX_ANNOUNCED = 3;

/** Fields in which Ctrl+Z undoes what was typed. */
const TEXT_FIELD =
  'textarea, input:not([type=button], [type=checkbox], [type=color], [type=file], [type=image], [type=radio], [type=range], [type=reset], [type=submit])';

/** The dependencies of {@link Undo}. */
export interface UndoOptions {
  readonly host: UploaderHost;
  readonly queue: Uploader;
  /** Returns the limits that apply at present. */
  readonly limits: () => Limits;
  readonly localizer: () => Localizer;
  readonly announce: (sentence: string) => void;
  /** Focuses the row of a file, drawn first if necessary. */
  readonly focus: (id: string) => void;
  /** Draws the notice again. */
  readonly redraw: () => void;
}

/**
 * Lets the visitor bring back the stored files that they have just removed: a notice with a button, and Ctrl+Z. A further
 * removal restarts the time for all files. When the time is over, the files are deleted, unless the queue keeps them for the
 * submit of the form.
 *
 * The offer ends early once the limits no longer allow the removed files, such as when the next file replaces the only one.
 */
export class Undo {
  readonly #options: UndoOptions;
  /** Ids of the files that the notice names. */
  readonly #ids = new Set<string>();
  /** Why the time stands still: the pointer is over the notice, or the focus is in it. */
  readonly #holds = new Set<'focus' | 'pointer'>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** End of the time, in milliseconds on the monotonic clock. */
  #end = 0;
  /** Milliseconds that are left while the time stands still. */
  #left = UNDO_MS;
  /** Number and bytes of all files before the first removal, which may exceed the limits. */
  #before: Pick<Totals, 'bytes' | 'count'> = { count: 0, bytes: 0 };

  constructor(options: UndoOptions) {
    this.#options = options;
    options.host.addEventListener('keydown', this.#onKey);
  }

  /**
   * Offers to bring back a file that was removed just now.
   *
   * @param before number and bytes of all files before it was removed
   */
  add(id: string, before: Totals): void {
    if (!this.#files.length) {
      this.#ids.clear();
      this.#holds.clear();
      this.#before = before;
    }
    this.#ids.add(id);
    this.#left = UNDO_MS;
    this.#run();
    this.#options.redraw();
  }

  /** Ends the offer once other files have taken the place of the removed ones. Must be called before each render. */
  update(isDisabled: boolean): void {
    if (this.#ids.size && !this.#hasRoom) this.#expire();
    // no event tells that a disabled button has lost the focus, or that the pointer is over a notice no more
    if (isDisabled && this.#holds.size) {
      this.#holds.clear();
      this.#run();
    }
  }

  /** The notice, while there is something to undo. */
  template(isDisabled: boolean): TemplateResult | typeof nothing {
    const files = this.#files;
    const [file] = files;
    if (!file) return nothing;
    const localizer = this.#options.localizer();
    const text =
      files.length > 1
        ? localizer.term('files-removed', { n: files.length })
        : localizer.term('file-removed', { name: file.name });
    const hold = (reason: 'focus' | 'pointer', isHeld: boolean) => () => this.#hold(reason, isHeld);
    return html`<div
      part="notice"
      class="total"
      @pointerenter=${hold('pointer', true)}
      @pointerleave=${hold('pointer', false)}
      @focusin=${hold('focus', true)}
      @focusout=${hold('focus', false)}
    >
      <div id="removed" class="status">${text}</div>
      <div class="actions">
        <button
          part="total-button undo"
          aria-describedby="removed"
          ?disabled=${isDisabled}
          @click=${() => this.#restore(this.#files)}
        >
          ${localizer.term('undo')}
        </button>
      </div>
    </div>`;
  }

  /** The files that the notice names, in the order in which they were removed. */
  get #files(): readonly StoredItem[] {
    return this.#options.queue.removed.filter(({ id }) => this.#ids.has(id));
  }

  get #totals(): { readonly count: number; readonly bytes: number } {
    return totalsOf([...this.#options.queue.items, ...this.#files], {});
  }

  /** Whether the limits still allow the removed files beside those that were added since. */
  get #hasRoom(): boolean {
    const limits = this.#options.limits();
    const { maxTotalSize = Infinity } = limits;
    const { count, bytes } = this.#totals;
    return (
      count <= Math.max(maxFilesOf(limits), this.#before.count) && bytes <= Math.max(maxTotalSize, this.#before.bytes)
    );
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    const { key, code, altKey, ctrlKey, metaKey, shiftKey } = event;
    // a keyboard without Latin letters has the key Z as well
    const isZ = /[a-z]/i.test(key) ? key.toLowerCase() === 'z' : code === 'KeyZ';
    if (!isZ || altKey || shiftKey || ctrlKey === metaKey || event.defaultPrevented) return;
    const target = event.composedPath()[0] as HTMLElement;
    if (target.isContentEditable || target.matches(TEXT_FIELD) || this.#options.host.matches(':disabled')) return;
    const last = this.#files.at(-1);
    if (!last) return;
    event.preventDefault();
    this.#restore([last]);
  };

  #restore(files: readonly StoredItem[]): void {
    const { queue, localizer, announce, focus } = this.#options;
    for (const { id } of files) {
      this.#ids.delete(id);
      queue.restoreFile(id);
    }
    const { length: n } = files;
    if (n > MAX_ANNOUNCED) announce(localizer().term('files-added', { n }));
    else for (const { name } of files) announce(localizer().term('file-restored', { name }));
    const restored = queue.items.find((item) => files.some(({ id }) => id === item.id));
    if (restored) focus(restored.id);
  }

  #hold(reason: 'focus' | 'pointer', isHeld: boolean): void {
    if (!this.#holds.size) this.#left = this.#end - performance.now();
    this.#holds[isHeld ? 'add' : 'delete'](reason);
    this.#run();
  }

  /** Lets the time that is left run, unless it stands still. */
  #run(): void {
    clearTimeout(this.#timer);
    if (this.#holds.size) return;
    this.#end = performance.now() + this.#left;
    this.#timer = setTimeout(() => this.#expire(), this.#left);
  }

  /** Ends the offer. */
  #expire(): void {
    clearTimeout(this.#timer);
    const { queue, redraw } = this.#options;
    const files = this.#files;
    this.#ids.clear();
    this.#holds.clear();
    if (!queue.options.keepRemoved) for (const { id } of files) void queue.deleteRemoved(id);
    redraw();
  }
}
