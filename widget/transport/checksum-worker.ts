import { checksum } from '../core/checksum.ts';
import type { Answer, Job, Order } from './digest.ts';

/** The worker's side of {@link digest}: sums up what it is given, and drops what nobody waits for any more. */

const jobs = new Map<number, AbortController>();

addEventListener('message', ({ data: order }: MessageEvent<Order>) => {
  if ('data' in order) void sum(order);
  else jobs.get(order.id)?.abort();
});

async function sum({ id, data, algorithm }: Job): Promise<void> {
  const controller = new AbortController();
  jobs.set(id, controller);
  try {
    answer({ id, value: await checksum(data, algorithm, controller.signal) });
  } catch (error) {
    answer({ id, error: String(error) });
  }
  jobs.delete(id);
}

const answer = (message: Answer): void => postMessage(message);
