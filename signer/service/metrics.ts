import { Hono, type MiddlewareHandler } from 'hono';
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';
import { noStore } from '../core/no-store.ts';
import type { SignerEvent } from '../core/options.ts';

/**
 * What the signer does, for Prometheus. No label has a value that a client can choose: neither owner nor key, and a path
 * only if it is one of these.
 */
export function createMetrics(paths: ReadonlySet<string>) {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 's3_uploader_request_duration_seconds',
    help: 'Time to answer a request',
    labelNames: ['path', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const grants = new Counter({
    name: 's3_uploader_grants_total',
    help: 'Files that were granted',
    labelNames: ['method'],
    registers,
  });
  const bytes = new Counter({ name: 's3_uploader_granted_bytes_total', help: 'Bytes that were granted', registers });
  const refusals = new Counter({
    name: 's3_uploader_refusals_total',
    help: 'Files that were refused, and calls that failed',
    labelNames: ['code'],
    registers,
  });
  const calls = new Counter({
    name: 's3_uploader_calls_total',
    help: 'What was done for an upload after it was granted',
    labelNames: ['action'],
    registers,
  });

  const time: MiddlewareHandler = async function time(c, next) {
    const stop = requests.startTimer();
    await next();
    stop({ path: paths.has(c.req.path) ? c.req.path : 'other', status: c.res.status });
  };

  return {
    /** Goes before the signer. */
    time,

    /** For `onEvent`. */
    event({ action, method = 'POST', size = 0, code }: SignerEvent): void {
      if (code) refusals.inc({ code });
      else if (action === 'sign' || action === 'form') {
        grants.inc({ method });
        bytes.inc(size);
      } else calls.inc({ action });
    },

    /** `GET /metrics`. Not for the internet: give it a port of its own. */
    app: new Hono()
      .use(noStore)
      .get('/metrics', async (c) => c.body(await registry.metrics(), 200, { 'Content-Type': registry.contentType })),
  };
}
