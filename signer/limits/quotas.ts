import type { Context } from 'hono';
import type { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible';
import { networkOf } from './client-address.ts';
import { openUploadsInMemory, openUploadsInRedis, type OpenUploads } from './open-uploads.ts';
import type { Demand, Limiter } from '../core/options.ts';

/** Zero or absent: no limit. */
export interface Quotas {
  /** Of one owner, and of one client address, each. */
  requestsPerMinute?: number | undefined;
  /** Of one owner, or of one client address where owners have no name. */
  filesPerDay?: number | undefined;
  /** As signed for, whether or not they were sent. */
  bytesPerDay?: number | undefined;
  openMultiparts?: number | undefined;
  /** Of all together; requests of those who were let in. */
  totalRequestsPerMinute?: number | undefined;
  totalFilesPerDay?: number | undefined;
  totalBytesPerDay?: number | undefined;
  totalOpenMultiparts?: number | undefined;
}

export interface LimitsOptions {
  quotas: Quotas;
  /** Tells apart the signers that share a Redis: those of one bucket count together. */
  bucket: string;
  /** Counts for all signers that share it; without it each counts on its own. */
  redis?: Redis | undefined;
  clientAddress: (c: Context) => string | undefined;
  /** Seconds after which a multipart upload that nobody ended no longer counts as open: the ticket's life. */
  ticketExpires: number;
}

const MINUTE = 60;
const DAY = 86_400;

interface Quota {
  /** Whether all count together, or each owner for itself. */
  isShared?: boolean;
  code: string;
  message: string;
  /** @returns the seconds to wait where there is not enough left; then nothing was taken */
  take(who: string, demand: Demand): Promise<number | undefined>;
  giveBack(who: string, demand: Demand): Promise<unknown>;
}

const RATE = { code: 'rate-limited', message: 'Too many requests: slow down.' };
const ALL_BUSY = { code: 'rate-limited', message: 'Too many visitors at this time: come back in a minute.' };
const ALL_USED = { code: 'quota-exceeded', message: 'No more files are taken today.' };
const exceeded = (message: string) => ({ code: 'quota-exceeded', message });

/** Counts what is asked for: per owner, per client address and in all. */
export function createLimits({ quotas, bucket, redis, clientAddress, ticketExpires }: LimitsOptions): Limiter {
  const prefix = `s3-uploader:${bucket}:`;
  const counter = (name: string, points: number, duration: number): RateLimiterAbstract => {
    const options = { keyPrefix: prefix + name, points, duration };
    const memory = new RateLimiterMemory(options);
    if (!redis) return memory;
    // When Redis is away, limits are looser, but not none.
    return new RateLimiterRedis({
      ...options,
      storeClient: redis,
      insuranceLimiter: memory,
      rejectIfRedisNotReady: true,
    });
  };
  const openUploads = redis ? openUploadsInRedis(redis, prefix, ticketExpires) : openUploadsInMemory(ticketExpires);
  const addressOf = (c: Context): string => networkOf(clientAddress(c) ?? 'unknown');

  const requests = (name: string, most: number) => rate(counter(name, most, MINUTE));
  const files = (name: string, most: number) => daily(counter(name, most, DAY), ({ files }) => files);
  const bytes = (name: string, most: number) => daily(counter(name, most, DAY), ({ bytes }) => bytes);
  const multiparts = (_name: string, most: number) => open(openUploads, most);

  const { requestsPerMinute, filesPerDay, bytesPerDay, openMultiparts } = quotas;
  const { totalRequestsPerMinute, totalFilesPerDay, totalBytesPerDay, totalOpenMultiparts } = quotas;
  const few = exceeded(`You may have ${openMultiparts} large uploads open at a time: finish or cancel one.`);
  const rows = [
    [requestsPerMinute, 'requests', requests, RATE],
    [openMultiparts, 'multiparts', multiparts, few],
    [filesPerDay, 'files', files, exceeded(`You may upload ${filesPerDay} files a day.`)],
    [bytesPerDay, 'bytes', bytes, exceeded(`You may upload ${bytesPerDay} bytes a day.`)],
    [totalRequestsPerMinute, 'total-requests', requests, ALL_BUSY, true],
    [totalOpenMultiparts, 'total-multiparts', multiparts, exceeded('Too many large uploads are open.'), true],
    [totalFilesPerDay, 'total-files', files, ALL_USED, true],
    [totalBytesPerDay, 'total-bytes', bytes, ALL_USED, true],
  ] as const;
  const list = rows.flatMap(([most, name, count, words, isShared = false]): Quota[] =>
    most ? [{ ...count(name, most), ...words, isShared }] : [],
  );
  const perAddress = requestsPerMinute ? counter('address', requestsPerMinute, MINUTE) : undefined;

  const nameOf = ({ isShared }: Quota, owner: string, c: Context): string => {
    if (isShared) return 'all';
    return owner ? `owner:${owner}` : `address:${addressOf(c)}`;
  };
  return {
    /** Each address, so that nobody can try tokens, or send garbage, as fast as the line is. */
    async request(c) {
      const retryAfter = perAddress && (await consume(perAddress, addressOf(c), 1));
      return retryAfter === undefined ? undefined : { ...RATE, retryAfter };
    },

    async take(c, { owner }, demand) {
      const taken: (() => Promise<unknown>)[] = [];
      for (const quota of list) {
        const name = nameOf(quota, owner, c);
        const retryAfter = await quota.take(name, demand);
        if (retryAfter === undefined) {
          taken.push(() => quota.giveBack(name, demand));
          continue;
        }
        await Promise.all(taken.map((giveBack) => giveBack()));
        const { code, message } = quota;
        return { code, message, retryAfter };
      }
      return undefined;
    },

    giveBack: (c, { owner }, demand) =>
      Promise.all(list.map((quota) => quota.giveBack(nameOf(quota, owner, c), demand))),

    closed: (key) => openUploads.close(key),
  };
}

type Counting = Pick<Quota, 'take' | 'giveBack'>;

/** A request was made, whatever comes of it. */
const rate = (counter: RateLimiterAbstract): Counting => ({
  take: (who) => consume(counter, who, 1),
  giveBack: async () => undefined,
});

function daily(counter: RateLimiterAbstract, pointsOf: (demand: Demand) => number): Counting {
  const giveBack = async (who: string, demand: Demand): Promise<unknown> => {
    const points = pointsOf(demand);
    return points > 0 ? counter.reward(who, points) : undefined;
  };
  return {
    async take(who, demand) {
      const points = pointsOf(demand);
      const wait = points > 0 ? await consume(counter, who, points) : undefined;
      if (wait !== undefined) await giveBack(who, demand);
      return wait;
    },
    giveBack,
  };
}

const open = (uploads: OpenUploads, most: number): Counting => ({
  async take(who, { multiparts }) {
    if (multiparts.length === 0 || (await uploads.open(who, multiparts, most))) return undefined;
    // One may end at any time.
    return MINUTE;
  },
  giveBack: (_who, { multiparts }) => Promise.all(multiparts.map((key) => uploads.close(key))),
});

/** @returns the seconds to wait when there is not enough left; then it is taken all the same */
async function consume(counter: RateLimiterAbstract, key: string, points: number): Promise<number | undefined> {
  try {
    await counter.consume(key, points);
    return undefined;
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) return refusal.msBeforeNext / 1000;
    throw refusal;
  }
}
