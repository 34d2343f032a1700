import { css } from 'lit';

const sheet = css`
  :host(:state(user-invalid)) .drop {
    border-color: var(--_danger);
  }
  :host(:is([layout='avatar'], [layout='compact']):state(user-invalid)) .drop {
    outline: 2px solid var(--_danger);
    outline-offset: 2px;
  }
  :host([layout='compact']:state(user-invalid)) .drop {
    inline-size: fit-content;
  }
  :host([layout='avatar']) .invalid {
    text-align: center;
  }
`;

/**
 * The element's validation message below its drop area, from the first attempt to submit the form until the element is valid.
 * The browser's own message is gone after some seconds.
 */
export class ValidationText {
  /** Whether an attempt has found the element invalid, and it has not been valid since. */
  isWanted = false;
  readonly #root: ShadowRoot;
  readonly #internals: ElementInternals;
  readonly #text = Object.assign(document.createElement('div'), {
    id: 'invalid',
    className: 'problem invalid',
    dir: 'auto',
  });

  constructor(root: ShadowRoot, internals: ElementInternals) {
    this.#root = root;
    this.#internals = internals;
    this.#text.part.add('invalid');
  }

  /**
   * Shows or hides the message, after the validity may have changed.
   *
   * @param lang the language of the message; empty for a message of the page, which has the page's language
   */
  update(lang: string): void {
    const { states, validationMessage, willValidate } = this.#internals;
    this.isWanted &&= willValidate && !!validationMessage;
    if (!this.isWanted && !states.has('user-invalid')) return;
    states[this.isWanted ? 'add' : 'delete']('user-invalid');
    const button = this.#root.querySelector('.drop button');
    button?.setAttribute('aria-describedby', this.isWanted ? 'hint invalid' : 'hint');
    if (this.isWanted) {
      if (this.#text.textContent !== validationMessage) this.#text.textContent = validationMessage;
      if (lang) this.#text.lang = lang;
      else this.#text.removeAttribute('lang');
      if (!this.#text.isConnected) this.#root.querySelector('.drop')?.after(this.#text);
      const { adoptedStyleSheets } = this.#root;
      if (!adoptedStyleSheets.includes(sheet.styleSheet!)) adoptedStyleSheets.push(sheet.styleSheet!);
    } else this.#text.remove();
  }
}
