import { ProblemError } from './problem.ts';

/** Seconds after which a client may retry while the storage is busy. */
const RETRY_AFTER_SECONDS = 1;

/**
 * Milliseconds after which a request to the storage ends, with all its retries.
 *
 * - `quick`: what S3 answers within milliseconds. A third of the 15 s that `<s3-uploader>` waits for a signer.
 * - `complete`: CompleteMultipartUpload, for which S3 may take minutes. S3 goes on after the end of the connection, and a
 *   repeated `/complete` finds the object.
 * - `copy`: CopyObject or UploadPartCopy of up to 5 GB within the storage.
 */
const TIMEOUTS_MS = { quick: 5_000, complete: 60_000, copy: 120_000 };

/** A kind of request, which decides how long it may take. */
export type CallKind = keyof typeof TIMEOUTS_MS;

/**
 * Requests that run at the same time, 100 in total. Each kind has its own slots, so that slow requests never delay quick ones.
 */
const SLOTS: Record<CallKind, number> = { quick: 60, complete: 20, copy: 20 };

/** Milliseconds for which a request waits for a slot. A batch of 100 multipart uploads needs some more slots than there are. */
const MAX_WAIT_MS = 2_000;
/** Maximum requests of a kind that wait for a slot, which bounds the memory. */
const MAX_WAITING = 1_000;

/**
 * Runs a request to the storage within the limits of its kind. The request must end when the signal is aborted.
 *
 * @throws {ProblemError} 503 `storage-busy` if it took too long, or if too many are under way
 */
export type CallStorage = <T>(kind: CallKind, send: (signal: AbortSignal) => Promise<T>) => Promise<T>;

/** Makes the function through which every request to the storage goes. */
export function createStorageCalls(): CallStorage {
  const slots = {
    quick: createSlots(SLOTS.quick),
    complete: createSlots(SLOTS.complete),
    copy: createSlots(SLOTS.copy),
  };
  return async function callStorage(kind, send) {
    const { acquire, release } = slots[kind];
    await acquire();
    const signal = AbortSignal.timeout(TIMEOUTS_MS[kind]);
    try {
      // The race ends also what ignores the signal, such as credentials that never arrive.
      return await Promise.race([send(signal), rejectedBy(signal)]);
    } catch (cause) {
      throw signal.aborted ? storageBusy(cause) : cause;
    } finally {
      release();
    }
  };
}

/** The problem of a storage that does not respond in time. */
export const storageBusy = (cause?: unknown): ProblemError =>
  new ProblemError(503, 'storage-busy', 'The storage is busy.', {
    cause,
    headers: { 'Retry-After': String(RETRY_AFTER_SECONDS) },
  });

const rejectedBy = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
  );

function createSlots(count: number) {
  let free = count;
  /** Starts the requests that wait, the first one first. */
  const waiting = new Set<() => void>();

  return {
    /** @throws {ProblemError} 503 if no slot becomes free in time */
    async acquire(): Promise<void> {
      if (free > 0) {
        free--;
        return;
      }
      if (waiting.size >= MAX_WAITING) throw storageBusy();
      await new Promise<void>((resolve, reject) => {
        const start = (): void => {
          clearTimeout(timer);
          waiting.delete(start);
          resolve();
        };
        const timer = setTimeout(() => {
          waiting.delete(start);
          reject(storageBusy());
        }, MAX_WAIT_MS);
        waiting.add(start);
      });
    },

    /** Passes the slot on to the next request that waits. */
    release(): void {
      const [next] = waiting;
      if (next) next();
      else free++;
    },
  };
}
