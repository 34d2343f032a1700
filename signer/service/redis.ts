import type { Redis } from 'ioredis';
import type { Claims } from './webhook.ts';

/**
 * A connection to Redis or Valkey. A request never waits for one that is down: what needs it does without.
 *
 * @param url `redis://…`, or `rediss://…` with TLS
 * @throws {Error} when `ioredis`, an optional dependency, is not installed
 */
export async function connectRedis(url: string, onError: (error: Error) => void): Promise<Redis> {
  const { Redis } = await import('ioredis').catch((cause: unknown) => {
    throw new Error('SIGNER_REDIS_URL needs ioredis: npm install ioredis', { cause });
  });
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    connectTimeout: 3_000,
    commandTimeout: 1_000,
    retryStrategy: (times) => Math.min(times * 200, 5_000),
  });
  // Once for each loss, not for each try.
  let isDown = false;
  const lose = (error: Error): void => {
    if (!isDown) onError(error);
    isDown = true;
  };
  redis.on('error', lose);
  redis.on('reconnecting', () => lose(new Error('The connection to Redis was lost.')));
  redis.on('ready', () => {
    isDown = false;
  });
  return redis;
}

/** Seconds for which copies of the signer know what the application was told: as long as tickets may hold. */
const REMEMBERED = 604_800;

const TOLD = 'told';

/**
 * What copies of the signer know of each other's webhooks. A copy that dies while it tells of an object leaves no more than
 * a lease, which ends. While Redis is away, the application is told once too often.
 */
export function claims(redis: Redis): Claims {
  const nameOf = (id: string): string => `s3-uploader:${id}`;
  return {
    async begin(id, lease) {
      try {
        if ((await redis.set(nameOf(id), 'being told', 'PX', lease, 'NX')) === 'OK') return 'ours';
        return (await redis.get(nameOf(id))) === TOLD ? 'told' : 'theirs';
      } catch {
        return 'ours';
      }
    },
    finish: (id) => redis.set(nameOf(id), TOLD, 'EX', REMEMBERED).catch(() => undefined),
    giveUp: (id) => redis.del(nameOf(id)).catch(() => undefined),
  };
}
