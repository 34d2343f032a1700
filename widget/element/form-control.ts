import { isSettled, isUnfinished, type UploadItem } from '../core/item.ts';
import { enFiles } from '../locales/en-files.ts';
import type { Labels } from '../locales/labels.ts';
import type { UploaderHost } from '../view/host.ts';
import { Localizer } from '../view/localizer.ts';

/** Milliseconds between two submissions' values while files come in: ten thousand values are not copied ten thousand times. */
const PATIENCE = 1000;

/** A submit that is held back, by its form and its button. */
interface Held {
  readonly form: HTMLFormElement | null;
  readonly submitter: HTMLElement | null;
}

/** The tag as a control of a form: its value, whether it may be submitted, and, held back, when. */
export class FormControl {
  readonly #tag: UploaderHost;
  readonly #internals: ElementInternals;
  /** Says something to a screen reader. */
  readonly #tell: (text: string) => void;
  #words = new Localizer('en', enFiles);
  #copied = -PATIENCE;
  #held: Held | undefined;

  constructor(tag: UploaderHost, internals: ElementInternals, tell: (text: string) => void) {
    this.#tag = tag;
    this.#internals = internals;
    this.#tell = tell;
  }

  /** Says what is missing in a language; where `labels` has no words, in English. */
  speak(lang: string, labels: Partial<Labels>): void {
    this.#words = new Localizer(lang, { ...enFiles, ...labels });
  }

  /**
   * Brings the form up to the files.
   *
   * @param custom the page's own words against a submit.
   * @param isExact whether the value must be that of just now, as for a page that is told of it.
   */
  sync(custom: string, isExact = false): void {
    const { name, value, files, isTaking } = this.#tag;
    const isBusy = isTaking || files.some(isUnfinished);
    if (!isBusy || isExact || performance.now() - this.#copied > PATIENCE) {
      this.#copied = performance.now();
      const data = new FormData();
      if (name) for (const entry of value) data.append(name, entry);
      const stored = files.flatMap((item) => (item.status === 'done' ? { ...item, ...item.result } : []));
      // the browser gives it back when it brings back the page
      this.#internals.setFormValue(data, JSON.stringify(stored));
    }
    const [flags, message, place] = custom ? [{ customError: true }, custom] : this.#invalid(isBusy);
    this.#internals.setValidity(flags, message, message ? (place ?? this.#anchor) : undefined);
    if (this.#held && !isTaking && files.every(isSettled)) this.#release(this.#held);
  }

  /** Keeps back a submit until all is stored, or taken from the list. */
  hold(submitter: HTMLElement | null): void {
    this.#held = { form: this.#internals.form, submitter };
    this.#tag.upload();
    const hasFailed = this.#tag.files.some(({ status }) => status === 'failed');
    this.#tell(this.#words.term(hasFailed ? 'unsolved' : 'unfinished'));
  }

  /** Nothing is to be submitted any more. */
  drop(): void {
    this.#held = undefined;
  }

  #invalid(isBusy: boolean): [ValidityStateFlags, string?, HTMLElement?] {
    const { files, required, minFiles, holdSubmit, held, valueFormat } = this.#tag;
    const words = this.#words;
    const least = Math.max(minFiles ?? 0, required ? 1 : 0);
    if (files.some(({ status }) => status === 'failed')) return [{ customError: true }, words.term('unsolved')];
    if (held) return [{ customError: true }, held.message, held.control];
    if (isBusy && !holdSubmit) return [{ customError: true }, words.term('unfinished')];
    if (valueFormat === 'receipt' && files.some(lacksReceipt)) {
      return [{ customError: true }, words.term('setup', { code: valueFormat })];
    }
    if (files.filter(counts).length < least) return [{ valueMissing: true }, words.term('too-few', { n: least })];
    return [{}];
  }

  /** Where the browser points: it can point only at what it shows. */
  get #anchor(): HTMLElement | undefined {
    const buttons = [...this.#tag.shadowRoot!.querySelectorAll('button')];
    return buttons.find(({ offsetParent }) => offsetParent) ?? buttons[0];
  }

  #release({ form, submitter }: Held): void {
    this.#held = undefined;
    // Not while the value is being set: the page's own listeners run in it.
    queueMicrotask(() => {
      if (form !== this.#internals.form) return;
      // a button may have gone meanwhile
      const isThere = (submitter as HTMLButtonElement | null)?.form === form;
      form?.requestSubmit(isThere ? submitter : null);
    });
  }
}

/** Whether it is stored, or is to be. */
const counts = (item: UploadItem): boolean => isUnfinished(item) || item.status === 'done';

/** Whether it is stored and cannot be submitted as it is asked for. */
const lacksReceipt = (item: UploadItem): boolean => item.status === 'done' && !item.result.receipt;
