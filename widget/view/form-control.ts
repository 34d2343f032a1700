import { isPending, type UploadItem } from '../core/item.ts';
import { enMore } from '../locales/en-more.ts';
import type { Labels } from '../locales/en.ts';
import type { Tag } from './tag.ts';
import { Words } from './words.ts';

/** Milliseconds between two submissions' values while files come in: ten thousand values are not copied ten thousand times. */
const PATIENCE = 1000;

/** The tag as a control of a form: its value, whether it may be submitted, and, held back, when. */
export class FormControl {
  readonly #tag: Tag;
  readonly #internals: ElementInternals;
  #words = new Words('en', enMore);
  #custom = '';
  #copied = -PATIENCE;
  #association = new AbortController();
  /** The submit that is held back, by its button; null where there was none. */
  #held: HTMLElement | null | undefined;

  constructor(tag: Tag, internals: ElementInternals) {
    this.#tag = tag;
    this.#internals = internals;
  }

  /** Says what is missing in a language; where `labels` has no words, in English. */
  speak(lang: string, labels: Partial<Labels>): void {
    this.#words = new Words(lang, { ...enMore, ...labels });
    this.sync();
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

  sync(): void {
    const { name, value, files, shadowRoot } = this.#tag;
    const isBusy = files.some(isUnfinished);
    if (!isBusy || performance.now() - this.#copied > PATIENCE) {
      this.#copied = performance.now();
      const data = new FormData();
      if (name) for (const entry of value) data.append(name, entry);
      const stored = files.flatMap((item) => (item.status === 'done' ? { ...item, ...item.result } : []));
      // the browser gives it back when it brings back the page
      this.#internals.setFormValue(data, JSON.stringify(stored));
    }
    const [flags, message, place] = this.#custom ? [{ customError: true }, this.#custom] : this.#invalid(isBusy);
    this.#internals.setValidity(flags, message, place ?? shadowRoot?.querySelector('button') ?? undefined);
    if (this.#held !== undefined && !isBusy) this.#release(this.#held);
  }

  #invalid(isBusy: boolean): [ValidityStateFlags, string?, HTMLElement?] {
    const { files, required, minFiles, holdSubmit, held } = this.#tag;
    const least = Math.max(minFiles ?? 0, required ? 1 : 0);
    if (files.some(({ status }) => status === 'failed')) return [{ customError: true }, this.#words.say('unsolved')];
    if (held) return [{ customError: true }, held.message, held.control];
    if (isBusy && !holdSubmit) return [{ customError: true }, this.#words.say('unfinished')];
    if (files.filter(counts).length < least) return [{ valueMissing: true }, this.#words.say('too-few', { n: least })];
    return [{}];
  }

  #hold(event: SubmitEvent): void {
    // a form in a file's row is none of its own
    if (event.target !== event.currentTarget || !this.#tag.holdSubmit || !this.#tag.files.some(isUnfinished)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.#held = event.submitter;
    this.#tag.upload();
  }

  #release(submitter: HTMLElement | null): void {
    this.#held = undefined;
    // Not while the value is being set: the page's own listeners run in it.
    queueMicrotask(() => this.#internals.form?.requestSubmit(submitter));
  }
}

/** Whether it is to be stored and is not, be it that it waits for a visitor. */
const isUnfinished = (item: UploadItem): boolean =>
  isPending(item) || item.status === 'ready' || item.status === 'paused';

/** Whether it is stored, or is to be. */
const counts = (item: UploadItem): boolean => isUnfinished(item) || item.status === 'done';
