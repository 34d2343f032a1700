import type { Redis } from 'ioredis';

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

/** Seconds for which copies of the signer know that one of them has told of an object: as long as tickets may hold. */
const REMEMBERED = 604_800;

/** For a webhook that several copies of the signer have in common. When Redis is away, it is told once too often. */
export const claims = (redis: Redis) => ({
  claim: (id: string): Promise<boolean> =>
    redis.set(`s3-uploader:${id}`, '1', 'EX', REMEMBERED, 'NX').then(
      (answer) => answer === 'OK',
      () => true,
    ),
  release: (id: string): Promise<unknown> => redis.del(`s3-uploader:${id}`).catch(() => undefined),
});
