import type { Context } from 'hono';
import type { Redis } from 'ioredis';
import type { Caller } from '../core/caller.ts';
import type { CountedUpload, Limiter, LimitExceeded } from '../core/limiter.ts';
import { ProblemError } from '../core/problem.ts';
import { networkOf } from './client-address.ts';
import { PLACE_RETRY_SECONDS, type Charge, type Places, type QuotaStore, type Taken } from './quota-store.ts';
import { quotasInMemory } from './quotas-in-memory.ts';
import { quotasInRedis } from './quotas-in-redis.ts';
import { resolveQuotas, type Maximum, type Quotas } from './quotas.ts';

export type { Quotas } from './quotas.ts';

/** Options of `createLimits`. */
export interface LimitsOptions {
  quotas: Quotas;
  /** The bucket's name. Signers that share a Redis count together if they have the same bucket. */
  bucket: string;
  /** Counts for all signers that share it, see `connectRedis`. Default: each signer counts in its own memory. */
  redis?: Redis;
  /**
   * What happens while Redis is unavailable or refuses to count. `memory`: each signer counts in its own memory, so the
   * limits are looser. `refuse`: requests get a 503 (`limits-unavailable`). Default `memory`.
   */
  redisFailure?: 'memory' | 'refuse';
  /** Returns the client's address, see `clientAddress`. Clients without one count as a single client. */
  clientAddress: (c: Context) => string | undefined;
}

const MINUTE_IN_SECONDS = 60;
const DAY_IN_SECONDS = 86_400;

/** Seconds after which a client may retry while Redis is unavailable: the longest wait between two reconnections. */
const UNAVAILABLE_RETRY_AFTER_SECONDS = 5;

/** Code and detail of a 429. */
type Problem = Omit<LimitExceeded, 'retryAfter'>;

/** A quota that starts again after a period. */
interface Quota extends Maximum {
  /** In the names of its counters. */
  kind: string;
  seconds: number;
  ownProblem: Problem;
  totalProblem: Problem;
  /** What an aborted upload returns. */
  returned: (upload: CountedUpload) => number;
}

const RATE_LIMITED = { code: 'rate-limited', message: 'Too many requests. Wait before you retry.' };
const ALL_BUSY = { code: 'rate-limited', message: 'Too many people are uploading. Try again in a minute.' };
const quotaExceeded = (message: string): Problem => ({ code: 'quota-exceeded', message });
const ALL_USED = quotaExceeded('No more files are accepted today.');

const NOTHING_TAKEN: Taken = { release: async () => undefined };

/** Creates a limiter that counts per owner, or per client address if the owner has no id, and in total. */
export function createLimits({ quotas, bucket, redis, redisFailure, clientAddress }: LimitsOptions): Limiter {
  const maximums = resolveQuotas(quotas);
  const requests: Quota = {
    ...maximums.requests,
    kind: 'requests',
    seconds: MINUTE_IN_SECONDS,
    ownProblem: RATE_LIMITED,
    totalProblem: ALL_BUSY,
    returned: () => 0,
  };
  const failures: Quota = { ...requests, kind: 'failures', total: Infinity };
  const files: Quota = {
    ...maximums.files,
    kind: 'files',
    seconds: DAY_IN_SECONDS,
    ownProblem: quotaExceeded(`You may upload ${maximums.files.own} files a day.`),
    totalProblem: ALL_USED,
    returned: () => 1,
  };
  const bytes: Quota = {
    ...maximums.bytes,
    kind: 'bytes',
    seconds: DAY_IN_SECONDS,
    ownProblem: quotaExceeded(`You may upload ${maximums.bytes.own} bytes a day.`),
    totalProblem: ALL_USED,
    returned: ({ size }) => size,
  };

  const memory = quotasInMemory();
  const shared = redis && quotasInRedis(redis, `s3-uploader:{${bucket}}:`);

  /** @throws {ProblemError} 503 if Redis fails and `onFailure` is `refuse` */
  const count = async <T>(work: (store: QuotaStore) => Promise<T>, onFailure = redisFailure): Promise<T> => {
    if (!shared) return work(memory);
    try {
      return await work(shared);
    } catch (cause) {
      if (onFailure !== 'refuse') return work(memory);
      throw new ProblemError(503, 'limits-unavailable', 'The limits cannot be checked at the moment.', {
        cause,
        headers: { 'Retry-After': String(UNAVAILABLE_RETRY_AFTER_SECONDS) },
      });
    }
  };

  const addressOf = (c: Context): string => `address:${networkOf(clientAddress(c) ?? 'unknown')}`;
  const nameOf = (c: Context, { owner }: Caller): string => (owner ? `owner:${owner}` : addressOf(c));

  const take = async (
    charges: readonly CountedCharge[],
    places: readonly CountedPlaces[] = [],
    uploads: readonly CountedUpload[] = [],
    onFailure = redisFailure,
  ): Promise<Taken | LimitExceeded> => {
    if (charges.length === 0 && (places.length === 0 || uploads.length === 0)) return NOTHING_TAKEN;
    const placed = uploads.map((each) => ({ key: each.key, points: charges.map(({ returned }) => returned(each)) }));
    const taken = await count((store) => store.take({ charges, places, uploads: placed }), onFailure);
    // If Redis has become unavailable, what was taken there stays counted.
    if (!('refused' in taken)) return { release: () => taken.release().catch(() => undefined) };
    return { ...[...charges, ...places][taken.refused]!.problem, retryAfter: taken.retryAfter };
  };

  return {
    async countFailure(c) {
      // A client that failed to authenticate gets its 401 also while Redis is unavailable.
      return limitOf(await take(chargesOf(failures, 1, addressOf(c)), [], [], 'memory'));
    },

    async countRequests(c, caller, number) {
      return limitOf(await take(chargesOf(requests, number, nameOf(c, caller))));
    },

    async reserve(c, caller, demand) {
      const name = nameOf(c, caller);
      const charges = [...chargesOf(files, demand.files, name), ...chargesOf(bytes, demand.bytes, name)];
      return take(charges, placesOf(maximums.openMultiparts, name), demand.multiparts);
    },

    async keepMultipart(c, caller, key, expires) {
      const places = placesOf(maximums.openMultiparts, nameOf(c, caller));
      if (places.length === 0) return undefined;
      const full = await count((store) => store.keep(key, places, expires * 1000));
      return full === undefined ? undefined : { ...places[full]!.problem, retryAfter: PLACE_RETRY_SECONDS };
    },

    async closeMultipart(key, isUnused) {
      await memory.close(key, isUnused);
      // While Redis is unavailable, the place expires there.
      await shared?.close(key, isUnused).catch(() => undefined);
    },
  };
}

/** A charge, with the problem of a request that exceeds it. */
interface CountedCharge extends Charge, Pick<Quota, 'returned'> {
  problem: Problem;
}

/** What a request adds to the counter of the owner and to that of all callers. Nothing, if there is no limit. */
function chargesOf(quota: Quota, points: number, name: string): CountedCharge[] {
  const { kind, seconds, own, total, ownProblem, totalProblem, returned } = quota;
  const charge = (counter: Charge['counter'], max: number, problem: Problem): CountedCharge[] =>
    points > 0 && max < Infinity ? [{ counter, max, seconds, points, problem, returned }] : [];
  return [...charge([kind, name], own, ownProblem), ...charge([`total-${kind}`, 'all'], total, totalProblem)];
}

/** Places, with the problem of a request that finds none free. */
interface CountedPlaces extends Places {
  problem: Problem;
}

function placesOf({ own, total }: Maximum, name: string): CountedPlaces[] {
  const tooManyOpen = `You may have ${own} large uploads open at a time. Finish or cancel one.`;
  return [
    { name, max: own, problem: quotaExceeded(tooManyOpen) },
    { name: 'all', max: total, problem: quotaExceeded('Too many large uploads are open.') },
  ].filter(({ max }) => max < Infinity);
}

const limitOf = (taken: Taken | LimitExceeded): LimitExceeded | undefined => ('release' in taken ? undefined : taken);
