import { html, nothing, type TemplateResult } from 'lit';
import type { UploadError } from '../core/errors.ts';
import { isReachable } from '../core/probe.ts';
import type { Localizer } from './localizer.ts';
import type { RetryCountdown } from './retry-countdown.ts';
import type { SignerWait } from './signer-wait.ts';

/** The dependencies of a {@link ServerWait}. */
export interface ServerWaitOptions {
  /** Knows when the next attempt is. */
  readonly countdown: RetryCountdown;
  /** Ends the wait of a file, and so the wait of all. */
  readonly tryNow: (id: string) => void;
  /** Announces a sentence to screen readers. */
  readonly announce: (sentence: string) => void;
  /** Called when it is known whether the visitor's connection is lost. */
  readonly redraw: () => void;
}

/** The state of all files while the signer does not answer, with a button that ends the wait. */
export class ServerWait {
  readonly #options: ServerWaitOptions;
  #isShown = false;
  /** The error without a response that was looked into last. */
  #probed?: UploadError;
  /** Whether the server of the page does not answer either. */
  #isLineLost = false;

  constructor(options: ServerWaitOptions) {
    this.#options = options;
  }

  /** @param item a file that waits for the signer; undefined if none does */
  template(item: SignerWait | undefined, localizer: Localizer): TemplateResult | typeof nothing {
    const { countdown, tryNow, announce } = this.#options;
    const wasShown = this.#isShown;
    this.#isShown = !!item;
    if (!item) return nothing;
    const text = this.#text(item, countdown.secondsLeft(item), localizer);
    // once, without the seconds
    if (!wasShown) announce(localizer.term('retrying'));
    const onClick = (): void => {
      countdown.end(item);
      tryNow(item.id);
    };
    return html`<div part="notice" class="total">
      <div class="details status">${text}</div>
      <div class="actions">
        <button part="total-button try-now" @click=${onClick}>${localizer.term('try-now')}</button>
      </div>
    </div>`;
  }

  #text({ error }: SignerWait, seconds: number, localizer: Localizer): string {
    if (error.status) this.#isLineLost = false;
    else if (error !== this.#probed) void this.#probe(error);
    if (this.#isLineLost) return localizer.term('waiting');
    return seconds > 0 ? localizer.term('retry-in', { n: seconds }) : localizer.term('retrying');
  }

  /** Asks the page's own server, to tell a signer that does not answer from a connection that is lost. */
  async #probe(error: UploadError): Promise<void> {
    this.#probed = error;
    const responds = isReachable(new URL(document.baseURI), new AbortController().signal, 'HEAD');
    // a page whose policy blocks the request says nothing about the connection
    this.#isLineLost = !(await responds.catch(() => true));
    this.#options.redraw();
  }
}
