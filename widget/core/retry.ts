import type { UploadError } from './errors.ts';
import { delay, type Network, PROBE_INTERVAL_MS, untilOnline } from './network.ts';

/**
 * Milliseconds the first wait is drawn from. AWS's own retry standard has 50 and 1000; a visitor's one line is in no
 * such hurry after a lost connection.
 */
const BASE = { transient: 500, throttle: 1000 };
/** The longest wait, in milliseconds, as in the AWS SDKs' standard retry. */
const LONGEST = 20_000;
/**
 * Tries of one request, by what became of the last one. Without any answer: enough for some ten minutes, since a line
 * comes back and an error page does not; and so does a signer, which nothing but this waits for. Of bytes that arrive
 * damaged: two more, as they were read anew.
 */
const ATTEMPTS = { answered: 5, silent: 50, unsigned: 50, corrupt: 3 };
/** Tokens all requests of one queue share, and what a retry costs, as in the AWS SDKs since 2026. */
const QUOTA = 500;
const COST = { transient: 14, throttle: 5 };
/** The longest wait, in milliseconds, that a storage may ask for; and a signer. */
const LONGEST_HINT = 60_000;
const LONGEST_SIGNER_HINT = 120_000;

/**
 * The retries a whole queue may spend. When they are gone, one request at a time goes out, every 20 seconds, so that a
 * storage in trouble is not stormed and ten thousand files do not fail in one burst.
 */
export class RetryQuota extends EventTarget {
  #tokens = QUOTA;
  #line: Promise<unknown> = Promise.resolve();

  async spend(cost: number, signal: AbortSignal): Promise<void> {
    if (this.#tokens < cost) {
      const turn = this.#line.then(() => (this.#tokens < cost ? delay(PROBE_INTERVAL_MS, signal, this) : undefined));
      this.#line = turn.catch(() => {});
      await turn;
    }
    this.#tokens = Math.max(0, this.#tokens - cost);
  }

  refund(tokens: number): void {
    this.#tokens = Math.min(QUOTA, this.#tokens + tokens);
    this.dispatchEvent(new Event('wake'));
  }
}

export interface RetryOptions {
  quota: RetryQuota;
  network: Network;
  signal: AbortSignal;
  /** The most tries, whatever the error. */
  attempts?: number;
  /** Told before each wait; `delay` in milliseconds. */
  onWait?: (wait: { reason: 'retry' | 'offline'; attempt: number; delay: number; error: UploadError }) => void;
}

/** The tries of one request, one after the other. */
export class Retry {
  readonly #failures: (keyof typeof ATTEMPTS)[] = [];
  #spent = 0;
  readonly #options: RetryOptions;

  constructor(options: RetryOptions) {
    this.#options = options;
  }

  /** How many tries have failed since the last progress. */
  get failed(): number {
    return this.#failures.length;
  }

  /**
   * Waits until the request may be tried again: exponential with full jitter, at least as long as the server asked, and
   * for as long as the line is down, which burns no try.
   *
   * @throws {UploadError} the error itself, when trying again cannot help; one that is not to be tried again any more,
   *   when its tries are spent
   */
  async waitAfter(error: UploadError): Promise<void> {
    const { quota, network, signal, onWait, attempts = Infinity } = this.#options;
    if (error.retry !== 'transient' && error.retry !== 'throttle') throw error;
    if (error.status === undefined && !network.online) {
      onWait?.({ reason: 'offline', attempt: this.failed, delay: 0, error });
      return untilOnline(network, signal);
    }
    const kind = kindOf(error);
    this.#failures.push(kind);
    const ofKind = this.#failures.filter((other) => other === kind).length;
    if (ofKind >= ATTEMPTS[kind] || this.failed >= attempts) throw spent(error);
    const jitter = Math.random() * Math.min(BASE[error.retry] * 2 ** (this.failed - 1), LONGEST);
    const hint = Math.min(error.retryAfter ?? 0, error.phase === 'sign' ? LONGEST_SIGNER_HINT : LONGEST_HINT);
    const wait = Math.max(jitter, hint);
    onWait?.({ reason: 'retry', attempt: this.failed, delay: wait, error });
    await quota.spend(COST[error.retry], signal);
    this.#spent += COST[error.retry];
    // a line that comes back ends the wait, but never one that the server asked for
    await delay(wait, signal, hint ? undefined : network);
  }

  /** The request went through: the tries are fresh again, and the queue gets its tokens back. */
  succeed(): void {
    this.#options.quota.refund(this.#spent || 1);
    this.#failures.length = this.#spent = 0;
  }
}

const kindOf = ({ status, phase, code }: UploadError): keyof typeof ATTEMPTS => {
  if (status === undefined) return 'silent';
  if (phase === 'sign') return 'unsigned';
  return code === 'corrupt' ? 'corrupt' : 'answered';
};

/** The same error, whose tries are over: whoever has asked for it is not to ask again. */
const spent = (error: UploadError): UploadError => error.as({ retry: 'never' });
