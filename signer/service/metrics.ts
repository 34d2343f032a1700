import { Hono, type MiddlewareHandler } from 'hono';
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';
import type { SignerEvent } from '../core/events.ts';
import { setResponseHeaders } from '../core/response-headers.ts';

/** The metrics of a signer, made by `createMetrics`. */
export type Metrics = ReturnType<typeof createMetrics>;

/**
 * Creates metrics of the signer for Prometheus. No label has a value that a client can choose: no owner, no key, and a path
 * only if it is in the list.
 *
 * @param paths the paths that get a label of their own; all others are counted as `other`
 */
export function createMetrics(paths: ReadonlySet<string>) {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 's3_uploader_request_duration_seconds',
    help: 'Duration of requests in seconds',
    labelNames: ['path', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const grants = new Counter({
    name: 's3_uploader_grants_total',
    help: 'Files that were signed',
    labelNames: ['method'],
    registers,
  });
  const bytes = new Counter({
    name: 's3_uploader_granted_bytes_total',
    help: 'Bytes of the files that were signed',
    registers,
  });
  const refusals = new Counter({
    name: 's3_uploader_refusals_total',
    help: 'Files and requests that were refused, and requests that failed with a 5xx',
    labelNames: ['code'],
    registers,
  });
  const calls = new Counter({
    name: 's3_uploader_calls_total',
    help: 'Successful calls about files that were signed before',
    labelNames: ['action'],
    registers,
  });

  const time: MiddlewareHandler = async function time(c, next) {
    const stop = requests.startTimer();
    await next();
    stop({ path: paths.has(c.req.path) ? c.req.path : 'other', status: c.res.status });
  };

  return {
    /** Middleware that measures the duration of requests. Use it before the signer. */
    time,

    /** Pass it as `onEvent` of `createSigner`. */
    event({ action, method = 'POST', size = 0, code }: SignerEvent): void {
      if (code) refusals.inc({ code });
      else if (action === 'sign' || action === 'form') {
        grants.inc({ method });
        bytes.inc(size);
      } else calls.inc({ action });
    },

    /** Serves `GET /metrics`. It is not meant for the internet: serve it on a separate port. */
    app: new Hono()
      .use(setResponseHeaders)
      .get('/metrics', async (c) => c.body(await registry.metrics(), 200, { 'Content-Type': registry.contentType })),
  };
}
