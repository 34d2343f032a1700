import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { Uploader } from '../core/uploader.ts';

/**
 * Milliseconds after a submit in which a script that reads the form's data is about to send it. It may first ask its server, or
 * the visitor, whether it may.
 */
const READ_MS = 10_000;

/**
 * Deletes the files that the visitor has removed once the form is submitted (`delete="on-submit"`): once a `submit` is followed
 * by a read of the form's data, by the browser's navigation or by `new FormData(form)`. A submit that the page prevents without
 * reading the data deletes nothing, and neither does a script that reads the data at other times.
 */
export class DeleteOnSubmit implements ReactiveController {
  readonly #host: ReactiveControllerHost & HTMLElement;
  readonly #queue: Uploader;
  readonly #internals: ElementInternals;
  #listeners = new AbortController();
  /** When the form was submitted last, on the monotonic clock, unless its data was read or changed since. */
  #submittedAt = -Infinity;

  constructor(host: ReactiveControllerHost & HTMLElement, queue: Uploader, internals: ElementInternals) {
    this.#host = host;
    this.#queue = queue;
    this.#internals = internals;
    host.addController(this);
  }

  hostConnected(): void {
    this.hostDisconnected();
    this.#listeners = new AbortController();
    const { signal } = this.#listeners;
    // in the capture phase: the page's own listeners may read the data, or end the event
    for (const type of ['submit', 'formdata', 'input']) {
      this.#host.getRootNode().addEventListener(type, this.#onEvent, { capture: true, signal });
    }
  }

  hostDisconnected(): void {
    this.#listeners.abort();
  }

  readonly #onEvent = ({ type, target }: Event): void => {
    const { form } = this.#internals;
    if (!form) return;
    if (type === 'submit') {
      if (target === form) this.#submittedAt = performance.now();
    } else if (type === 'input') {
      // a script that saves drafts reads the data after each change
      if (form.contains(target as Node)) this.#submittedAt = -Infinity;
    } else if (target === form && performance.now() - this.#submittedAt < READ_MS) {
      this.#submittedAt = -Infinity;
      if (this.#queue.options.keepRemoved) void this.#queue.deleteRemoved();
    }
  };
}
