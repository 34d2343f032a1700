import type { Hono } from 'hono';
import { compose } from '../../signer/service/compose.ts';
import type { Env } from '../../signer/service/env.ts';
import { readSettings, type Settings } from '../../signer/service/settings.ts';
import { CREDENTIALS, fileOf, ORIGIN, SECRET } from '../fixtures/signer.ts';

/** The service without a port. */
export interface TestService {
  app: Hono;
  /** Every line of the log. */
  lines: string[];
  /** The parsed lines of one event. */
  logged(event: string): Record<string, unknown>[];
  /** The text that `/metrics` returns. */
  metrics(): Promise<string>;
  metricsApp: Hono;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  /** Signs one file. */
  sign(headers?: Record<string, string>, file?: object): Promise<Response>;
  /** Closes the connection to Redis, if there is one. */
  close(): void;
}

/** Settings of a public signer whose storage does not exist. */
export const testSettings = (env: Env = {}): Settings =>
  readSettings({
    S3_BUCKET: 'uploads',
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9',
    S3_FORCE_PATH_STYLE: '1',
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    SIGNER_AUTH: 'public',
    SIGNER_SECRET: SECRET,
    SIGNER_ORIGINS: ORIGIN,
    ...env,
  });

/** Creates the service as `server.ts` does, without a port. The header `X-Test-Peer` sets the address of the connection. */
export async function createTestService(env: Env = {}): Promise<TestService> {
  const settings = testSettings({ SIGNER_METRICS_PORT: '0', ...env });
  settings.config.s3.maxAttempts = 1;
  const lines: string[] = [];
  const { app, metrics, redis } = await compose(settings, {
    peer: (c) => c.req.header('X-Test-Peer') ?? '203.0.113.1',
    write: (line) => lines.push(line),
  });
  const post = async (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
    app.request(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Origin: ORIGIN, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  return {
    app,
    lines,
    logged: (event) =>
      lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter((line) => line.event === event),
    metricsApp: metrics!.app,
    metrics: async () => (await metrics!.app.request('/metrics')).text(),
    post,
    get: async (path, headers = {}) => app.request(path, { headers }),
    close: () => redis?.disconnect(),
    sign: (headers, file) => post('/sign', { files: [fileOf(file)] }, headers),
  };
}
