import { S3Client } from '@aws-sdk/client-s3';
import type { Hono } from 'hono';
import { clientAddress } from '../limits/client-address.ts';
import { refuse, type Env } from '../service/env.ts';
import { createLog } from '../service/log.ts';
import { createService } from '../service/service.ts';
import { readSettings } from '../service/settings.ts';
import { version } from '../service/version.ts';

const SHARED = [
  'SIGNER_REDIS_URL',
  'SIGNER_METRICS_PORT',
  'SIGNER_METRICS_HOST',
  'SIGNER_REQUESTS_PER_MINUTE',
  'SIGNER_OPEN_MULTIPARTS',
  'SIGNER_FILES_PER_DAY',
  'SIGNER_BYTES_PER_DAY',
  'SIGNER_TOTAL_REQUESTS_PER_MINUTE',
  'SIGNER_TOTAL_FILES_PER_DAY',
  'SIGNER_TOTAL_BYTES_PER_DAY',
  'SIGNER_TOTAL_OPEN_MULTIPARTS',
];

/** @throws {ConfigError} for what cannot hold where every request may meet another copy, rather than to let it pass */
function createApp(env: Env): Hono {
  const rule = 'limit requests with a rate-limiting rule of the zone';
  refuse(env, SHARED, `cannot be used on Workers: they have no memory in common; ${rule}`);
  const header = 'the client’s address is CF-Connecting-IP there';
  refuse(env, ['SIGNER_TRUSTED_PROXIES'], `cannot be used on Workers: ${header}`);
  const settings = readSettings(env, {
    SIGNER_SECRET: 'on Workers every copy needs the same; make one with: openssl rand -hex 32',
    AWS_ACCESS_KEY_ID: 'Workers have no role to take credentials from',
    AWS_SECRET_ACCESS_KEY: 'Workers have no role to take credentials from',
  });
  const { config, secrets } = settings;
  const log = createLog({
    clientAddress: clientAddress((c) => c.req.header('CF-Connecting-IP')),
    secrets,
    write: (line) => console.log(line),
  });
  return createService(settings, { client: new S3Client(config.s3), secret: config.secret ?? '', log, version });
}

let app: Hono | undefined;

/** For Cloudflare Workers, with `nodejs_compat`. The bindings are the settings. */
export default {
  fetch(request: Request, env: Env): Response | Promise<Response> {
    app ??= createApp(env);
    return app.fetch(request, env);
  },
};
