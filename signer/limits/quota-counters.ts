import { RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible';
import type { Demand } from '../core/limiter.ts';
import type { OpenUploads } from './open-uploads.ts';

/** Counts one kind of use, for each name that it counts against. */
export interface QuotaCounter {
  /** @returns undefined, or the seconds to wait if too little is left; then nothing was reserved */
  acquire(name: string, demand: Demand): Promise<number | undefined>;
  /** Returns what was reserved. */
  release(name: string, demand: Demand): Promise<unknown>;
}

/** Seconds to wait for a place among the open uploads. One can become free at any time, so it is worth a try soon. */
const OPEN_UPLOADS_RETRY_SECONDS = 60;

/** Counts requests. A request that failed still counts. */
export const requestCounter = (counter: RateLimiterAbstract): QuotaCounter => ({
  acquire: (name) => consume(counter, name, 1),
  release: async () => undefined,
});

/** Counts points, such as files or bytes, of each demand. */
export function pointCounter(counter: RateLimiterAbstract, pointsOf: (demand: Demand) => number): QuotaCounter {
  const release = async (name: string, demand: Demand): Promise<unknown> => {
    const points = pointsOf(demand);
    return points > 0 ? counter.reward(name, points) : undefined;
  };
  return {
    async acquire(name, demand) {
      const points = pointsOf(demand);
      const secondsToWait = points > 0 ? await consume(counter, name, points) : undefined;
      if (secondsToWait !== undefined) await release(name, demand);
      return secondsToWait;
    },
    release,
  };
}

/** Counts open multipart uploads. */
export const openUploadCounter = (uploads: OpenUploads, max: number): QuotaCounter => ({
  async acquire(name, { multiparts }) {
    if (multiparts.length === 0 || (await uploads.open(name, multiparts, max))) return undefined;
    return OPEN_UPLOADS_RETRY_SECONDS;
  },
  release: (_name, { multiparts }) => Promise.all(multiparts.map((key) => uploads.close(key))),
});

/** @returns undefined, or the seconds to wait if too little was left. The points are counted in both cases. */
export async function consume(counter: RateLimiterAbstract, name: string, points: number): Promise<number | undefined> {
  try {
    await counter.consume(name, points);
    return undefined;
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) return refusal.msBeforeNext / 1000;
    throw refusal;
  }
}
