import { type Load, loadOnce } from '../core/lazy.ts';
import type { ChecksumAlgorithm } from '../core/protocol.ts';
import type { ComputeChecksum } from '../core/send-file.ts';
import { WorkerClient } from './worker-client.ts';

/** A job of the checksum worker. */
export interface ChecksumJob {
  /** The bytes to compute the checksum of. */
  data: Blob;
  /** Algorithm of the checksum. */
  algorithm: ChecksumAlgorithm;
}

/**
 * Makes a function that computes checksums in a worker of its own, so that the page stays responsive. If the page does not
 * allow the worker, it computes them in slices on the main thread.
 *
 * @param load imports the code for the main thread
 */
export function checksumInWorker(load: Load = loadOnce): ComputeChecksum {
  const worker = new WorkerClient(new URL('./checksum-worker.js', import.meta.url));
  return (data, algorithm, signal) => {
    const job: ChecksumJob = { data, algorithm };
    const onMainThread = async (): Promise<string> => {
      const { checksum } = await load(() => import('../core/checksum.ts'));
      return checksum(data, algorithm, signal);
    };
    return worker.run(job, onMainThread, signal);
  };
}
