import type { S3Client } from '@aws-sdk/client-s3';
import { Hono, type Context } from 'hono';
import { createSigner } from '../core/app.ts';
import { authorizeBy } from '../auth/index.ts';
import type { Log } from './log.ts';
import type { createMetrics } from './metrics.ts';
import { openApi } from './openapi.ts';
import { noStore } from '../core/no-store.ts';
import type { Limiter, SignerEvent } from '../core/options.ts';
import { CALLS, FORM, FORM_DONE } from '../core/paths.ts';
import { ProblemError } from '../core/problem.ts';
import type { Settings } from './settings.ts';
import { webhook, type Claims } from './webhook.ts';

/** Where every entry mounts the signer. */
export const MOUNT = '/sign';

/** All that it answers. */
export const PATHS: ReadonlySet<string> = new Set([
  ...[...Object.keys(CALLS), FORM, FORM_DONE].map((path) => MOUNT + path.replace(/^\/$/, '')),
  '/healthz',
  '/openapi.json',
]);

export interface ServiceParts {
  client: S3Client;
  /** Seals tickets and receipts. */
  secret: string;
  log: Log;
  version: string;
  limiter?: Limiter | undefined;
  metrics?: ReturnType<typeof createMetrics> | undefined;
  claims?: Claims | undefined;
}

/** The signer with all that settings can put around it, for an entry to serve. */
export function createService({ config, auth, webhook: hook }: Settings, parts: ServiceParts): Hono {
  const { client, secret, log, version, limiter, metrics, claims } = parts;
  if (auth.mode === 'public') {
    log.warn('public', { message: 'SIGNER_AUTH=public: ANYONE who reaches this signer may upload to the bucket.' });
  }
  if (config.origins?.length === 0) {
    log.warn('origins', { message: 'SIGNER_ORIGINS is not set: only pages of the signer’s own host may use it.' });
  }
  const onEvent = (event: SignerEvent, c: Context): void => {
    log.event(event, c);
    metrics?.event(event);
  };
  const signer = createSigner({
    ...config,
    client,
    secret,
    authorize: authorizeBy(auth),
    limiter,
    ...(hook && { onUploaded: webhook({ ...hook, claims }) }),
    onEvent,
  });

  const app = new Hono();
  if (metrics) app.use(metrics.time);
  app.use(noStore);
  app.notFound(() =>
    new ProblemError(404, 'not-found', `There is no such path; the signer is at ${MOUNT}.`).getResponse(),
  );
  app.get('/healthz', (c) => c.json({ status: 'ok' }));
  const document = openApi(MOUNT, version, Boolean(config.form));
  app.get('/openapi.json', (c) => c.json(document));
  app.route(MOUNT, signer);
  return app;
}
