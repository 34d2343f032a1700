import { randomBytes } from 'node:crypto';
import { S3Client } from '@aws-sdk/client-s3';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { createSigner } from './app.ts';
import { publicAccess } from './auth.ts';
import { ConfigError, readConfig, type Config } from './config.ts';
import { ProblemError } from './problem.ts';

/** Milliseconds for requests to end after a signal to stop; container platforms kill after ten seconds. */
const GRACE = 8_000;

function readConfigOrExit(): Config {
  try {
    return readConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(`The signer cannot start:\n${error.message.replace(/^/gm, '  ')}`);
    process.exit(1);
  }
}

const { port, auth, s3, secret = randomBytes(32).toString('hex'), ...options } = readConfigOrExit();

if (!process.env.SIGNER_SECRET) {
  console.warn(
    'SIGNER_SECRET is not set: tickets and receipts end with this process. Make one with: openssl rand -hex 32',
  );
}
if (auth === 'public') console.warn('SIGNER_AUTH=public: ANYONE who reaches this signer may upload to the bucket.');
if (options.origins?.length === 0) {
  console.warn('SIGNER_ORIGINS is not set: only pages of the signer’s own host may use it.');
}

const app = new Hono();
app.notFound(() => new ProblemError(404, 'not-found', 'There is no such path; the signer is at /sign.').getResponse());
app.get('/healthz', (c) => c.json({ status: 'ok' }));
app.route('/sign', createSigner({ ...options, client: new S3Client(s3), secret, authorize: publicAccess }));

const server = serve({ fetch: app.fetch, port }, (address) => {
  console.log(`Signer for bucket ${options.bucket}: http://localhost:${address.port}/sign`);
});

server.on('error', (error: NodeJS.ErrnoException) => {
  const isTaken = error.code === 'EADDRINUSE';
  console.error(isTaken ? `PORT: ${port} is taken; end what uses it, or set PORT to another` : error);
  process.exit(1);
});

/** Takes no new requests, lets those under way end, and then goes. */
function stop(): void {
  server.close(() => process.exit(0));
  if ('closeIdleConnections' in server) server.closeIdleConnections();
  setTimeout(() => process.exit(0), GRACE).unref();
}

process.once('SIGINT', stop);
process.once('SIGTERM', stop);
