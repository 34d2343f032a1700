import type { diagnose, SilentRequest, SilentRequests } from './diagnosis.ts';
import type { UploadError } from './errors.ts';
import type { Load } from './lazy.ts';
import { abortable } from './network.ts';
import { checkReadable } from './readable.ts';
import type { SendOptions } from './send.ts';

/** Milliseconds after which a cause is not looked for, as the code for that does not arrive. */
const LOAD_TIMEOUT_MS = 10_000;

/** Options of {@link createNoResponseCheck}. */
export interface NoResponseOptions extends Pick<SendOptions, 'send' | 'signal' | 'connections'> {
  /** Loads the code that looks for the cause. */
  readonly load: Load;
}

/**
 * Looks for the cause of an error without a response.
 *
 * @param request undefined if the error is not of a request to the storage
 * @param isLastResort whether a response that the page may not read is the cause at once, as other ways have failed
 * @returns whether the host responds to other requests; false if unknown
 * @throws {UploadError} `file-changed`, `csp`, `config` or `cors` when that is the cause
 */
type NoResponseCheck = (error: UploadError, request?: SilentRequest, isLastResort?: boolean) => Promise<boolean>;

/** The check for the requests of one file, or of one part. */
export function createNoResponseCheck(file: File, options: NoResponseOptions): NoResponseCheck {
  const past: SilentRequests = { unanswered: 0, unsent: 0, unreadable: 0 };
  return async (error, request, isLastResort = false) => {
    if (error.status !== undefined) return false;
    await checkReadable(file, error.phase);
    if (!error.sent || !request) return false;
    const { signal, load } = options;
    const limited = AbortSignal.any([signal, AbortSignal.timeout(LOAD_TIMEOUT_MS)]);
    const chunk = await abortable<{ diagnose?: typeof diagnose }>(limited, (resolve) => {
      load(() => import('./diagnosis.ts'), limited, true).then(resolve, resolve);
    }).catch(() => undefined);
    signal.throwIfAborted();
    return !!(await chunk?.diagnose?.(error, { ...request, isLastResort }, past, file, options));
  };
}
