import type { Redis } from 'ioredis';
import { PLACE_RETRY_SECONDS, UNUSED_PLACE_SECONDS, type Charge, type QuotaStore } from './quota-store.ts';

/**
 * A full Redis refuses the first write of a script if it needs memory, and no later one. So each script first deletes a key,
 * which is always allowed. Then it counts in all limits or in none. The counters are small, and all of them expire.
 *
 * The clock is that of Redis, so that the clocks of several signers need not agree.
 */
const BEGIN = `
redis.call('DEL', KEYS[1])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local args = cjson.decode(ARGV[1])
local function text(number) return string.format('%.0f', number) end
local function expireLater(key, at)
  if redis.call('PTTL', key) < at - now then redis.call('PEXPIREAT', key, text(at)) end
end
local function countHeld(place)
  redis.call('ZREMRANGEBYSCORE', place, '-inf', text(now))
  return redis.call('ZCARD', place)
end
`;

/**
 * KEYS: a key that does not exist, the counters, the places, and the record of each upload. Returns the index of what is
 * refused and the milliseconds until another try; or -1, and when each counter's period ends.
 */
const TAKE = `${BEGIN}
local charges, places, uploads = args.charges, args.places, args.uploads
local ends = {}
for i, charge in ipairs(charges) do
  local counter = redis.call('HMGET', KEYS[1 + i], 'used', 'end')
  local used, finish = tonumber(counter[1] or 0), tonumber(counter[2] or 0)
  if finish <= now then used, finish = 0, now + charge.ms end
  if used + charge.points > charge.max then return { i - 1, text(finish - now) } end
  ends[i] = finish
end
local firstPlace, firstUpload = 1 + #charges, 1 + #charges + #places
for i, max in ipairs(places) do
  local isFull = #uploads > 0 and countHeld(KEYS[firstPlace + i]) + #uploads > max
  if isFull then return { #charges + i - 1, '0' } end
end
local reply = { -1 }
for i, charge in ipairs(charges) do
  local key, finish = KEYS[1 + i], text(ends[i])
  if redis.call('HGET', key, 'end') ~= finish then redis.call('HSET', key, 'used', '0', 'end', finish) end
  redis.call('HINCRBY', key, 'used', text(charge.points))
  redis.call('PEXPIREAT', key, finish)
  reply[i + 1] = finish
end
local expires = now + args.placeMs
for i, upload in ipairs(uploads) do
  local record = { places = {}, returns = {} }
  local keepUntil = expires
  for j = 1, #places do
    local place = KEYS[firstPlace + j]
    redis.call('ZADD', place, text(expires), upload.key)
    expireLater(place, expires)
    record.places[place] = 1
  end
  for j, points in ipairs(upload.points) do
    record.returns[KEYS[1 + j]] = { text(points), text(ends[j]) }
    keepUntil = math.max(keepUntil, ends[j])
  end
  redis.call('SET', KEYS[firstUpload + i], cjson.encode(record))
  redis.call('PEXPIREAT', KEYS[firstUpload + i], text(keepUntil))
end
return reply`;

/**
 * KEYS: a key that does not exist, the upload's record, and the places. Returns the index of the places of which none is
 * free; or -1.
 */
const KEEP = `${BEGIN}
for i, max in ipairs(args.places) do
  local place = KEYS[2 + i]
  if countHeld(place) + 1 > max and not redis.call('ZSCORE', place, args.key) then return i - 1 end
end
local stored = redis.call('GET', KEYS[2])
local record = stored and cjson.decode(stored) or { places = {}, returns = {} }
local expires = stored and args.expires or math.min(args.expires, now + args.placeMs)
for i = 1, #args.places do
  local place = KEYS[2 + i]
  redis.call('ZADD', place, text(expires), args.key)
  expireLater(place, expires)
  record.places[place] = 1
end
redis.call('SET', KEYS[2], cjson.encode(record), 'KEEPTTL')
expireLater(KEYS[2], expires)
return -1`;

/**
 * KEYS: a key that does not exist, the upload's record (or another key that does not exist), the counters, and the places.
 * Returns charges of periods that are not over. Does nothing if the record should exist and does not: it was closed before.
 */
const RETURN = `${BEGIN}
if args.hasRecord and redis.call('DEL', KEYS[2]) == 0 then return 0 end
for i, each in ipairs(args.returns) do
  local counter = KEYS[2 + i]
  if redis.call('HGET', counter, 'end') == each[2] then
    local used = tonumber(redis.call('HGET', counter, 'used'))
    redis.call('HSET', counter, 'used', text(math.max(0, used - each[1])))
  end
end
for i = 3 + #args.returns, #KEYS do
  for _, key in ipairs(args.uploads) do redis.call('ZREM', KEYS[i], key) end
end
return 1`;

/** What Redis stores of an open upload, as JSON. An empty list is an object, because Lua has no difference. */
interface UploadRecord {
  /** The keys of its places. */
  places: Record<string, 1>;
  /** By the key of the counter. */
  returns: Record<string, Return>;
}

/** What a counter gets back, if its period still ends then. */
type Return = readonly [points: string, end: string];

/**
 * Counts for all signers that share a Redis. A method rejects if Redis is unavailable or refuses a command.
 *
 * @param prefix prefix of all keys. It has a hash tag, so that all keys are on one node of a Redis in cluster mode, which a
 *   script needs.
 */
export function quotasInRedis(redis: Redis, prefix: `${string}{${string}}${string}`): QuotaStore {
  const unused = `${prefix}none`;
  const keyOfCounter = ({ counter: [kind, name] }: Charge): string => `${prefix}${kind}:${name}`;
  const keyOfPlaces = ({ name }: { name: string }): string => `${prefix}open:${name}`;
  const keyOfUpload = ({ key }: { key: string }): string => `${prefix}upload:${key}`;
  const run = (script: string, keys: readonly string[], args: object): Promise<unknown> =>
    redis.eval(script, keys.length + 1, unused, ...keys, JSON.stringify(args));

  return {
    async take({ charges, places, uploads }) {
      const keys = [...charges.map(keyOfCounter), ...places.map(keyOfPlaces), ...uploads.map(keyOfUpload)];
      const [refused, ...rest] = (await run(TAKE, keys, {
        charges: charges.map(({ max, points, seconds }) => ({ max, points, ms: seconds * 1000 })),
        places: places.map(({ max }) => max),
        uploads,
        placeMs: UNUSED_PLACE_SECONDS * 1000,
      })) as [number, ...string[]];
      if (refused >= 0) {
        return { refused, retryAfter: refused < charges.length ? Number(rest[0]) / 1000 : PLACE_RETRY_SECONDS };
      }
      const returns = charges.map(({ points }, i): Return => [String(points), rest[i]!]);
      return {
        async release() {
          await run(RETURN, [unused, ...charges.map(keyOfCounter), ...places.map(keyOfPlaces)], {
            hasRecord: false,
            returns,
            uploads: uploads.map(({ key }) => key),
          });
          if (uploads.length > 0) await redis.del(...uploads.map(keyOfUpload));
        },
      };
    },

    async keep(key, places, expires) {
      const args = { key, places: places.map(({ max }) => max), expires, placeMs: UNUSED_PLACE_SECONDS * 1000 };
      const full = (await run(KEEP, [keyOfUpload({ key }), ...places.map(keyOfPlaces)], args)) as number;
      return full < 0 ? undefined : full;
    },

    async close(key, isUnused) {
      const stored = await redis.get(keyOfUpload({ key }));
      if (stored === null) return;
      const record = JSON.parse(stored) as UploadRecord;
      const returns = isUnused ? Object.entries(record.returns) : [];
      const keys = [keyOfUpload({ key }), ...returns.map(([counter]) => counter), ...Object.keys(record.places)];
      await run(RETURN, keys, { hasRecord: true, returns: returns.map(([, each]) => each), uploads: [key] });
    },
  };
}
