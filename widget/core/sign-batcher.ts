import type { FileInfo } from './item.ts';
import { abortable } from './network.ts';
import type { CallOptions } from './retrying-call.ts';
import type { UploadGrant } from './sign.ts';
import type { UploaderOptions } from './uploader-options.ts';

/** The most files of one request, as the contract allows. */
const SIGN_BATCH_FILES = 100;
/** The next batch is signed when fewer than this many upcoming files have a signature. */
const MIN_FILES_AHEAD = 50;
/**
 * A file of this many bytes or more may go up in parts, as is the signer's default from 16 MiB. It is not signed ahead:
 * that would open a multipart upload before it is needed, and one more request costs little beside its bytes.
 */
export const MIN_MULTIPART_BYTES = 16 * 2 ** 20;
/** Bytes of files that one batch reads ahead of their turn, to compute checksums. */
const MAX_READ_AHEAD_BYTES = 16 * 2 ** 20;

/** Called before each wait of a request for signatures. */
export type OnWait = NonNullable<CallOptions['onWait']>;

/** Returns the grant of a file, or throws why there is none. */
export type Answer = () => UploadGrant;

/** Whether a file has a signature; `unreadable` when its checksum could not be computed. */
export type SignatureState = 'none' | 'valid' | 'expired' | 'unreadable';

export interface BatchRequest extends Pick<CallOptions, 'onWait' | 'isWanted'> {
  /** Answers the run that waits for this file, if there is one. */
  answer(id: string, answer: Answer): void;
}

/** What the batcher needs of its cache. */
export interface BatchSigner {
  stateOf(id: string): SignatureState;
  /**
   * Signs files in one request and keeps their grants.
   *
   * @throws the error of all files that are not answered yet
   */
  sign(files: readonly FileInfo[], request: BatchRequest): Promise<void>;
}

interface Waiter {
  file: FileInfo;
  onWait: OnWait;
  settle(answer: Answer): void;
}

/** Decides which files are signed together: those that wait for their signature, and those whose turn comes next. */
export class SignBatcher {
  readonly #signer: BatchSigner;
  readonly #options: () => Pick<UploaderOptions, 'sign' | 'checksum'>;
  readonly #upcoming: () => Iterable<FileInfo>;
  readonly #waiters = new Map<string, Waiter>();
  #isSigning = false;

  /** @param upcoming files whose turn comes next, in order */
  constructor(
    signer: BatchSigner,
    options: () => Pick<UploaderOptions, 'sign' | 'checksum'>,
    upcoming: () => Iterable<FileInfo>,
  ) {
    this.#signer = signer;
    this.#options = options;
    this.#upcoming = upcoming;
  }

  /**
   * Signs a file, with the next batch.
   *
   * @throws {UploadError} of phase `sign` when all attempts have failed; the signal's reason when aborted
   */
  async sign(file: FileInfo, signal: AbortSignal, onWait: OnWait): Promise<UploadGrant> {
    let waiter: Waiter | undefined;
    // another run of the same file may wait by now
    const leave = (): unknown => this.#waiters.get(file.id) === waiter && this.#waiters.delete(file.id);
    try {
      const answer = abortable<Answer>(signal, (resolve) => {
        const settle = (answer: Answer): void => {
          leave();
          resolve(answer);
        };
        this.#waiters.set(file.id, (waiter = { file, onWait, settle }));
        void this.signAhead();
      });
      return (await answer)();
    } finally {
      leave();
    }
  }

  /** Signs the files that wait, and upcoming ones if too few have a signature. */
  async signAhead(): Promise<void> {
    if (this.#isSigning) return;
    this.#isSigning = true;
    // files that are added one by one in this turn share a request
    await Promise.resolve();
    for (let batch = this.#nextBatch(); batch.length; batch = this.#nextBatch()) {
      const isAnswered = await this.#sign(batch);
      // after a failure nothing is signed ahead: the next file that needs a signature requests it
      if (!isAnswered && !this.#waiters.size) break;
    }
    this.#isSigning = false;
  }

  #nextBatch(): FileInfo[] {
    const { sign, checksum } = this.#options();
    const { batchSize = SIGN_BATCH_FILES } = sign;
    const batch = new Map<string, FileInfo>();
    for (const { file } of this.#waiters.values()) if (batch.size < batchSize) batch.set(file.id, file);
    let ahead = 0;
    let bytes = 0;
    for (const file of this.#upcoming()) {
      if (batch.size === batchSize || ahead === batchSize) break;
      const state = this.#signer.stateOf(file.id);
      // an expired signature is renewed along with a file that waits, never for its own sake
      if (state === 'valid' || (state === 'expired' && !this.#waiters.size)) ahead += 1;
      else if (file.size < MIN_MULTIPART_BYTES && state !== 'unreadable') {
        if (checksum && (bytes += file.size) > MAX_READ_AHEAD_BYTES) break;
        batch.set(file.id, file);
      }
    }
    return this.#waiters.size || ahead < Math.min(MIN_FILES_AHEAD, batchSize) ? [...batch.values()] : [];
  }

  /** @returns whether the signer has answered */
  async #sign(batch: readonly FileInfo[]): Promise<boolean> {
    const waiters = (): Waiter[] => batch.flatMap(({ id }) => this.#waiters.get(id) ?? []);
    try {
      await this.#signer.sign(batch, {
        onWait: (wait) => waiters().forEach(({ onWait }) => onWait(wait)),
        isWanted: () => waiters().length > 0,
        answer: (id, answer) => this.#waiters.get(id)?.settle(answer),
      });
      return true;
    } catch (error) {
      const answer = (): never => {
        throw error;
      };
      for (const { settle } of waiters()) settle(answer);
      return false;
    }
  }
}
