import type { Redis } from 'ioredis';

/** The multipart uploads that are open, each beneath the names it counts for. */
export interface OpenUploads {
  /** Opens all of them beneath the name, or none where there would be more than `most`. */
  open(name: string, keys: readonly string[], most: number): Promise<boolean>;
  /** Beneath whatever names; again, too. */
  close(key: string): Promise<void>;
}

/** @param lifetime seconds after which an upload that nobody has ended is open no more */
export function openUploadsInMemory(lifetime: number): OpenUploads {
  // By key, and as they live equally long, in the order in which they end.
  const uploads = new Map<string, { names: Set<string>; ends: number }>();
  return {
    async open(name, keys, most) {
      const now = Date.now();
      for (const [key, { ends }] of uploads) {
        if (ends > now) break;
        uploads.delete(key);
      }
      const open = [...uploads.values()].filter(({ names }) => names.has(name));
      if (open.length + keys.length > most) return false;
      for (const key of keys) {
        const { names } = uploads.get(key) ?? { names: new Set<string>() };
        uploads.set(key, { names: names.add(name), ends: now + lifetime * 1000 });
      }
      return true;
    },
    async close(key) {
      uploads.delete(key);
    },
  };
}

/** KEYS: the name's uploads, then each upload's names. ARGV: now, the end, the most, the name, then each upload. */
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
 * The same, for all signers that share it. While Redis is away, they are counted in memory.
 *
 * @param prefix of the keys in Redis
 */
export function openUploadsInRedis(redis: Redis, prefix: string, lifetime: number): OpenUploads {
  const memory = openUploadsInMemory(lifetime);
  const uploadsOf = (name: string): string => `${prefix}open:${name}`;
  const namesOf = (key: string): string => `${prefix}opened:${key}`;
  return {
    async open(name, keys, most) {
      const now = Date.now();
      const names = [uploadsOf(name), ...keys.map(namesOf)];
      try {
        const opened = await redis.eval(OPEN, names.length, ...names, now, now + lifetime * 1000, most, name, ...keys);
        return opened === 1;
      } catch {
        return memory.open(name, keys, most);
      }
    },
    async close(key) {
      await memory.close(key);
      try {
        const names = await redis.smembers(namesOf(key));
        await Promise.all([...names.map((name) => redis.zrem(uploadsOf(name), key)), redis.del(namesOf(key))]);
      } catch {
        // It ends by itself.
      }
    },
  };
}
