import type { Load } from '../core/lazy.ts';
import type { ChecksumAlgorithm } from '../core/protocol.ts';
import type { ComputeChecksum } from '../core/send-file.ts';
import { WorkerClient } from './worker-client.ts';

/** What the worker is to sum up. */
export interface ChecksumJob {
  data: Blob;
  algorithm: ChecksumAlgorithm;
}

const helper = new WorkerClient(new URL('./checksum-worker.js', import.meta.url));

/**
 * Checksums off the main thread; where no worker may be, in slices between which the page lives.
 *
 * @param load loads the arithmetic for that
 */
export const checksumInWorker =
  (load: Load): ComputeChecksum =>
  (data, algorithm, signal) => {
    const job: ChecksumJob = { data, algorithm };
    const here = async (): Promise<string> =>
      (await load(() => import('../core/checksum.ts'))).checksum(data, algorithm, signal);
    return helper.run(job, here, signal);
  };
