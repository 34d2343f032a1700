import { S3Client } from '@aws-sdk/client-s3';
import type { Hono } from 'hono';
import { clientAddress } from '../limits/client-address.ts';
import type { Env } from '../service/env.ts';
import { createLog } from '../service/log.ts';
import { createService } from '../service/service.ts';
import { readSettings } from '../service/settings.ts';
import { version } from '../service/version.ts';

/** @throws {ConfigError} also for settings that need memory, which instances of a Worker do not share */
function createApp(env: Env): Hono {
  const settings = readSettings(env, 'worker');
  const { config, secrets, logsAddresses } = settings;
  const addressOf = clientAddress((c) => c.req.header('CF-Connecting-IP'));
  const log = createLog({
    clientAddress: logsAddresses ? addressOf : undefined,
    secrets,
    write: (line) => console.log(line),
  });
  return createService(settings, { client: new S3Client(config.s3), secret: config.secret ?? '', log, version });
}

/**
 * The app is created with the first request, which brings the settings, and kept as long as this instance of the Worker runs.
 */
function createWorker() {
  let app: Hono | undefined;
  return {
    fetch(request: Request, env: Env): Response | Promise<Response> {
      app ??= createApp(env);
      return app.fetch(request, env);
    },
  };
}

/** A Cloudflare Worker with `nodejs_compat`. Its bindings are the settings. */
export default createWorker();
