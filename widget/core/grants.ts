import { checkGrant } from './check-grant.ts';
import { isUploadError, UploadError } from './errors.ts';
import type { FileInfo } from './item.ts';
import { Retry, type RetryOptions } from './retry.ts';
import type { Grant, Refusal, Sign } from './sign.ts';

/** Files in one signing request, as the contract allows. */
const BATCH = 100;
/** Ask again when fewer than this many files in a row are signed. */
const LOW = 50;
/**
 * Files up to this many bytes are signed ahead of their turn. A larger one is worth its own round trip, and may be a
 * multipart upload, which nobody should open before it is needed.
 */
const AHEAD = 16 * 2 ** 20;
/** Milliseconds a signer may take to answer. */
const SIGN_TIMEOUT = 15_000;
/** Milliseconds a signature is taken for expired early, so that it does not expire on its way. */
const EARLY = 60_000;
/** Milliseconds a signature holds where the signer does not say. */
const LIFETIME = 900_000;

export type Granted = Exclude<Grant, Refusal>;

/** How grants wait: as any request, but each file that waits is told. */
type OnWait = NonNullable<RetryOptions['onWait']>;

interface Waiter {
  file: FileInfo;
  onWait: OnWait;
  resolve(grant: Granted): void;
  reject(error: unknown): void;
}

interface Held {
  grant: Grant;
  isFresh(): boolean;
}

export interface GrantsOptions {
  /** Read at each request, so that a new signer counts for what is not signed yet. */
  sign(): Sign;
  allowedHosts(): readonly string[] | undefined;
  /** Files whose turn comes next, in order. */
  upcoming(): Iterable<FileInfo>;
  retry: RetryOptions;
}

/**
 * The signatures of one queue: asked for in batches, ahead of need, never long before, and never used after their time.
 */
export class Grants {
  readonly #held = new Map<string, Held>();
  readonly #waiting = new Map<string, Waiter>();
  readonly #options: GrantsOptions;
  #asking = false;

  constructor(options: GrantsOptions) {
    this.#options = options;
  }

  /**
   * A grant that holds now; the same one as before while it does.
   *
   * @throws {UploadError} of phase `sign`: the tries are spent already
   */
  async take(file: FileInfo, signal: AbortSignal, onWait: OnWait): Promise<Granted> {
    const held = this.#held.get(file.id);
    if (held?.isFresh()) {
      void this.#ask();
      return this.#granted(file.id, held.grant);
    }
    const again = held && 'again' in held.grant && held.grant.again;
    if (again) {
      const [grant] = await this.#request((signal) => again(signal).then((grant) => [grant]), signal, onWait);
      this.#hold(grant!);
      return this.#granted(file.id, grant!);
    }
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const leave = (): void => {
        this.#waiting.delete(file.id);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', leave, { once: true });
      const settle =
        <T>(end: (value: T) => void) =>
        (value: T): void => {
          signal.removeEventListener('abort', leave);
          this.#waiting.delete(file.id);
          end(value);
        };
      this.#waiting.set(file.id, { file, onWait, resolve: settle(resolve), reject: settle(reject) });
      void this.#ask();
    });
  }

  /** The storage says that its time is over, whatever the clocks say. */
  expire(id: string): void {
    const held = this.#held.get(id);
    if (held) held.isFresh = () => false;
  }

  /** What is held for the file, for whoever must free it; it is held no longer. */
  drop(id: string): Grant | undefined {
    const grant = this.#held.get(id)?.grant;
    this.#held.delete(id);
    return grant;
  }

  /** Puts back a grant that an earlier page had. */
  adopt(grant: Granted): void {
    this.#hold(grant);
  }

  #granted(id: string, grant: Grant): Granted {
    if (!('error' in grant)) return grant;
    this.#held.delete(id);
    throw refusal(grant);
  }

  #hold(grant: Grant): void {
    const lifetime = (('lifetime' in grant && grant.lifetime) || LIFETIME) - EARLY;
    // both clocks: one stands still while the machine sleeps, the other can be set back
    const [wall, steady] = [Date.now() + lifetime, performance.now() + lifetime];
    this.#held.set(grant.id, { grant, isFresh: () => Date.now() < wall && performance.now() < steady });
  }

  async #ask(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    // files that are added one by one in this turn share one request
    await Promise.resolve();
    for (let batch = this.#batch(); batch.length && (await this.#sign(batch));) batch = this.#batch();
    this.#asking = false;
  }

  #batch(): FileInfo[] {
    const batch = new Map<string, FileInfo>();
    for (const { file } of this.#waiting.values()) if (batch.size < BATCH) batch.set(file.id, file);
    let ahead = 0;
    for (const file of this.#options.upcoming()) {
      if (batch.size === BATCH || ahead === BATCH) break;
      if (this.#held.get(file.id)?.isFresh()) ahead += 1;
      else if (file.size <= AHEAD) batch.set(file.id, file);
    }
    return this.#waiting.size || ahead < LOW ? [...batch.values()] : [];
  }

  /** @returns whether to go on asking */
  async #sign(batch: readonly FileInfo[]): Promise<boolean> {
    const waiters = (): Waiter[] => batch.flatMap(({ id }) => this.#waiting.get(id) ?? []);
    try {
      const grants = await this.#request(
        (signal) => this.#options.sign()(batch, { signal }),
        this.#options.retry.signal,
        (wait) => waiters().forEach(({ onWait }) => onWait(wait)),
        () => waiters().length > 0,
      );
      const byId = new Map(grants.map((grant) => [grant.id, grant]));
      for (const { id } of batch) {
        const grant = byId.get(id);
        if (grant) this.#hold(grant);
        const waiter = this.#waiting.get(id);
        if (!waiter) continue;
        if (!grant) waiter.reject(badAnswer(`the signer's answer has no file with the id "${id}"`));
        else if ('error' in grant) waiter.reject(refusal(this.drop(id) as Refusal));
        else waiter.resolve(grant);
      }
      return true;
    } catch (error) {
      const failed = waiters();
      failed.forEach(({ reject }) => reject(error));
      // with nobody left to tell, the next file in need asks again
      return failed.length > 0;
    }
  }

  async #request(
    sign: (signal: AbortSignal) => Promise<readonly Grant[]>,
    signal: AbortSignal,
    onWait: OnWait,
    isWanted = () => true,
  ): Promise<readonly Grant[]> {
    const retry = new Retry({ ...this.#options.retry, signal, onWait });
    for (;;) {
      const timeout = AbortSignal.timeout(SIGN_TIMEOUT);
      try {
        const grants = await sign(AbortSignal.any([signal, timeout]));
        for (const grant of grants) checkGrant(grant, this.#options.allowedHosts());
        retry.succeed();
        return grants;
      } catch (cause) {
        signal.throwIfAborted();
        const error = signError(cause, timeout.aborted);
        if (!isWanted()) throw error;
        await retry.after(error);
      }
    }
  }
}

function signError(cause: unknown, timedOut: boolean): UploadError {
  if (isUploadError(cause)) return cause;
  // the words fetch has for a dead line in Chromium, Firefox and WebKit; any other error is a bug, and stays one
  const isLine = timedOut || (cause instanceof TypeError && /fetch|network|load failed/i.test(cause.message));
  return new UploadError('signer-unreachable', `the signer gave no answer: ${String(cause)}`, {
    phase: 'sign',
    retry: isLine ? 'transient' : 'never',
    cause,
  });
}

const badAnswer = (message: string): UploadError => new UploadError('bad-signer-response', message, { phase: 'sign' });

/** The signer's own codes that say what the tag's codes say. */
const REFUSALS = ['file-too-large', 'file-too-small', 'file-type', 'too-many-files', 'total-too-large'] as const;

function refusal({ error }: Refusal): UploadError {
  const code = REFUSALS.find((known) => known === error.code) ?? 'signer-refused';
  return new UploadError(code, `the signer refused the file (${error.code}): ${error.message}`, {
    phase: 'sign',
    limit: error.limit,
  });
}
