import type { Summary } from './summary.ts';
import type { Words } from './words.ts';

/** Milliseconds between two submissions' values while files come in: ten thousand values are not copied ten thousand times. */
const PATIENCE = 1000;

/** What a form is to know of its uploader. */
export interface FormState {
  readonly name: string | undefined;
  readonly value: readonly string[];
  readonly least: number;
  readonly holds: boolean;
  readonly summary: Summary;
  readonly words: Words;
}

/** The tag as a control of a form: its value, whether it may be submitted, and, held back, when. */
export class FormControl {
  readonly #internals: ElementInternals;
  readonly #state: () => FormState;
  readonly #start: () => void;
  #custom = '';
  #copied = -PATIENCE;
  #association = new AbortController();
  /** The submit that is held back, by its button; null where there was none. */
  #held: HTMLElement | null | undefined;

  /** @param start starts the files that wait for it, when a submit is held for them. */
  constructor(internals: ElementInternals, state: () => FormState, start: () => void) {
    this.#internals = internals;
    this.#state = state;
    this.#start = start;
  }

  associate(form: HTMLFormElement | null): void {
    this.#association.abort();
    this.#association = new AbortController();
    const { signal } = this.#association;
    form?.addEventListener('submit', (event) => this.#hold(event), { capture: true, signal });
  }

  setCustomValidity(message: string): void {
    this.#custom = message;
    this.sync();
  }

  /** @param anchor what the browser's bubble points at. */
  sync(anchor?: HTMLElement | null): void {
    const state = this.#state();
    const { name, summary } = state;
    const isBusy = busy(summary);
    if (!isBusy || performance.now() - this.#copied > PATIENCE) {
      this.#copied = performance.now();
      const data = new FormData();
      if (name) for (const value of state.value) data.append(name, value);
      this.#internals.setFormValue(data);
    }
    const [flags, message] = this.#custom ? [{ customError: true }, this.#custom] : invalid(state);
    this.#internals.setValidity(flags, message, anchor ?? undefined);
    if (this.#held !== undefined && !isBusy) this.#release(this.#held);
  }

  #hold(event: SubmitEvent): void {
    const { holds, summary } = this.#state();
    if (!holds || !busy(summary)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.#held = event.submitter;
    this.#start();
  }

  #release(submitter: HTMLElement | null): void {
    this.#held = undefined;
    // Not while the value is being set: the page's own listeners run in it.
    queueMicrotask(() => this.#internals.form?.requestSubmit(submitter));
  }
}

const busy = ({ ready, pending, paused }: Summary): boolean => ready + pending + paused > 0;

function invalid({ least, holds, summary, words }: FormState): [ValidityStateFlags, string?] {
  if (summary.failed) return [{ customError: true }, words.say('unsolved')];
  if (busy(summary) && !holds) return [{ customError: true }, words.say('unfinished')];
  if (summary.kept < least) return [{ valueMissing: true }, words.say('too-few', { n: least })];
  return [{}];
}
