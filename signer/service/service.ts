import type { S3Client } from '@aws-sdk/client-s3';
import { Hono, type Context } from 'hono';
import { createAuthorize } from '../auth/create-authorize.ts';
import { createSigner } from '../core/app.ts';
import type { SignerEvent } from '../core/events.ts';
import type { Limiter } from '../core/limiter.ts';
import { originGuard } from '../core/origin-guard.ts';
import { CALLS, FORM, FORM_DONE } from '../core/paths.ts';
import { ProblemError } from '../core/problem.ts';
import { setResponseHeaders } from '../core/response-headers.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { openApi } from './openapi.ts';
import type { Settings } from './settings.ts';
import { webhookVerdict } from './webhook-verdict.ts';
import { webhook, type DeliveryLeases } from './webhook.ts';

/** Where every platform mounts the signer. */
export const MOUNT = '/sign';

/** All paths of the service. */
export const PATHS: ReadonlySet<string> = new Set([
  ...[...Object.keys(CALLS), FORM, FORM_DONE].map((path) => MOUNT + path.replace(/^\/$/, '')),
  '/healthz',
  '/openapi.json',
]);

/** The parts of the service that the platform provides. */
export interface ServiceParts {
  client: S3Client;
  /** Seals tickets and receipts. */
  secret: string;
  log: Log;
  version: string;
  limiter?: Limiter;
  metrics?: Metrics;
  leases?: DeliveryLeases;
}

/** Creates the app that a platform serves: the signer, its health check and its OpenAPI document. */
export function createService(
  { config, auth, webhook: webhookSettings, quarantinePrefix }: Settings,
  parts: ServiceParts,
): Hono {
  const { client, secret, log, version, limiter, metrics, leases } = parts;
  if (auth.mode === 'public') {
    log.warn('public', { message: 'SIGNER_AUTH=public: ANYONE who reaches this signer may upload to the bucket.' });
  }
  const onEvent = (event: SignerEvent, c: Context): void => {
    log.event(event, c);
    metrics?.event(event);
  };
  const signer = createSigner({
    ...config,
    client,
    secret,
    authorize: createAuthorize(auth),
    limiter,
    onUploaded: webhookSettings && webhook({ ...webhookSettings, leases }),
    quarantine:
      webhookSettings && quarantinePrefix !== undefined
        ? { prefix: quarantinePrefix, accept: webhookVerdict(webhookSettings) }
        : undefined,
    onEvent,
  });

  const app = new Hono();
  if (metrics) app.use(metrics.time);
  app.use(setResponseHeaders);
  app.notFound(() =>
    new ProblemError(404, 'not-found', `There is no such path. The signer is at ${MOUNT}.`).getResponse(),
  );
  app.get('/healthz', (c) => c.json({ status: 'ok' }));
  const document = openApi(MOUNT, version, Boolean(config.form));
  app.get('/openapi.json', (c) => c.json(document));
  app.route(MOUNT, signer);
  // pages that use the root path, or another one that is wrong, can read the message
  app.use(originGuard(config.origins, config.allowHeaders ?? []));
  return app;
}
