import type { Context } from 'hono';
import type { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible';
import { networkOf } from './client-address.ts';
import type { Authorize, Demand, Excess, Limiter, Principal, SignerEvent } from './options.ts';
import { ProblemError } from './problem.ts';

/** Zero or absent: no limit. */
export interface Quotas {
  /** Of one owner, and of one client address, each. */
  requestsPerMinute?: number | undefined;
  /** Of one owner, or of one client address where owners have no name. */
  filesPerDay?: number | undefined;
  /** As signed for, whether or not they were sent. */
  bytesPerDay?: number | undefined;
  openMultiparts?: number | undefined;
  /** Of all together. */
  totalFilesPerDay?: number | undefined;
  totalBytesPerDay?: number | undefined;
}

export interface LimitsOptions {
  quotas: Quotas;
  /** Counts for all signers that share it; without it each counts on its own. */
  redis?: Redis | undefined;
  clientAddress: (c: Context) => string | undefined;
  /** Seconds after which a multipart upload that nobody ended no longer counts as open: the ticket's life. */
  ticketExpires: number;
}

const MINUTE = 60;
const DAY = 86_400;

interface Quota {
  counter: RateLimiterAbstract;
  code: string;
  message: string;
  key: (principal: Principal, address: string) => string;
  points: (demand: Demand) => number;
}

/**
 * Counts what is asked for, per owner, per client address and in all. Give `limiter` and `onEvent` to the signer, and
 * wrap its `authorize`.
 */
export function createLimits({ quotas, redis, clientAddress, ticketExpires }: LimitsOptions) {
  const counter = (name: string, points: number, duration: number): RateLimiterAbstract => {
    const options = { keyPrefix: `s3-uploader:${name}`, points, duration };
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
  const addressOf = (c: Context): string => networkOf(clientAddress(c) ?? 'unknown');
  const ofOwner: Quota['key'] = ({ owner }, address) => (owner ? `owner:${owner}` : `address:${address}`);
  const ofAll: Quota['key'] = () => 'all';

  const list: Quota[] = [];
  const add = (points: number | undefined, name: string, duration: number, rest: Omit<Quota, 'counter'>): void => {
    if (points) list.push({ counter: counter(name, points, duration), ...rest });
  };
  const quota = (message: string) => ({ code: 'quota-exceeded', message });
  const { requestsPerMinute, filesPerDay, bytesPerDay, openMultiparts, totalFilesPerDay, totalBytesPerDay } = quotas;
  add(requestsPerMinute, 'requests', MINUTE, { ...RATE, key: ofOwner, points: () => 1 });
  add(openMultiparts, 'multiparts', ticketExpires, {
    ...quota(`You may have ${openMultiparts} large uploads open at a time: finish or cancel one.`),
    key: ofOwner,
    points: ({ multiparts }) => multiparts,
  });
  add(filesPerDay, 'files', DAY, {
    ...quota(`You may upload ${filesPerDay} files a day.`),
    key: ofOwner,
    points: ({ files }) => files,
  });
  add(bytesPerDay, 'bytes', DAY, {
    ...quota(`You may upload ${bytesPerDay} bytes a day.`),
    key: ofOwner,
    points: ({ bytes }) => bytes,
  });
  add(totalFilesPerDay, 'total-files', DAY, {
    ...quota('No more files are taken today.'),
    key: ofAll,
    points: ({ files }) => files,
  });
  add(totalBytesPerDay, 'total-bytes', DAY, {
    ...quota('No more files are taken today.'),
    key: ofAll,
    points: ({ bytes }) => bytes,
  });

  const limiter: Limiter = async (c, principal, demand) => {
    const address = addressOf(c);
    const taken: (() => Promise<unknown>)[] = [];
    for (const { counter, code, message, key, points } of list) {
      const wanted = points(demand);
      if (wanted === 0) continue;
      const name = key(principal, address);
      // What is refused was not used, except for the request itself.
      if (code !== RATE.code) taken.push(() => counter.reward(name, wanted));
      const wait = await consume(counter, name, wanted);
      if (wait === undefined) continue;
      await Promise.all(taken.map((giveBack) => giveBack()));
      return { code, message, retryAfter: wait };
    }
    return undefined;
  };

  const perAddress = requestsPerMinute ? counter('address', requestsPerMinute, MINUTE) : undefined;
  const multiparts = list.find(({ counter: { keyPrefix } }) => keyPrefix.endsWith(':multiparts'))?.counter;
  const closed = multiparts && counter('closed', 1, ticketExpires);

  return {
    limiter,

    /** Counts each address before anyone is asked who it is, so that nobody can try tokens as fast as he can send. */
    guard(authorize: Authorize): Authorize {
      if (!perAddress) return authorize;
      return async function limited(c, files) {
        const wait = await consume(perAddress, addressOf(c), 1);
        if (wait !== undefined) throw problem({ ...RATE, retryAfter: wait });
        return authorize(c, files);
      };
    },

    /** An upload that has ended is open no more; only once, for a ticket may be completed again and again. */
    async onEvent({ action, key = '', owner = '', method }: SignerEvent, c: Context): Promise<void> {
      if (!multiparts || !closed || method !== 'MULTIPART' || (action !== 'complete' && action !== 'abort')) return;
      const isFirst = (await consume(closed, key, 1)) === undefined;
      if (isFirst) await multiparts.reward(ofOwner({ owner }, addressOf(c)), 1);
    },
  };
}

const RATE = { code: 'rate-limited', message: 'Too many requests: slow down.' };

const problem = ({ code, message, retryAfter }: Excess): ProblemError =>
  new ProblemError(429, code, message, { headers: { 'Retry-After': String(Math.ceil(retryAfter)) } });

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
