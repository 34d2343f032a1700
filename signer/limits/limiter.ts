import type { Context } from 'hono';
import type { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, type RateLimiterAbstract } from 'rate-limiter-flexible';
import type { Limiter } from '../core/limiter.ts';
import { networkOf } from './client-address.ts';
import { openUploadsInMemory, openUploadsInRedis } from './open-uploads.ts';
import { consume, openUploadCounter, pointCounter, requestCounter, type QuotaCounter } from './quota-counters.ts';

/**
 * Quotas of each owner, or of each client address if the owner has no id, and of all callers together. 0 or undefined: no
 * limit.
 */
export interface Quotas {
  /** Requests a minute of one owner, and also of one client address, with or without an owner. */
  requestsPerMinute?: number;
  /** Files a day that are signed for one owner. */
  filesPerDay?: number;
  /** Bytes a day that are signed for one owner, whether or not they are uploaded. */
  bytesPerDay?: number;
  /** Multipart uploads of one owner that are neither completed nor aborted. */
  openMultiparts?: number;
  /** Requests a minute of all authenticated callers together. */
  totalRequestsPerMinute?: number;
  /** Files a day of all callers together. */
  totalFilesPerDay?: number;
  /** Bytes a day of all callers together. */
  totalBytesPerDay?: number;
  /** Open multipart uploads of all callers together. */
  totalOpenMultiparts?: number;
}

/** Options of `createLimits`. */
export interface LimitsOptions {
  quotas: Quotas;
  /** The bucket's name. Signers that share a Redis count together if they have the same bucket. */
  bucket: string;
  /** Counts for all signers that share it, see `connectRedis`. Default: each signer counts in its own memory. */
  redis?: Redis;
  /** Returns the client's address, see `clientAddress`. Clients without one count as a single client. */
  clientAddress: (c: Context) => string | undefined;
  /** Seconds after which an open multipart upload no longer counts. Use the signer's `ticketExpires`. */
  ticketExpires: number;
}

const MINUTE_IN_SECONDS = 60;
const DAY_IN_SECONDS = 86_400;

interface Quota extends QuotaCounter {
  /** Whether all callers count together. */
  isShared: boolean;
  /** Code and detail of the 429. */
  code: string;
  message: string;
}

const RATE_LIMITED = { code: 'rate-limited', message: 'Too many requests. Wait before you retry.' };
const ALL_BUSY = { code: 'rate-limited', message: 'Too many people are uploading. Try again in a minute.' };
const ALL_USED = { code: 'quota-exceeded', message: 'No more files are accepted today.' };
const quotaExceeded = (message: string) => ({ code: 'quota-exceeded', message });

/** Creates a limiter that counts per owner, per client address and in total. */
export function createLimits({ quotas, bucket, redis, clientAddress, ticketExpires }: LimitsOptions): Limiter {
  const prefix = `s3-uploader:${bucket}:`;
  const counter = (name: string, points: number, duration: number): RateLimiterAbstract => {
    const options = { keyPrefix: prefix + name, points, duration };
    const memory = new RateLimiterMemory(options);
    if (!redis) return memory;
    // While Redis is unavailable, each signer counts in its own memory: looser limits, but not none.
    return new RateLimiterRedis({
      ...options,
      storeClient: redis,
      insuranceLimiter: memory,
      rejectIfRedisNotReady: true,
    });
  };
  const openUploads = redis ? openUploadsInRedis(redis, prefix, ticketExpires) : openUploadsInMemory(ticketExpires);
  const addressOf = (c: Context): string => networkOf(clientAddress(c) ?? 'unknown');

  const requests = (name: string, max: number) => requestCounter(counter(name, max, MINUTE_IN_SECONDS));
  const files = (name: string, max: number) => pointCounter(counter(name, max, DAY_IN_SECONDS), ({ files }) => files);
  const bytes = (name: string, max: number) => pointCounter(counter(name, max, DAY_IN_SECONDS), ({ bytes }) => bytes);
  const multiparts = (_name: string, max: number) => openUploadCounter(openUploads, max);

  const { requestsPerMinute, filesPerDay, bytesPerDay, openMultiparts } = quotas;
  const { totalRequestsPerMinute, totalFilesPerDay, totalBytesPerDay, totalOpenMultiparts } = quotas;
  const tooManyOpen = `You may have ${openMultiparts} large uploads open at a time. Finish or cancel one.`;
  const rows = [
    [requestsPerMinute, 'requests', requests, RATE_LIMITED],
    [openMultiparts, 'multiparts', multiparts, quotaExceeded(tooManyOpen)],
    [filesPerDay, 'files', files, quotaExceeded(`You may upload ${filesPerDay} files a day.`)],
    [bytesPerDay, 'bytes', bytes, quotaExceeded(`You may upload ${bytesPerDay} bytes a day.`)],
    [totalRequestsPerMinute, 'total-requests', requests, ALL_BUSY, true],
    [totalOpenMultiparts, 'total-multiparts', multiparts, quotaExceeded('Too many large uploads are open.'), true],
    [totalFilesPerDay, 'total-files', files, ALL_USED, true],
    [totalBytesPerDay, 'total-bytes', bytes, ALL_USED, true],
  ] as const;
  const configured = rows.flatMap(([max, name, createCounter, problem, isShared = false]): Quota[] =>
    max ? [{ ...createCounter(name, max), ...problem, isShared }] : [],
  );
  const perAddress = requestsPerMinute ? counter('address', requestsPerMinute, MINUTE_IN_SECONDS) : undefined;

  const nameOf = ({ isShared }: Quota, owner: string, c: Context): string => {
    if (isShared) return 'all';
    return owner ? `owner:${owner}` : `address:${addressOf(c)}`;
  };
  return {
    // Per address and before authentication, so that tokens cannot be tried, and garbage cannot be sent, at full speed.
    async checkRequest(c) {
      const retryAfter = perAddress && (await consume(perAddress, addressOf(c), 1));
      return retryAfter === undefined ? undefined : { ...RATE_LIMITED, retryAfter };
    },

    async acquire(c, { owner }, demand) {
      const acquired: (() => Promise<unknown>)[] = [];
      for (const quota of configured) {
        const name = nameOf(quota, owner, c);
        const retryAfter = await quota.acquire(name, demand);
        if (retryAfter === undefined) {
          acquired.push(() => quota.release(name, demand));
          continue;
        }
        await Promise.all(acquired.map((release) => release()));
        const { code, message } = quota;
        return { code, message, retryAfter };
      }
      return undefined;
    },

    release: (c, { owner }, demand) =>
      Promise.all(configured.map((quota) => quota.release(nameOf(quota, owner, c), demand))),

    closeMultipart: (key) => openUploads.close(key),
  };
}
