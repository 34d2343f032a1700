import type { Redis } from 'ioredis';
import type { DeliveryLeases } from './webhook.ts';

/** Milliseconds to wait for a connection. */
const CONNECT_TIMEOUT_MS = 3_000;
/** Milliseconds to wait for the result of a command, and so the most that an unresponsive Redis delays a request. */
const COMMAND_TIMEOUT_MS = 1_000;
/** Milliseconds after which a connection is closed on which Redis does not respond. */
const SOCKET_TIMEOUT_MS = 2_000;
/** Milliseconds that the wait before a reconnection grows by with each try, and its maximum. */
const RECONNECT_STEP_MS = 200;
const MAX_RECONNECT_WAIT_MS = 5_000;

/**
 * Connects to Redis or Valkey, and waits for at most three seconds. While it is unavailable, commands fail at once, so that no request waits for it.
 *
 * @param url `redis://…`, or `rediss://…` for TLS
 * @param onError called once each time that the connection is lost, and once each time that Redis begins to refuse commands
 * @throws {Error} if `ioredis`, an optional dependency, is not installed
 */
export async function connectRedis(url: string, onError: (error: Error) => void): Promise<Redis> {
  const { Redis } = await import('ioredis').catch((cause: unknown) => {
    throw new Error('SIGNER_REDIS_URL needs the package ioredis; install it with: npm install ioredis', { cause });
  });
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
    // ioredis keeps a command that has timed out until the connection ends
    socketTimeout: SOCKET_TIMEOUT_MS,
    retryStrategy: (times) => Math.min(times * RECONNECT_STEP_MS, MAX_RECONNECT_WAIT_MS),
  });
  reportLoss(redis, onError);
  reportRefusals(redis, onError);
  await connected(redis);
  return redis;
}

/** Resolves once Redis is ready or has failed: the first requests count there, too. */
async function connected(redis: Redis): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, CONNECT_TIMEOUT_MS);
    for (const event of ['ready', 'error'] as const) {
      redis.once(event, () => {
        clearTimeout(timer);
        resolve();
      });
    }
  });
}

function reportLoss(redis: Redis, onError: (error: Error) => void): void {
  let isLost = false;
  const report = (error: Error): void => {
    if (!isLost) onError(error);
    isLost = true;
  };
  redis.on('error', report);
  redis.on('reconnecting', () => report(new Error('The connection to Redis was lost.')));
  redis.on('ready', () => {
    isLost = false;
  });
}

/**
 * Reports that Redis refuses a command or does not respond to it, although it is connected: it is full (`OOM`), a replica
 * (`READONLY`), another node of a cluster (`MOVED`) and so on. Reported once until all refused commands have succeeded.
 */
function reportRefusals(redis: Redis, onError: (error: Error) => void): void {
  const refused = new Set<string>();
  const send = redis.sendCommand.bind(redis);
  redis.sendCommand = function sendCommand(command, stream) {
    const { name } = command;
    command.promise.then(
      () => refused.delete(name),
      (cause: unknown) => {
        const { name: kind, message } = cause as Error;
        const isRefusal = kind === 'ReplyError' || message === 'Command timed out';
        if (!isRefusal || redis.status !== 'ready') return;
        if (refused.size === 0) onError(new Error(`Redis refuses ${name.toUpperCase()}: ${message}`, { cause }));
        refused.add(name);
      },
    );
    return send(command, stream);
  };
}

/** Seconds for which a delivered webhook is remembered: the longest lifetime of a ticket, 7 days. */
const DELIVERED_TTL_SECONDS = 604_800;

/** The values in Redis. */
const DELIVERING = 'delivering';
const DELIVERED = 'delivered';

/**
 * Leases of webhook deliveries, shared by all signers with the same Redis. A signer that stops during a delivery leaves
 * only a lease, which expires. While Redis is unavailable, every lease is granted, so a webhook can be delivered twice.
 *
 * @param bucket the bucket's name; its keys in Redis have the same hash tag as those of `createLimits`
 */
export function deliveryLeases(redis: Redis, bucket: string): DeliveryLeases {
  const keyOf = (id: string): string => `s3-uploader:{${bucket}}:${id}`;
  return {
    async acquire(id, leaseMs) {
      try {
        if ((await redis.set(keyOf(id), DELIVERING, 'PX', leaseMs, 'NX')) === 'OK') return 'acquired';
        return (await redis.get(keyOf(id))) === DELIVERED ? 'delivered' : 'busy';
      } catch {
        return 'acquired';
      }
    },
    complete: (id) => redis.set(keyOf(id), DELIVERED, 'EX', DELIVERED_TTL_SECONDS).catch(() => undefined),
    release: (id) => redis.del(keyOf(id)).catch(() => undefined),
  };
}
