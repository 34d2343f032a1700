import type { diagnose, SilentRequest, SilentRequests } from './diagnosis.ts';
import type { UploadError } from './errors.ts';
import type { Load } from './lazy.ts';
import { abortable } from './network.ts';
import { checkReadable } from './readable.ts';
import type { SendOptions } from './send.ts';

/** Milliseconds after which a cause is not looked for, as the code for that does not arrive. */
const LOAD_TIMEOUT_MS = 10_000;

/** Options of {@link NoResponse}. */
export interface NoResponseOptions extends Pick<SendOptions, 'send' | 'signal' | 'limiter'> {
  /** Loads the code that looks for the cause. */
  readonly load: Load;
}

/** The requests of one file, or of one part, that had no response. */
export class NoResponse {
  readonly #file: File;
  readonly #options: NoResponseOptions;
  readonly #past: SilentRequests = { unanswered: 0, unsent: 0, unreadable: 0, isLastResort: false };

  constructor(file: File, options: NoResponseOptions) {
    this.#file = file;
    this.#options = options;
  }

  /** Call it when the next requests are the last attempt to avoid a response that the page may not read. */
  tryLastResort(): void {
    this.#past.isLastResort = true;
  }

  /**
   * Looks for the cause of an error without a response.
   *
   * @param request undefined if the error is not of a request to the storage
   * @returns whether the host responds to other requests; false if unknown
   * @throws {UploadError} `file-changed`, `csp`, `config` or `cors` when that is the cause
   */
  async check(error: UploadError, request: SilentRequest | undefined): Promise<boolean> {
    if (error.status !== undefined) return false;
    await checkReadable(this.#file, error.phase);
    if (!error.sent || !request) return false;
    const { signal, load } = this.#options;
    const limited = AbortSignal.any([signal, AbortSignal.timeout(LOAD_TIMEOUT_MS)]);
    const found = await abortable<typeof diagnose | undefined>(limited, (resolve) => {
      load(() => import('./diagnosis.ts'), limited, true).then(
        ({ diagnose }) => resolve(diagnose),
        () => resolve(undefined),
      );
    }).catch(() => undefined);
    signal.throwIfAborted();
    return !!found && found(error, request, this.#past, this.#file, this.#options);
  }
}
