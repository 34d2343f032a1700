import type { WorkerReply } from './worker-client.ts';

/**
 * A worker's side of `worker.ts`: does each job that comes, and answers by the port that came with it.
 *
 * @param work gets a signal that is aborted once nobody waits for the job any more
 */
export function serveJobs<Job>(
  work: (job: Job, signal: AbortSignal) => Promise<{ value: unknown; transfer?: Transferable[] }>,
): void {
  addEventListener('message', ({ data, ports: [port] }: MessageEvent<Job>) => {
    const controller = new AbortController();
    port!.onmessage = () => controller.abort();
    const answer = (answer: WorkerReply, transfer: Transferable[] = []): void => port!.postMessage(answer, transfer);
    work(data, controller.signal).then(
      ({ value, transfer }) => answer({ value }, transfer),
      ({ name, message, code }: Error & { code?: string }) =>
        answer({ error: { name, message, ...(typeof code === 'string' && { code }) } }),
    );
  });
}
