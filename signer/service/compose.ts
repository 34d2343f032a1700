import { randomBytes } from 'node:crypto';
import { S3Client } from '@aws-sdk/client-s3';
import { clientAddress, type Peer } from '../limits/client-address.ts';
import { createLimits } from '../limits/limiter.ts';
import { createLog, type WriteLog } from './log.ts';
import { connectRedis, deliveryLeases } from './redis.ts';
import { createService, PATHS } from './service.ts';
import type { Settings } from './settings.ts';
import { version } from './version.ts';

/** The values that depend on the platform and not on a setting. */
export interface Platform {
  peer: Peer;
  /** Default: writes to the standard output. */
  write?: WriteLog;
}

/** Creates the service that the settings describe, for platforms with memory between requests: Node and Lambda. */
export async function compose(settings: Settings, { peer, write }: Platform) {
  const { config, quotas, redisUrl, trustedProxies, metrics: metricsSettings, secrets } = settings;
  const { bucket, ticketExpires } = config;
  const addressOf = clientAddress(peer, trustedProxies);
  const log = createLog({ clientAddress: addressOf, secrets, write });
  if (!config.secret) {
    const message =
      'SIGNER_SECRET is not set: tickets and receipts become invalid when this process ends. ' +
      'Generate one with: openssl rand -hex 32';
    log.warn('secret', { message });
  }
  const client = new S3Client(config.s3);
  const redis = redisUrl ? await connectRedis(redisUrl, (error) => log.error('redis', error)) : undefined;
  const metrics = metricsSettings && (await import('./metrics.ts')).createMetrics(PATHS);
  const app = createService(settings, {
    client,
    secret: config.secret ?? randomBytes(32).toString('hex'),
    log,
    version,
    limiter: createLimits({ quotas, bucket, redis, clientAddress: addressOf, ticketExpires }),
    metrics,
    leases: redis && deliveryLeases(redis),
  });
  return { app, client, log, metrics, redis };
}
