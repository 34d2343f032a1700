import { randomBytes } from 'node:crypto';
import { S3Client } from '@aws-sdk/client-s3';
import { serve, type ServerType } from '@hono/node-server';
import { getConnInfo } from '@hono/node-server/conninfo';
import { clientAddress } from './client-address.ts';
import { ConfigError } from './env.ts';
import { createLimits } from './limits.ts';
import { createLog } from './log.ts';
import { claims, connectRedis } from './redis.ts';
import { createService, MOUNT, PATHS } from './service.ts';
import { readSettings, type Settings } from './settings.ts';
import { version } from './version.ts';

/** Milliseconds for requests to end after a signal to stop; container platforms kill after ten seconds. */
const GRACE = 8_000;

function readSettingsOrExit(): Settings {
  try {
    return readSettings(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(`The signer cannot start:\n${error.message.replace(/^/gm, '  ')}`);
    process.exit(1);
  }
}

const settings = readSettingsOrExit();
const { config, quotas, redisUrl, trustedProxies, metricsPort, secrets } = settings;
const { port, bucket, s3, secret = randomBytes(32).toString('hex'), ticketExpires = 86_400 } = config;
const addressOf = clientAddress((c) => getConnInfo(c).remote.address, trustedProxies);
const log = createLog({ clientAddress: addressOf, secrets });
if (!config.secret) {
  const message =
    'SIGNER_SECRET is not set: tickets and receipts end with this process. Make one with: openssl rand -hex 32';
  log.warn('secret', { message });
}

const redis = redisUrl ? await connectRedis(redisUrl, (error) => log.error('redis', error)) : undefined;
const metrics = metricsPort === undefined ? undefined : (await import('./metrics.ts')).createMetrics(PATHS);
const app = createService(settings, {
  client: new S3Client(s3),
  secret,
  log,
  version,
  limits: createLimits({ quotas, redis, clientAddress: addressOf, ticketExpires }),
  metrics,
  claims: redis && claims(redis),
});

const servers = [
  listen(app.fetch, port, 'PORT', `Signer for bucket ${bucket}`, MOUNT),
  ...(metrics ? [listen(metrics.app.fetch, metricsPort!, 'SIGNER_METRICS_PORT', 'Metrics', '/metrics')] : []),
];

function listen(fetch: typeof app.fetch, port: number, variable: string, what: string, path: string): ServerType {
  const server = serve({ fetch, port }, (address) => {
    log.info('listening', { message: `${what}: http://localhost:${address.port}${path}` });
  });
  server.on('error', (error: NodeJS.ErrnoException) => {
    const isTaken = error.code === 'EADDRINUSE';
    console.error(isTaken ? `${variable}: ${port} is taken; end what uses it, or set ${variable} to another` : error);
    process.exit(1);
  });
  return server;
}

/** Takes no new requests, lets those under way end, and then goes. */
function stop(): void {
  log.info('stopping');
  setTimeout(() => process.exit(0), GRACE).unref();
  const closed = servers.map((server) => {
    if ('closeIdleConnections' in server) server.closeIdleConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  void Promise.all(closed).then(() => process.exit(0));
}

process.once('SIGINT', stop);
process.once('SIGTERM', stop);
