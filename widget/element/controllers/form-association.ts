import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { isSettled } from '../../core/item.ts';
import type { FormControl, FormControlHost, FormControlOptions } from '../form-control.ts';
import type { LazyLoader } from '../lazy.ts';
import { visibleButton } from '../visible-button.ts';
import type { LanguageController } from './language.ts';

interface FormAssociationOptions extends Omit<FormControlOptions, 'findAnchor'> {
  readonly loader: LazyLoader;
  readonly language: LanguageController;
}

/**
 * The element as a control of a form: its value and validity, and a submit that waits for uploads. The rules are a chunk of
 * their own; until it is there, the element is rather invalid than submitted without its files.
 */
export class FormAssociation implements ReactiveController {
  readonly #host: ReactiveControllerHost & FormControlHost;
  readonly #options: FormAssociationOptions;
  #control?: FormControl;
  /** The message from `setCustomValidity`. */
  #customMessage = '';
  /** The last button that was found for the browser's message. */
  #anchor?: HTMLElement;
  #listeners = new AbortController();

  constructor(host: ReactiveControllerHost & FormControlHost, options: FormAssociationOptions) {
    this.#host = host;
    this.#options = options;
    // a submit, or `reportValidity()`, has found the element invalid
    host.addEventListener('invalid', () => void this.load().then((control) => control.showMessage()));
    host.addController(this);
  }

  hostConnected(): void {
    this.#listeners = new AbortController();
    const { signal } = this.#listeners;
    this.#host
      .getRootNode()
      .addEventListener('submit', (event) => void this.#onSubmit(event), { capture: true, signal });
    this.validate();
  }

  hostDisconnected(): void {
    this.#listeners.abort();
  }

  hostUpdated(): void {
    const { states, validity } = this.current;
    states[validity.valid ? 'delete' : 'add']('invalid');
  }

  /** The element's internals, with the validity of this moment. */
  get current(): ElementInternals {
    this.#anchor = undefined;
    this.validate();
    return this.#options.internals;
  }

  set customMessage(message: string) {
    this.#customMessage = message;
    this.validate();
  }

  /** Sets the validity, and the value once in a while or at once where it must be `isExact`. */
  validate(isExact?: boolean): void {
    const { internals, language, state } = this.#options;
    if (this.#control) {
      this.#control.sync(this.#customMessage, isExact);
      return;
    }
    const isUploading = this.#isBusy && internals.form;
    const message =
      this.#customMessage ||
      (isUploading || state().minFiles ? language.localizer.term(isUploading ? 'unfinished' : 'choose-one') : '');
    const flag = this.#customMessage || isUploading ? 'customError' : 'valueMissing';
    internals.setValidity({ [flag]: !!message }, message, message ? this.#findAnchor() : undefined);
  }

  /**
   * Finds where the browser shows its message. The last result is kept until the next draw, or until the page asks for the
   * validity, because the search forces a layout.
   */
  readonly #findAnchor = (): HTMLElement | undefined => {
    if (!this.#anchor?.isConnected) this.#anchor = visibleButton(this.#host);
    return this.#anchor;
  };

  /** Whether files are to be stored and are not yet. */
  get #isBusy(): boolean {
    // The search begins at the end: files are stored in order, so the last ones are usually not stored yet.
    return this.#options.state().isAdding || !!this.#host.files.findLast((item) => !isSettled(item));
  }

  /** Loads the rules of a form control. */
  async load(): Promise<FormControl> {
    const { FormControl } = await this.#options.loader.load(() => import('../form-control.ts'));
    if (!this.#control) {
      this.#control = new FormControl(this.#host, { ...this.#options, findAnchor: this.#findAnchor });
      this.#options.language.add(this.#control);
      this.validate();
    }
    return this.#control;
  }

  /** Forgets a submit that waits, and one that has found the element invalid. */
  reset(): void {
    this.#control?.reset();
  }

  readonly #onSubmit = async (event: Event): Promise<void> => {
    if (event.target !== this.#options.internals.form || !this.#host.holdSubmit || !this.#isBusy) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const control = this.#control ?? (await this.load());
    control.holdSubmit((event as SubmitEvent).submitter);
    this.validate();
  };
}
