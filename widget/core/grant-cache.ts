import { callWithRetries, type CallOptions } from './retrying-call.ts';
import { checkGrant } from './check-grant.ts';
import { UploadError } from './errors.ts';
import type { FileInfo } from './item.ts';
import { abortable } from './network.ts';
import { checkReadable } from './readable.ts';
import type { RetryOptions } from './retry.ts';
import type { Checksum, ChecksumAlgorithm } from './protocol.ts';
import type { ComputeChecksum } from './send-file.ts';
import type { RenewOptions, FileToSign, Grant, Refusal, Sign, SignOptions } from './sign.ts';

/** Files in one signing request, as the contract allows. */
const BATCH = 100;
/** Ask again when fewer than this many files in a row are signed. */
const LOW = 50;
/**
 * Files of fewer bytes than this are signed ahead of their turn. A larger one is worth its own round trip, and may be a
 * multipart upload, which nobody should open before it is needed.
 */
const AHEAD = 16 * 2 ** 20;
/** Milliseconds a signature is taken for expired early, so that it does not expire on its way; half its life at most. */
const EARLY = 60_000;
/** Milliseconds a signature holds where the signer does not say. */
const LIFETIME = 900_000;
/** Tries of freeing an upload that nobody wants. */
const ABORT_ATTEMPTS = 3;

export type Granted = Exclude<Grant, Refusal>;

/** How grants wait: as any request, but each file that waits is told. */
type OnWait = NonNullable<RetryOptions['onWait']>;

interface Waiter {
  file: FileInfo;
  onWait: OnWait;
  /** With a function that returns the grant, or throws. */
  settle(answer: () => Granted): void;
}

interface Held {
  grant: Grant;
  isFresh(): boolean;
  /** Whether PUT was asked for. */
  isPut: boolean;
  /** The storage's word that its time is over. */
  expired?: UploadError;
  /** All is sent by it, and the storage has not answered. */
  isUnanswered?: boolean | undefined;
}

export interface GrantsOptions {
  /** Read at each request, so that a new signer counts for what is not signed yet. */
  sign(): Sign;
  allowedHosts(): readonly string[] | undefined;
  /** Files whose turn comes next, in order. */
  upcoming(): Iterable<FileInfo>;
  /** The checksum that files are to be signed with, if any. */
  checksum(): ChecksumAlgorithm | undefined;
  digest: ComputeChecksum;
  /** Whether the file is still to be stored. */
  isWanted(id: string): boolean;
  retry: RetryOptions;
}

/**
 * The signatures of one queue: asked for in batches, ahead of need, never long before, and never used after their time.
 */
export class GrantCache {
  readonly #held = new Map<string, Held>();
  readonly #waiting = new Map<string, Waiter>();
  readonly #options: GrantsOptions;
  /** Ids of files that could not be read ahead of their turn. */
  readonly #unreadable = new Set<string>();
  #asking = false;
  #method: Pick<SignOptions, 'method'> | undefined;

  constructor(options: GrantsOptions) {
    this.#options = options;
  }

  /**
   * A grant that holds now; the same one as before while it does.
   *
   * @throws {UploadError} of phase `sign`: the tries are spent already
   */
  async acquire(file: FileInfo, signal: AbortSignal, onWait: OnWait): Promise<Granted> {
    const held = this.#held.get(file.id);
    if (held?.isFresh()) void this.#ask();
    const renew = held && 'renew' in held.grant && held.grant.renew;
    let grant = held?.isFresh()
      ? this.#granted(held.grant)
      : renew
        ? await this.#again(renew, { cause: held.expired }, signal, onWait).catch((error: UploadError) => {
            if (error.code !== 'upload-lost') throw error;
            // its ticket has expired, or what it was for is gone
            this.#held.delete(file.id);
            return this.#inTurn(file, signal, onWait);
          })
        : await this.#inTurn(file, signal, onWait);
    if (grant.checksum && grant.method !== 'MULTIPART' && grant.renew && file.file) {
      const checksum = await this.#checksum(file.file, grant.checksum, signal);
      grant = await this.#again(grant.renew, { checksum }, signal, onWait);
    }
    return grant;
  }

  async #again(
    again: NonNullable<Granted['renew']>,
    options: RenewOptions,
    signal: AbortSignal,
    onWait: OnWait,
  ): Promise<Granted> {
    const sign = async (signal: AbortSignal): Promise<Grant[]> => [await again(signal, options)];
    const [grant] = await this.#request(sign, { signal, onWait });
    this.#hold(grant!, false);
    return this.#granted(grant!);
  }

  /** Waits for the batch that the file is signed in. */
  async #inTurn(file: FileInfo, signal: AbortSignal, onWait: OnWait): Promise<Granted> {
    let waiter: Waiter | undefined;
    // another run of the same file may wait by now
    const leave = (): unknown => this.#waiting.get(file.id) === waiter && this.#waiting.delete(file.id);
    try {
      const answer = abortable<() => Granted>(signal, (resolve) => {
        const settle = (answer: () => Granted): void => {
          leave();
          resolve(answer);
        };
        this.#waiting.set(file.id, (waiter = { file, onWait, settle }));
        void this.#ask();
      });
      return (await answer)();
    } finally {
      leave();
    }
  }

  /** @throws {UploadError} `file-changed` when the file cannot be read */
  async #checksum(file: File, algorithm: ChecksumAlgorithm, signal: AbortSignal): Promise<Checksum> {
    try {
      return { algorithm, value: await this.#options.digest(file, algorithm, signal) };
    } catch (cause) {
      signal.throwIfAborted();
      await checkReadable(file, 'sign');
      throw cause;
    }
  }

  /** With the checksum that the page wants; of a file that may go in parts, only its name. */
  async #describe(file: FileInfo): Promise<FileToSign> {
    const algorithm = this.#options.checksum();
    if (!algorithm || !file.file) return file;
    if (file.size >= AHEAD) return { ...file, checksum: { algorithm } };
    return { ...file, checksum: await this.#checksum(file.file, algorithm, this.#options.retry.signal) };
  }

  /** The storage says that its time is over, whatever the clocks say. */
  expire(id: string, error: UploadError): void {
    const held = this.#held.get(id);
    if (held) Object.assign(held, { isFresh: () => false, expired: error });
  }

  /** Notes whether the storage owes an answer to a file that is all sent. */
  setUnanswered(id: string, isUnanswered: boolean): void {
    const held = this.#held.get(id);
    if (held) held.isUnanswered = isUnanswered;
  }

  /** Whether the file may be stored already, for all that is known. */
  isUnanswered(id: string): boolean {
    return !!this.#held.get(id)?.isUnanswered;
  }

  /** Whether a signature is held, fresh or not: the file has been begun. */
  has(id: string): boolean {
    return this.#held.has(id);
  }

  /** The file is stored, or begins anew: nothing of its signature is needed any more. */
  delete(id: string): void {
    this.#held.delete(id);
  }

  /** Nobody wants the file any more: what the storage keeps of it is freed. */
  release(id: string): void {
    const grant = this.#held.get(id)?.grant;
    this.#held.delete(id);
    if (!grant || !('abort' in grant)) return;
    void callWithRetries((signal) => grant.abort(signal), { ...this.#options.retry, attempts: ABORT_ATTEMPTS }).catch(
      () => {
        // the bucket's lifecycle rule clears what is left
      },
    );
  }

  /**
   * The storage takes no POST, says the answer to this file's: from now on the signer is asked for PUT.
   *
   * @returns false when it was for this file already
   */
  usePut(id: string): boolean {
    if (this.#held.get(id)?.isPut) return false;
    this.#method = { method: 'PUT' };
    for (const [other, { grant }] of this.#held) {
      if ('method' in grant && grant.method === 'POST') this.#held.delete(other);
    }
    return true;
  }

  /** Puts back a grant that an earlier page had. */
  adopt(grant: Granted): void {
    this.#hold(grant, false);
  }

  #granted(grant: Grant): Granted {
    if (!('error' in grant)) return grant;
    this.#held.delete(grant.id);
    throw refusal(grant);
  }

  #hold(grant: Grant, isPut: boolean): void {
    const full = ('lifetime' in grant && grant.lifetime) || LIFETIME;
    const lifetime = full - Math.min(EARLY, full / 2);
    // both clocks: one stands still while the machine sleeps, the other can be set back
    const [wall, steady] = [Date.now() + lifetime, performance.now() + lifetime];
    const before = this.#held.get(grant.id);
    const isSame = before && 'key' in before.grant && 'key' in grant && before.grant.key === grant.key;
    this.#held.set(grant.id, {
      grant,
      isPut,
      isFresh: () => Date.now() < wall && performance.now() < steady,
      isUnanswered: isSame && before.isUnanswered,
    });
  }

  async #ask(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    // files that are added one by one in this turn share one request
    await Promise.resolve();
    for (let batch = this.#batch(); batch.length; batch = this.#batch()) {
      const isSigned = await this.#sign(batch);
      // never ahead of need after a failure: the next file in need asks again
      if (!isSigned && !this.#waiting.size) break;
    }
    this.#asking = false;
  }

  #batch(): FileInfo[] {
    const batch = new Map<string, FileInfo>();
    const most = this.#options.sign().batchSize ?? BATCH;
    for (const { file } of this.#waiting.values()) if (batch.size < most) batch.set(file.id, file);
    let ahead = 0;
    let bytes = 0;
    for (const file of this.#options.upcoming()) {
      if (batch.size === most || ahead === most) break;
      const held = this.#held.get(file.id);
      // what grew old in the queue is signed again along with a file in need, never for its own sake
      if (held && (held.isFresh() || !this.#waiting.size)) ahead += 1;
      else if (file.size < AHEAD && !this.#unreadable.has(file.id)) {
        // what is read for its checksum first is no more than is soon read
        if (this.#options.checksum() && (bytes += file.size) > AHEAD) break;
        batch.set(file.id, file);
      }
    }
    return this.#waiting.size || ahead < Math.min(LOW, most) ? [...batch.values()] : [];
  }

  /** @returns whether the signer has answered */
  async #sign(batch: readonly FileInfo[]): Promise<boolean> {
    const waiters = (): Waiter[] => batch.flatMap(({ id }) => this.#waiting.get(id) ?? []);
    try {
      const files: FileToSign[] = [];
      // one after the other: together they might be more than fits into memory
      for (const file of batch) {
        try {
          files.push(await this.#describe(file));
        } catch (error) {
          this.#unreadable.add(file.id);
          this.#waiting.get(file.id)?.settle(() => {
            throw error;
          });
        }
      }
      if (!files.length) return true;
      const method = this.#method;
      const grants = await this.#request((signal) => this.#options.sign()(files, { signal, ...method }), {
        onWait: (wait) => waiters().forEach(({ onWait }) => onWait(wait)),
        isWanted: () => waiters().length > 0,
      });
      const byId = new Map(grants.map((grant) => [grant.id, grant]));
      for (const { id } of files) {
        const grant = byId.get(id);
        if (grant) this.#hold(grant, !!method);
        this.#waiting.get(id)?.settle(() => {
          if (!grant) throw badAnswer(`the signer's answer has no file with the id "${id}"`);
          return this.#granted(grant);
        });
        if (grant && !this.#options.isWanted(id)) this.release(id);
      }
      return true;
    } catch (error) {
      const answer = (): never => {
        throw error;
      };
      for (const { settle } of waiters()) settle(answer);
      return false;
    }
  }

  #request(
    sign: (signal: AbortSignal) => Promise<readonly Grant[]>,
    options: Partial<CallOptions>,
  ): Promise<readonly Grant[]> {
    return callWithRetries(
      async (signal) => {
        const grants = await sign(signal);
        for (const grant of grants) checkGrant(grant, this.#options.allowedHosts());
        return grants;
      },
      { ...this.#options.retry, ...options },
    );
  }
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
