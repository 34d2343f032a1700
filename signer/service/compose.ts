import { randomBytes } from 'node:crypto';
import { S3Client } from '@aws-sdk/client-s3';
import { clientAddress, type Peer } from '../limits/client-address.ts';
import { createLimits } from '../limits/quotas.ts';
import { createLog, type Write } from './log.ts';
import { claims, connectRedis } from './redis.ts';
import { createService, PATHS } from './service.ts';
import type { Settings } from './settings.ts';
import { version } from './version.ts';

/** What no setting says. */
export interface Platform {
  peer: Peer;
  /** Where the log goes. Default: the standard output. */
  write?: Write;
}

/** The service as its settings have it, for platforms with a memory of their own: Node, Lambda. */
export async function compose(settings: Settings, { peer, write }: Platform) {
  const { config, quotas, redisUrl, trustedProxies, metrics: wanted, secrets } = settings;
  const { bucket, ticketExpires } = config;
  const addressOf = clientAddress(peer, trustedProxies);
  const log = createLog({ clientAddress: addressOf, secrets, ...(write && { write }) });
  if (!config.secret) {
    const message =
      'SIGNER_SECRET is not set: tickets and receipts end with this process. Make one with: openssl rand -hex 32';
    log.warn('secret', { message });
  }
  const client = new S3Client(config.s3);
  const redis = redisUrl ? await connectRedis(redisUrl, (error) => log.error('redis', error)) : undefined;
  const metrics = wanted && (await import('./metrics.ts')).createMetrics(PATHS);
  const app = createService(settings, {
    client,
    secret: config.secret ?? randomBytes(32).toString('hex'),
    log,
    version,
    limiter: createLimits({ quotas, bucket, redis, clientAddress: addressOf, ticketExpires }),
    metrics,
    claims: redis && claims(redis),
  });
  return { app, client, log, metrics, redis };
}
