import type { UploadError } from '../core/errors.ts';
import { isReachable } from '../core/probe.ts';
import type { Localizer } from './localizer.ts';
import type { RetryCountdown } from './retry-countdown.ts';
import type { WaitingItem } from './summary.ts';

/** What concerns all files at once. It is said once, and the rows of the files stay neutral. */
export interface Banner {
  /** The sentence for the visitor. */
  readonly text: string;
  /** What a screen reader announces, without a countdown; undefined if something else announces it. */
  readonly announcement?: string;
  /** The label of the button that helps; undefined if none does. */
  readonly button?: 'resume-all' | 'try-now';
  /** What the button `try-now` does. */
  readonly onClick?: () => void;
}

/** The dependencies of a {@link ServerWait}. */
export interface ServerWaitOptions {
  /** Knows when the next attempt is. */
  readonly countdown: RetryCountdown;
  /** Ends the wait of a file, and so the wait of all. */
  readonly tryNow: (id: string) => void;
  /** Called when it is known whether the visitor's connection is lost. */
  readonly redraw: () => void;
}

/** The state of all files while a server does not answer, with a button that ends the wait. */
export class ServerWait {
  readonly #options: ServerWaitOptions;
  /** The error without a response that was looked into last. */
  #probed?: UploadError;
  /** Whether the server of the page does not answer either. */
  #isPageUnreachable = false;

  constructor(options: ServerWaitOptions) {
    this.#options = options;
  }

  /** @param item a file that waits for the server */
  banner(item: WaitingItem, localizer: Localizer): Banner {
    const { countdown, tryNow } = this.#options;
    const seconds = countdown.secondsLeft(item);
    const key = this.#isConnectionLost(item) ? 'waiting' : 'retrying';
    return {
      text: key === 'retrying' && seconds > 0 ? localizer.term('retry-in', { n: seconds }) : localizer.term(key),
      announcement: localizer.term(key),
      button: 'try-now',
      onClick() {
        countdown.end(item);
        tryNow(item.id);
      },
    };
  }

  #isConnectionLost({ error }: WaitingItem): boolean {
    if (error.status) this.#isPageUnreachable = false;
    else if (error.phase !== 'sign') return true;
    else if (error !== this.#probed) void this.#probe(error);
    return this.#isPageUnreachable;
  }

  /** Asks the page's own server, to tell a signer that does not answer from a connection that is lost. */
  async #probe(error: UploadError): Promise<void> {
    this.#probed = error;
    const responds = isReachable(new URL(document.baseURI), new AbortController().signal, 'HEAD');
    // a page whose policy blocks the request says nothing about the connection
    this.#isPageUnreachable = !(await responds.catch(() => true));
    this.#options.redraw();
  }
}
