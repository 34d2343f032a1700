import type { Load } from '../core/lazy.ts';
import type { Drag } from './drag.ts';
import type { DragFeedback, DragFeedbackOptions } from './drag-feedback.ts';

/** The dependencies of a {@link DragDisplay}. */
export interface DragDisplayOptions extends DragFeedbackOptions {
  readonly load: Load;
  /** Called once the code is loaded that shows a drag. */
  readonly redraw: () => void;
}

/** Shows what a drop of the files would do that are dragged. Loads the code for that with the first drag. */
export class DragDisplay {
  readonly #options: DragDisplayOptions;
  #feedback?: DragFeedback;
  #isLoading = false;

  constructor(options: DragDisplayOptions) {
    this.#options = options;
  }

  /**
   * Must be called for each draw.
   *
   * @param drag the files that are dragged; undefined while none are
   * @param isEmpty whether the element has no files
   */
  update(drag: Drag | undefined, isEmpty: boolean): void {
    if (drag && !this.#isLoading) void this.#load();
    this.#feedback?.update(drag, isEmpty);
  }

  async #load(): Promise<void> {
    this.#isLoading = true;
    const { load, redraw } = this.#options;
    const { DragFeedback } = await load(() => import('./drag-feedback.ts'), undefined, true);
    this.#feedback = new DragFeedback(this.#options);
    redraw();
  }
}
