import type { S3Client } from '@aws-sdk/client-s3';
import { serve, type ServerType } from '@hono/node-server';
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Hono } from 'hono';
import { compose } from '../../service/compose.ts';
import { ConfigError } from '../../service/env.ts';
import { MOUNT } from '../../service/service.ts';
import { readSettings } from '../../service/settings.ts';
import { DELIVERY } from '../../service/webhook.ts';

/** Milliseconds for requests to end after a signal to stop: the longest, and a little; container platforms kill after ten seconds. */
const GRACE = DELIVERY + 1_500;

const settings = await orExit(() => readSettings(process.env));
const { app, client, log, metrics } = await compose(settings, { peer: (c) => getConnInfo(c).remote.address });
await orExit(() => checkCredentials(client));

const { port, bucket } = settings.config;
const servers = [
  listen(app, { port }, 'PORT', `Signer for bucket ${bucket}`, MOUNT),
  ...(metrics ? [listen(metrics.app, settings.metrics!, 'SIGNER_METRICS_PORT', 'Metrics', '/metrics')] : []),
];

process.once('SIGINT', stop);
process.once('SIGTERM', stop);

/** What is wrong with the settings is told in words, without a stack. */
async function orExit<T>(read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(`The signer cannot start:\n${error.message.replace(/^/gm, '  ')}`);
    process.exit(1);
  }
}

/** Now, and not with the first upload. */
async function checkCredentials(client: S3Client): Promise<void> {
  try {
    await client.config.credentials();
  } catch (cause) {
    const { name, message } = cause as Error;
    if (name !== 'CredentialsProviderError') throw cause;
    const names = 'AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY';
    throw new ConfigError(`${names}: not set, and no profile or role has credentials either: ${message}`, { cause });
  }
}

function listen(
  { fetch }: Hono,
  { port, host }: { port: number; host?: string },
  variable: string,
  what: string,
  path: string,
): ServerType {
  const server = serve({ fetch, port, ...(host && { hostname: host }) }, (address) => {
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
