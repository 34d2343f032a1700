import type { Load } from '../core/load.ts';
import type { ChecksumAlgorithm } from '../core/protocol.ts';
import type { Digest } from '../core/send-file.ts';

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
  const url = new URL('./checksum-worker.js', import.meta.url);
  try {
    const started = new Worker(trusted(url.origin === location.origin ? url.href : fromElsewhere(url)), {
      type: 'module',
    });
    started.addEventListener('message', ({ data }: MessageEvent<Answer>) => {
      const job = jobs.get(data.id);
      if ('value' in data) job?.resolve(data.value);
      else job?.reject(new Error(data.error));
    });
    started.addEventListener('error', () => {
      worker = null;
      for (const { reject } of jobs.values()) reject(NO_WORKER);
    });
    return started;
  } catch {
    return null;
  }
}

/** No browser starts a worker of another origin, but one of the page's own may import it. */
const fromElsewhere = (url: URL): string =>
  URL.createObjectURL(new Blob([`import ${JSON.stringify(url.href)}`], { type: 'text/javascript' }));

/** A page with Trusted Types lets it be by naming this policy: `trusted-types lit-html s3-uploader`. */
const trusted = (url: string): string => {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypePolicyFactory };
  const policy = trustedTypes?.createPolicy('s3-uploader', { createScriptURL: (url) => url });
  return policy ? (policy.createScriptURL(url) as unknown as string) : url;
};

interface TrustedTypePolicyFactory {
  createPolicy(
    name: string,
    rules: { createScriptURL(url: string): string },
  ): { createScriptURL(url: string): { toString(): string } };
}
