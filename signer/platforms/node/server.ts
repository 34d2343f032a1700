import type { Server } from 'node:http';
import type { S3Client } from '@aws-sdk/client-s3';
import { serve } from '@hono/node-server';
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Hono } from 'hono';
import { compose } from '../../service/compose.ts';
import { ConfigError } from '../../service/env.ts';
import { MOUNT } from '../../service/service.ts';
import { readSettings } from '../../service/settings.ts';
import { MAX_DELIVERY_MS } from '../../service/webhook-request.ts';
import { limitConnections, unlessClosed } from './connections.ts';

/**
 * Milliseconds that running requests may take after SIGTERM: the longest, which delivers a webhook, and a margin. Container
 * platforms kill the process after 10 seconds.
 */
const SHUTDOWN_TIMEOUT_MS = MAX_DELIVERY_MS + 1_500;

/**
 * How long a client may take to send a request, in milliseconds. Node's own limits are 60 s for the headers and 300 s for the
 * whole request, checked every 30 s, so that a client without a token could hold memory and connections for minutes.
 */
const REQUEST_LIMITS = {
  // Headers are a few kilobytes, which a client that responds at all sends at once.
  headersTimeout: 10_000,
  // As long as `<s3-uploader>` waits for a signer. Until then, a request of the maximum size needs 26 kB/s.
  requestTimeout: 15_000,
  connectionsCheckingInterval: 2_000,
  // Longer than the 60 s for which load balancers such as AWS's keep idle connections, so that they close them first.
  keepAliveTimeout: 65_000,
};

const settings = await exitOnConfigError(() => readSettings(process.env));
const { app, client, log, metrics } = await compose(settings, { peer: (c) => getConnInfo(c).remote.address });
if (settings.trustedProxies.length === 0) {
  log.info('proxies', {
    message: 'No proxy is trusted, so X-Forwarded-For is ignored. Behind a proxy, set SIGNER_TRUSTED_PROXIES.',
  });
}
await exitOnConfigError(() => checkCredentials(client));

const { port, bucket } = settings.config;
const servers = [
  listen(app, { port }, 'PORT', `Signer for bucket ${bucket}`, MOUNT),
  ...(metrics ? [listen(metrics.app, settings.metrics!, 'SIGNER_METRICS_PORT', 'Metrics', '/metrics')] : []),
];

process.once('SIGINT', stop);
process.once('SIGTERM', stop);

/** Prints faults of the settings without a stack. */
async function exitOnConfigError<T>(read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(`The signer cannot start:\n${error.message.replace(/^/gm, '  ')}`);
    process.exit(1);
  }
}

/** Loads the credentials at the start, so that missing ones are reported before the first upload. */
async function checkCredentials(client: S3Client): Promise<void> {
  try {
    await client.config.credentials();
  } catch (cause) {
    const { name, message } = cause as Error;
    if (name !== 'CredentialsProviderError') throw cause;
    const names = 'AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY';
    throw new ConfigError(`${names}: not set; set both, or provide a profile or role with credentials (${message})`, {
      cause,
    });
  }
}

/** @param variable the setting of the port, for the message if another program uses it */
function listen(
  { fetch }: Hono,
  { port, host }: { port: number; host?: string },
  variable: string,
  name: string,
  path: string,
): Server {
  const server = serve(
    { fetch: unlessClosed(fetch), port, hostname: host, serverOptions: REQUEST_LIMITS },
    (address) => {
      log.info('listening', { message: `${name}: http://localhost:${address.port}${path}` });
    },
  ) as Server;
  limitConnections(server);
  server.on('error', (error: NodeJS.ErrnoException) => {
    const isTaken = error.code === 'EADDRINUSE';
    console.error(
      isTaken ? `${variable}: another program uses port ${port}; stop it, or set ${variable} to another port` : error,
    );
    process.exit(1);
  });
  return server;
}

/** Accepts no more requests, waits for running ones, and exits. */
function stop(): void {
  log.info('stopping');
  setTimeout(() => process.exit(0), SHUTDOWN_TIMEOUT_MS).unref();
  const closed = servers.map((server) => {
    server.closeIdleConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  void Promise.all(closed).then(() => process.exit(0));
}
