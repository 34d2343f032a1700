import type { FileInfo } from './item.ts';
import { abortable } from './network.ts';
import type { RetryOptions } from './retry.ts';
import type { UploadGrant } from './sign.ts';

/** Maximum number of files of one request, as the contract allows. */
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
export type OnWait = NonNullable<RetryOptions['onWait']>;

/** Returns the grant of a file, or throws why there is none. */
export type Answer = () => UploadGrant | Promise<UploadGrant>;

/** A file whose turn comes next. */
export interface UpcomingFile {
  file: FileInfo;
  /** Whether the file's signature is valid; undefined when it has none. */
  isValid?: boolean;
}

interface Waiter {
  file: FileInfo;
  onWait: OnWait;
  settle(answer: Answer): void;
}

/** Knows the files that wait for their signature, and decides which files are signed together. */
export class SignBatcher {
  readonly #waiters = new Map<string, Waiter>();

  /** Whether a file waits for its signature. */
  get hasWaiters(): boolean {
    return this.#waiters.size > 0;
  }

  /**
   * Waits for the file's answer.
   *
   * @throws what the answer throws; the signal's reason when aborted
   */
  async wait(file: FileInfo, signal: AbortSignal, onWait: OnWait): Promise<UploadGrant> {
    let waiter: Waiter | undefined;
    try {
      const answer = await abortable<Answer>(signal, (settle) => {
        this.#waiters.set(file.id, (waiter = { file, onWait, settle }));
      });
      return await answer();
    } finally {
      // another run of the same file may wait by now
      if (this.#waiters.get(file.id) === waiter) this.#waiters.delete(file.id);
    }
  }

  /** The waiters of a batch. */
  waitersOf(batch: readonly FileInfo[]): readonly Waiter[] {
    return batch.flatMap(({ id }) => this.#waiters.get(id) ?? []);
  }

  /** Answers the run that waits for this file, if there is one. */
  settle(id: string, answer: Answer): void {
    this.#waiters.get(id)?.settle(answer);
    this.#waiters.delete(id);
  }

  /**
   * The files to sign next: those that wait, and upcoming ones if too few of them have a signature.
   *
   * @param upcoming in order, without those that cannot be read
   * @param isRead whether the files are read, for their checksums
   * @param batchSize the most files of one request, and the most that are signed ahead
   */
  next(upcoming: Iterable<UpcomingFile>, isRead: boolean, batchSize = SIGN_BATCH_FILES): readonly FileInfo[] {
    const batch = new Map<string, FileInfo>();
    for (const { file } of this.#waiters.values()) if (batch.size < batchSize) batch.set(file.id, file);
    const maxAhead = this.hasWaiters ? batchSize : Math.min(MIN_FILES_AHEAD, batchSize);
    let ahead = 0;
    let bytes = 0;
    for (const { file, isValid } of upcoming) {
      if (batch.size === batchSize || ahead === maxAhead) break;
      // an expired signature is renewed along with a file that waits, never for its own sake
      if (isValid || (isValid === false && !this.hasWaiters)) ahead += 1;
      else if (file.size < MIN_MULTIPART_BYTES) {
        if (isRead && (bytes += file.size) > MAX_READ_AHEAD_BYTES) break;
        batch.set(file.id, file);
      }
    }
    return this.hasWaiters || ahead < maxAhead ? [...batch.values()] : [];
  }
}
