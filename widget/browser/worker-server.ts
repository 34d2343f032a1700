import type { WorkerReply } from './worker-client.ts';

/**
 * The worker's side of {@link WorkerClient}: does each job that arrives, and replies by the port that came with the job.
 *
 * @param work does a job; its signal is aborted when the page no longer needs the result
 */
export function serveJobs<Job>(
  work: (job: Job, signal: AbortSignal) => Promise<{ value: unknown; transfer?: Transferable[] }>,
): void {
  addEventListener('message', ({ data, ports: [port] }: MessageEvent<Job>) => {
    const controller = new AbortController();
    // the only message by this port is `abort`
    port!.onmessage = () => controller.abort();
    const reply = (message: WorkerReply, transfer: Transferable[] = []): void => port!.postMessage(message, transfer);
    work(data, controller.signal).then(
      ({ value, transfer }) => reply({ value }, transfer),
      (error: unknown) => {
        const { name, message, code } = error as Error & { code?: unknown };
        reply({ error: { name, message, code: typeof code === 'string' ? code : undefined } });
      },
    );
  });
}
