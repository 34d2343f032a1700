import type { Load } from '../core/load.ts';
import type { ChecksumAlgorithm } from '../core/protocol.ts';
import type { Digest } from '../core/send-file.ts';
import { startWorker } from './start-worker.ts';

/** What the worker is to sum up. */
export interface Job {
  id: number;
  data: Blob;
  algorithm: ChecksumAlgorithm;
}

/** What the worker is told: a job, or that nobody waits for it any more. */
export type Order = Job | Pick<Job, 'id'>;

export type Answer = { id: number; value: string } | { id: number; error: string };

const jobs = new Map<number, { resolve(value: string): void; reject(reason: unknown): void }>();
let lastId = 0;
/** Null where a page, or its policy, lets none be. */
let worker: Worker | null | undefined;

/** The worker would not start, or has died. */
const NO_WORKER = new Error('no worker');

/**
 * Checksums off the main thread, in one worker for all tags of the page. Where none may be, they are computed on the main
 * thread in slices between which the page lives.
 *
 * @param load loads the arithmetic for that
 */
export const digest =
  (load: Load): Digest =>
  async (data, algorithm, signal) => {
    signal.throwIfAborted();
    worker ??= start();
    if (worker) {
      try {
        return await ask(worker, { data, algorithm }, signal);
      } catch (error) {
        if (error !== NO_WORKER) throw error;
      }
    }
    const { checksum } = await load(() => import('../core/checksum.ts'));
    return checksum(data, algorithm, signal);
  };

function ask(worker: Worker, job: Omit<Job, 'id'>, signal: AbortSignal): Promise<string> {
  const id = ++lastId;
  const order = (order: Order): void => worker.postMessage(order);
  const abort = (): void => {
    order({ id });
    jobs.get(id)?.reject(signal.reason);
  };
  signal.addEventListener('abort', abort);
  return new Promise<string>((resolve, reject) => {
    jobs.set(id, { resolve, reject });
    order({ id, ...job });
  }).finally(() => {
    jobs.delete(id);
    signal.removeEventListener('abort', abort);
  });
}

function start(): Worker | null {
  const started = startWorker(new URL('./checksum-worker.js', import.meta.url));
  started?.addEventListener('message', ({ data }: MessageEvent<Answer>) => {
    const job = jobs.get(data.id);
    if ('value' in data) job?.resolve(data.value);
    else job?.reject(new Error(data.error));
  });
  started?.addEventListener('error', () => {
    worker = null;
    for (const { reject } of jobs.values()) reject(NO_WORKER);
  });
  return started;
}
