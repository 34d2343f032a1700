import { getConnInfo, handle } from 'hono/aws-lambda';
import { compose } from '../service/compose.ts';
import { refuse } from '../service/env.ts';
import { readSettings } from '../service/settings.ts';

refuse(
  process.env,
  ['SIGNER_METRICS_PORT', 'SIGNER_METRICS_HOST'],
  'cannot be used on Lambda: no port stays open there',
);
const settings = readSettings(process.env, {
  SIGNER_SECRET: 'on Lambda every copy needs the same; make one with: openssl rand -hex 32',
});

// Of X-Forwarded-For, a load balancer's own entry is taken.
const { app } = await compose(settings, { peer: (c) => getConnInfo(c).remote.address });

/** For a function URL, or API Gateway. Without Redis each copy of the function counts its own limits. */
export const handler = handle(app);
