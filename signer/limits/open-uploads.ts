import type { Redis } from 'ioredis';

/** Counts the multipart uploads that are neither completed nor aborted, for each name that they count against. */
export interface OpenUploads {
  /** Adds uploads under the name. Adds none and returns false if there would be more than `max`. */
  open(name: string, keys: readonly string[], max: number): Promise<boolean>;
  /** Removes an upload from all names. May be called more than once for a key. */
  close(key: string): Promise<void>;
}

/** @param lifetimeSeconds seconds after which an upload that was never completed or aborted no longer counts */
export function openUploadsInMemory(lifetimeSeconds: number): OpenUploads {
  // By key. All have the same lifetime, so the map's order is that of their expiry.
  const uploads = new Map<string, { names: Set<string>; expiresAt: number }>();
  return {
    async open(name, keys, max) {
      const now = Date.now();
      for (const [key, { expiresAt }] of uploads) {
        if (expiresAt > now) break;
        uploads.delete(key);
      }
      const open = [...uploads.values()].filter(({ names }) => names.has(name));
      if (open.length + keys.length > max) return false;
      for (const key of keys) {
        const { names } = uploads.get(key) ?? { names: new Set<string>() };
        uploads.set(key, { names: names.add(name), expiresAt: now + lifetimeSeconds * 1000 });
      }
      return true;
    },
    async close(key) {
      uploads.delete(key);
    },
  };
}

/**
 * Opens uploads in one step. KEYS: the set of the name's uploads, then each upload's set of names. ARGV: the current time
 * and the expiry in milliseconds, the maximum, the name, then each upload's key.
 */
const OPEN = `
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
if redis.call('ZCARD', KEYS[1]) + #KEYS - 1 > tonumber(ARGV[3]) then return 0 end
for i = 2, #KEYS do
  redis.call('ZADD', KEYS[1], ARGV[2], ARGV[i + 3])
  redis.call('SADD', KEYS[i], ARGV[4])
  redis.call('PEXPIREAT', KEYS[i], ARGV[2])
end
if #KEYS > 1 then redis.call('PEXPIREAT', KEYS[1], ARGV[2]) end
return 1`;

/**
 * The same for all signers that share a Redis. While Redis is unavailable, uploads are counted in memory.
 *
 * @param prefix prefix of the keys in Redis
 * @param lifetimeSeconds as for `openUploadsInMemory`
 */
export function openUploadsInRedis(redis: Redis, prefix: string, lifetimeSeconds: number): OpenUploads {
  const memory = openUploadsInMemory(lifetimeSeconds);
  const uploadsOf = (name: string): string => `${prefix}open:${name}`;
  const namesOf = (key: string): string => `${prefix}opened:${key}`;
  return {
    async open(name, keys, max) {
      const now = Date.now();
      const expiresAt = now + lifetimeSeconds * 1000;
      const redisKeys = [uploadsOf(name), ...keys.map(namesOf)];
      try {
        const opened = await redis.eval(OPEN, redisKeys.length, ...redisKeys, now, expiresAt, max, name, ...keys);
        return opened === 1;
      } catch {
        return memory.open(name, keys, max);
      }
    },
    async close(key) {
      await memory.close(key);
      try {
        const names = await redis.smembers(namesOf(key));
        await Promise.all([...names.map((name) => redis.zrem(uploadsOf(name), key)), redis.del(namesOf(key))]);
      } catch {
        // Redis is unavailable. The entry expires there.
      }
    },
  };
}
