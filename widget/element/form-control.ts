import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { isSettled, isUnfinished, type UploadItem } from '../core/item.ts';
import { enForm } from '../locales/en-form.ts';
import type { Localizer } from '../view/localizer.ts';
import type { ValueFormat } from './form-value.ts';
import { ValidationText } from './validation-text.ts';

/** Milliseconds between two values of the form during uploads: each one is a copy of all entries. */
const VALUE_INTERVAL_MS = 1_000;

/** The members of the element that the form control uses. */
export interface FormControlHost extends HTMLElement, ReactiveControllerHost {
  readonly files: readonly UploadItem[];
  readonly value: readonly string[];
  readonly name?: string;
  readonly valueFormat?: ValueFormat;
  readonly holdSubmit: boolean;
  upload(): void;
}

/** The state of the element that decides on the form's validity. */
export interface FormState {
  /** Whether files were picked that are not in the list yet. */
  readonly isAdding: boolean;
  /** Minimum number of files that must be stored or in upload. */
  readonly minFiles: number;
  /** The first file that waits for its fields to be filled in. */
  readonly incomplete: IncompleteFile | undefined;
}

/** A file whose fields are not all filled in. */
export interface IncompleteFile {
  /** The browser's own message for the invalid field. */
  readonly message: string;
  /** The field, if it is on screen. */
  readonly control: HTMLElement | undefined;
}

/** The element's services for its form control. */
export interface FormControlOptions {
  readonly internals: ElementInternals;
  readonly state: () => FormState;
  /** Shows why a submit waits; an empty text when none does. */
  readonly showNotice: (text: string) => void;
  /** Finds the button where the browser shows why the form cannot be submitted. */
  readonly findAnchor: () => HTMLElement | undefined;
}

/** A submit that waits for uploads. */
interface HeldSubmit {
  readonly form: HTMLFormElement | null;
  readonly submitter: HTMLElement | null;
}

/** The rules of the element as a control of a form: its value, its validity, and a submit that waits for uploads. */
export class FormControl implements ReactiveController {
  readonly #host: FormControlHost;
  readonly #options: FormControlOptions;
  #localizer!: Localizer;
  /** When the form last got a value, on the monotonic clock. */
  #valueSetAt = -VALUE_INTERVAL_MS;
  #heldSubmit: HeldSubmit | undefined;
  readonly #validationText: ValidationText;

  constructor(host: FormControlHost, options: FormControlOptions) {
    this.#host = host;
    this.#options = options;
    this.#validationText = new ValidationText(host.shadowRoot!, options.internals);
    host.addController(this);
  }

  hostConnected(): void {
    document.addEventListener('htmx:configRequest', this.#onHtmxRequest);
  }

  hostDisconnected(): void {
    document.removeEventListener('htmx:configRequest', this.#onHtmxRequest);
  }

  setLanguage(localizer: Localizer): void {
    this.#localizer = localizer.withEnglish(enForm);
  }

  /**
   * Updates value and validity from the files, and continues a submit that waited for them.
   *
   * @param customMessage from `setCustomValidity`
   * @param isExact whether the value must be set now, as for a listener that reads it
   */
  sync(customMessage: string, isExact = false): void {
    const { files } = this.#host;
    const { internals, state, findAnchor, showNotice } = this.#options;
    const { isAdding } = state();
    const isUploading = isAdding || files.some(isUnfinished);
    if (!isUploading || isExact || performance.now() - this.#valueSetAt > VALUE_INTERVAL_MS) this.#setValue();
    const [flags, message, anchor] = customMessage ? [{ customError: true }, customMessage] : this.#fault(isUploading);
    internals.setValidity(flags, message, message ? (anchor ?? findAnchor()) : undefined);
    this.#validationText.update(customMessage ? '' : this.#localizer.lang);
    if (this.#heldSubmit && !isAdding && files.every(isSettled)) this.#submit(this.#heldSubmit);
    internals.states[this.#heldSubmit ? 'add' : 'delete']('held');
    showNotice(this.#heldSubmit ? this.#localizer.term(files.some(hasFailed) ? 'unsolved' : 'submit-held') : '');
  }

  /** Holds a submit until every file is stored or removed. */
  holdSubmit(submitter: HTMLElement | null): void {
    this.#heldSubmit = { form: this.#options.internals.form, submitter };
    this.#host.upload();
  }

  /** Shows the validation message below the drop area until the element is valid. */
  showMessage(): void {
    this.#validationText.isWanted = true;
    this.#host.requestUpdate();
  }

  /** Drops a submit that waits, and hides the validation message. */
  reset(): void {
    this.#heldSubmit = undefined;
    this.#validationText.isWanted = false;
    this.#host.requestUpdate();
  }

  /**
   * Puts the value into a request of htmx 1. It takes every control with `files` for a file input, and sends these in place
   * of the value. https://v1.htmx.org/events/#htmx:configRequest
   */
  readonly #onHtmxRequest = (event: Event): void => {
    const { parameters } = (event as CustomEvent<{ parameters: Record<string, unknown> }>).detail;
    const { files, name, value } = this.#host;
    const entries = name ? parameters[name] : undefined;
    const items = new Set<unknown>(files);
    // other controls may have the same name
    if (Array.isArray(entries) && entries.some((entry) => items.has(entry))) {
      parameters[name!] = entries.flatMap((entry) => (entry === files[0] ? value : items.has(entry) ? [] : [entry]));
    }
  };

  #setValue(): void {
    const { name, value, files } = this.#host;
    this.#valueSetAt = performance.now();
    const data = new FormData();
    if (name) for (const entry of value) data.append(name, entry);
    const stored = files.flatMap((item) => (item.status === 'done' ? { ...item, ...item.result } : []));
    // the second argument is the state that the browser restores when the visitor comes back to the page
    this.#options.internals.setFormValue(data, JSON.stringify(stored));
  }

  /** Why the form cannot be submitted, if it cannot. */
  #fault(isUploading: boolean): [ValidityStateFlags, string?, HTMLElement?] {
    const { files, holdSubmit, valueFormat } = this.#host;
    const { minFiles, incomplete } = this.#options.state();
    const localizer = this.#localizer;
    if (files.some(hasFailed)) return [{ customError: true }, localizer.term('unsolved')];
    if (incomplete) return [{ customError: true }, incomplete.message, incomplete.control];
    if (isUploading && !holdSubmit) return [{ customError: true }, localizer.term('unfinished')];
    if (valueFormat === 'receipt' && files.some(lacksReceipt)) {
      return [{ customError: true }, localizer.term('setup', { code: valueFormat })];
    }
    if (files.filter(counts).length < minFiles) {
      return [{ valueMissing: true }, localizer.term('too-few', { n: minFiles })];
    }
    return [{}];
  }

  #submit({ form, submitter }: HeldSubmit): void {
    this.#heldSubmit = undefined;
    // in a microtask: the page's submit listeners must not run inside a setter of this element
    queueMicrotask(() => {
      if (form !== this.#options.internals.form) return;
      // the button may have left the form meanwhile
      const isInForm = (submitter as HTMLButtonElement | null)?.form === form;
      form?.requestSubmit(isInForm ? submitter : null);
    });
  }
}

const hasFailed = ({ status }: UploadItem): boolean => status === 'failed';

/** Whether the file counts towards the minimum number of files. */
const counts = (item: UploadItem): boolean => isUnfinished(item) || item.status === 'done';

/** Whether the file is stored, but cannot be submitted by its receipt. */
const lacksReceipt = (item: UploadItem): boolean => item.status === 'done' && !item.result.receipt;
