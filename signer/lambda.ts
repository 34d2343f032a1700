import { S3Client } from '@aws-sdk/client-s3';
import { getConnInfo, handle } from 'hono/aws-lambda';
import { clientAddress } from './client-address.ts';
import { createLimits } from './limits.ts';
import { createLog } from './log.ts';
import { claims, connectRedis } from './redis.ts';
import { createService } from './service.ts';
import { readSettings } from './settings.ts';
import { version } from './version.ts';

const settings = readSettings(process.env, {
  SIGNER_SECRET: 'on Lambda every copy needs the same; make one with: openssl rand -hex 32',
});
const { config, quotas, redisUrl, trustedProxies, secrets } = settings;
const { s3, secret = '', ticketExpires = 86_400 } = config;
// Of X-Forwarded-For, a load balancer's own entry is taken.
const addressOf = clientAddress((c) => getConnInfo(c).remote.address, trustedProxies);
const log = createLog({ clientAddress: addressOf, secrets });
const redis = redisUrl ? await connectRedis(redisUrl, (error) => log.error('redis', error)) : undefined;

/** For a function URL, or API Gateway. Without Redis each copy of the function counts its own limits. */
export const handler = handle(
  createService(settings, {
    client: new S3Client(s3),
    secret,
    log,
    version,
    limits: createLimits({ quotas, redis, clientAddress: addressOf, ticketExpires }),
    claims: redis && claims(redis),
  }),
);
