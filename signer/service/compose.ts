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
  const { config, quotas, redisUrl, redisFailure, trustedProxies, logsAddresses, secrets } = settings;
  const { bucket } = config;
  let hasWarned = false;
  const addressOf = clientAddress(peer, trustedProxies, (proxy) => {
    if (hasWarned) return;
    hasWarned = true;
    log.warn('untrusted-proxy', {
      message:
        `X-FORWARDED-FOR FROM ${logsAddresses ? proxy : 'AN ADDRESS'} IS IGNORED: SIGNER_TRUSTED_PROXIES does not name the ` +
        'address that sent it. If that is your proxy, all its visitors count as one client: add its address. If no proxy is ' +
        'in front of the signer, a client made the header up, and nothing needs to be done.',
    });
  });
  const log = createLog({ clientAddress: logsAddresses ? addressOf : undefined, secrets, write });
  if (!config.secret) {
    const message =
      'SIGNER_SECRET is not set: tickets and receipts become invalid when this process ends. ' +
      'Generate one with: openssl rand -hex 32';
    log.warn('secret', { message });
  }
  const client = new S3Client(config.s3);
  const redis = redisUrl ? await connectRedis(redisUrl, (error) => log.error('redis', error)) : undefined;
  const metrics = settings.metrics && (await import('./metrics.ts')).createMetrics(PATHS);
  const app = createService(settings, {
    client,
    secret: config.secret ?? randomBytes(32).toString('hex'),
    log,
    version,
    limiter: createLimits({ quotas, bucket, redis, redisFailure, clientAddress: addressOf }),
    metrics,
    leases: redis && deliveryLeases(redis, bucket),
  });
  return { app, client, log, metrics, redis };
}
