import { UploadError } from './errors.ts';
import { delay, type Network, PROBE_INTERVAL_MS, untilOnline } from './network.ts';

/**
 * Milliseconds from which the first wait is drawn; it doubles with each further one. The AWS SDKs use 50 and 1,000: a
 * visitor's one connection needs no such hurry after it was lost.
 */
const RETRY_BASE_MS = { transient: 500, throttle: 1_000 };
/** Milliseconds of the longest wait, as in the AWS SDKs' standard retry. */
const MAX_WAIT_MS = 20_000;
/**
 * Maximum number of attempts of one request, by the failure:
 * - `answered`: the storage responds with an error.
 * - `silent`: no response, and the host cannot be reached. Enough for some ten minutes, since a network comes back and an
 *   error response rarely does.
 * - `broken`: the connection breaks, or a proxy responds, although the host can be reached.
 * - `signer`: the signer responds with an error. As many, since the file cannot be sent without it.
 * - `corrupt`: the bytes did not match their checksum. Two more, each of which reads the file again.
 */
const MAX_ATTEMPTS = { answered: 5, silent: 50, broken: 10, signer: 50, corrupt: 3 };
/** Tokens that all requests of one queue share, and the cost of a retry, as in the AWS SDKs since 2026. */
const QUOTA_TOKENS = 500;
const RETRY_TOKENS = { transient: 14, throttle: 5 };
/** Milliseconds of the longest wait that a storage, and a signer, may ask for. */
const MAX_STORAGE_HINT_MS = 60_000;
const MAX_SIGNER_HINT_MS = 120_000;

/**
 * The retries of a whole queue, as tokens. When they are spent, one request at a time is repeated, every 20 seconds: a
 * storage in trouble is spared, and ten thousand files do not fail in one burst.
 */
export class RetryQuota extends EventTarget {
  #tokens = QUOTA_TOKENS;
  #lastWait: Promise<unknown> = Promise.resolve();
  /** Dispatches `wake` when the visitor does not want to wait. */
  readonly impatience = new EventTarget();

  /**
   * Spends tokens. Waits its turn if too few are left.
   *
   * @throws the signal's reason when aborted
   */
  async spend(tokens: number, signal: AbortSignal): Promise<void> {
    if (this.#tokens < tokens) {
      const wait = this.#lastWait.then(() =>
        this.#tokens < tokens ? delay(PROBE_INTERVAL_MS, signal, this) : undefined,
      );
      this.#lastWait = wait.catch(() => {});
      await wait;
    }
    this.#tokens = Math.max(0, this.#tokens - tokens);
  }

  /** Ends all waits, even those that a server asked for: the visitor wants it. */
  endWaits(): void {
    this.refund(QUOTA_TOKENS);
    this.impatience.dispatchEvent(new Event('wake'));
  }

  /** Returns tokens, which ends the current wait. */
  refund(tokens: number): void {
    this.#tokens = Math.min(QUOTA_TOKENS, this.#tokens + tokens);
    this.dispatchEvent(new Event('wake'));
  }
}

/** Options of {@link Retry}. */
export interface RetryOptions {
  /** Tokens of the queue's retries. */
  readonly quota: RetryQuota;
  /** Retries wait while it is offline. */
  readonly network: Network;
  /** Aborts the waits. */
  readonly signal: AbortSignal;
  /** Maximum number of attempts, whatever the failures. Default: by the kind of failure only. */
  readonly attempts?: number;
  /** Called before each wait. `attempt` is the number of failed attempts; `delay` is in milliseconds. */
  readonly onWait?: (wait: { reason: 'retry' | 'offline'; attempt: number; delay: number; error: UploadError }) => void;
}

/** The attempts of one request. */
export class Retry {
  readonly #options: RetryOptions;
  readonly #failures: (keyof typeof MAX_ATTEMPTS)[] = [];
  #spentTokens = 0;
  /** Waits since the last progress that counted no attempt. */
  #offlineWaits = 0;
  #throttledWaits = 0;

  constructor(options: RetryOptions) {
    this.#options = options;
  }

  /** How many attempts have failed since the last progress. */
  get failed(): number {
    return this.#failures.length;
  }

  /**
   * Waits until the request may be repeated: exponentially with full jitter, and at least as long as the server asked.
   * No attempt is counted while the network is offline, and while a storage only asks to slow down.
   *
   * @param isReachable whether the host responds to other requests. Default: unknown.
   * @throws {UploadError} the error itself, when repeating cannot help; the error with `retry: 'never'`, when its attempts
   *   are used up. The signal's reason when aborted.
   */
  async waitAfter(error: UploadError, isReachable = false): Promise<void> {
    const { quota, network, signal, onWait, attempts = Infinity } = this.#options;
    const { retry } = error;
    if (retry !== 'transient' && retry !== 'throttle') throw error;
    if (error.status === undefined && !network.online && !isReachable) {
      onWait?.({ reason: 'offline', attempt: this.failed, delay: 0, error });
      return untilOnline(network, signal, this.#offlineWaits++);
    }
    if (retry === 'throttle' && error.phase !== 'sign' && attempts === Infinity) this.#throttledWaits += 1;
    else {
      const kind = kindOf(error, isReachable);
      this.#failures.push(kind);
      const failedAlike = this.#failures.filter((other) => other === kind).length;
      if (failedAlike >= MAX_ATTEMPTS[kind] || this.failed >= attempts) throw final(error);
    }
    const waits = this.failed + this.#throttledWaits;
    const jitter = Math.random() * Math.min(RETRY_BASE_MS[retry] * 2 ** (waits - 1), MAX_WAIT_MS);
    const maxHint = error.phase === 'sign' ? MAX_SIGNER_HINT_MS : MAX_STORAGE_HINT_MS;
    const hint = Math.min(error.retryAfter ?? 0, maxHint);
    const wait = Math.max(jitter, hint);
    onWait?.({ reason: 'retry', attempt: waits, delay: wait, error });
    await quota.spend(RETRY_TOKENS[retry], signal);
    this.#spentTokens += RETRY_TOKENS[retry];
    // a network that comes back ends the wait, but not one that the server asked for
    await delay(wait, signal, quota.impatience, ...(hint ? [] : [network]));
  }

  /** The request succeeded: it gets all its attempts back, and the queue its tokens. */
  succeed(): void {
    this.#options.quota.refund(this.#spentTokens || 1);
    this.#failures.length = this.#spentTokens = this.#offlineWaits = this.#throttledWaits = 0;
  }
}

const kindOf = ({ status, phase, code, sent }: UploadError, isReachable: boolean): keyof typeof MAX_ATTEMPTS => {
  if (status === undefined && !isReachable) return 'silent';
  // a response of a proxy has a status, too
  if (sent) return 'broken';
  if (status === undefined) return 'silent';
  if (phase === 'sign') return 'signer';
  return code === 'corrupt' ? 'corrupt' : 'answered';
};

/** The same error, not to be retried any more, not even by the caller of the request. */
const final = (error: UploadError): UploadError =>
  new UploadError(error.code, error.message, { ...error, cause: error.cause, retry: 'never' });
