import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import type { S3Client } from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { createAdaptorServer } from '@hono/node-server';
import { getConnInfo } from '@hono/node-server/conninfo';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';
import { html } from 'hono/html';
import { COMMON_TYPES, OCTET_STREAM } from '../signer/core/media-types.ts';
import { compose } from '../signer/service/compose.ts';
import type { Env } from '../signer/service/env.ts';
import { readSettings } from '../signer/service/settings.ts';
import { demoCredential, isLoopback, startStorage } from './storage/index.ts';

const absolutePath = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** Folder of the local storage. */
const DATA_FOLDER = absolutePath('.data');

const MAX_PORT = 65_535;

/** Settings of the signer that differ from its own defaults. The environment overrides them. */
const DEMO_DEFAULTS = { PORT: '8080', SIGNER_AUTH: 'public', SIGNER_FORM: '1' };

/** Where the demo's page is, beside origins that the environment names. */
const originsOf = (port: number): string[] => [`http://localhost:${port}`, `http://127.0.0.1:${port}`];

/** Settings of the local storage, with the access key of this run. They override the environment. */
const LOCAL_BUCKET = {
  S3_BUCKET: 'uploads',
  S3_FORCE_PATH_STYLE: '1',
  AWS_REGION: 'us-east-1',
  AWS_ENDPOINT_URL_S3: 'http://127.0.0.1', // replaced once the storage has a port
  AWS_ACCESS_KEY_ID: demoCredential.accessKeyId,
  AWS_SECRET_ACCESS_KEY: demoCredential.secretAccessKey,
  AWS_SESSION_TOKEN: undefined,
  SIGNER_CONDITIONAL_WRITES: '1',
};

/** A demo that listens on a port. */
export interface RunningDemo {
  /** Address of the page, without a trailing slash. */
  readonly url: string;
  /** Where uploaded files go, as text for the console. */
  readonly storage: string;
  /** Stops the page, the signer and the local storage, and aborts running requests. */
  close(): Promise<void>;
}

/**
 * Serves the demo page, the signer at `/sign`, and a storage: the bucket in `S3_BUCKET`, or else the local storage. The
 * local storage has a port of its own, so that the page needs CORS as it does with AWS.
 *
 * @param env `PORT` (default 8080) and the signer's variables
 * @param log receives a line for each port that is taken
 * @throws {ConfigError} naming every variable that is not valid
 */
export async function serveDemo(env: Env, log: (message: string) => void): Promise<RunningDemo> {
  const hasOwnBucket = Boolean(env.S3_BUCKET?.trim());
  const configuredOrigins = env.SIGNER_ORIGINS?.trim();
  const settings = readSettings({
    ...DEMO_DEFAULTS,
    ...env,
    ...(!hasOwnBucket && LOCAL_BUCKET),
    SIGNER_ORIGINS: configuredOrigins || originsOf(0).join(','), // replaced once the page has a port
  });
  const { config } = settings;
  // Visitors may try any file. OCTET_STREAM is for the plain form, whose policy is signed before a file is chosen.
  if (!env.SIGNER_TYPES) config.limits.types = [...COMMON_TYPES, OCTET_STREAM];

  const app = new Hono();
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  const port = await listen(server, config.port, log);
  const origins = originsOf(port);

  const storage = hasOwnBucket ? undefined : await startStorage({ dir: DATA_FOLDER, cors: { origins } });
  if (storage) config.s3.endpoint = storage.url;
  config.origins = configuredOrigins ? [...origins, ...config.origins] : origins;
  const signer = await compose(settings, {
    peer: (c) => getConnInfo(c).remote.address,
    write: (line, level) => level === 'error' && console.error(line),
  });
  const close = async () => {
    server.close();
    server.closeAllConnections();
    await storage?.close();
    signer.client.destroy();
    signer.redis?.disconnect();
  };
  try {
    const policy = contentSecurityPolicy(await findUploadOrigin(signer.client, config.bucket));
    // A page can give its own name the address 127.0.0.1, and would then be of the same origin as the demo.
    app.use(async (c, next) => {
      if (!isLoopback(new URL(c.req.url).hostname)) return c.text('The demo responds only at localhost.', 403);
      await next();
    });
    app.all('/sign/*', ({ req, env }) => signer.app.fetch(req.raw, env));
    app.use(async (c, next) => {
      await next();
      c.header('Content-Security-Policy', policy);
      c.header('X-Content-Type-Options', 'nosniff');
      // With no-referrer, the plain form would be sent with `Origin: null`, which the local storage refuses.
      c.header('Referrer-Policy', 'strict-origin');
      c.header('Cache-Control', 'no-cache');
    });
    app.get('/dist/*', serveStatic({ root: absolutePath('..') }));
    app.get('/', serveStatic({ path: absolutePath('index.html') }));
    app.get('/form.html', async (c) => {
      const url = new URL('/sign/form?fragment', c.req.url).href;
      const response = await signer.app.request(url, { headers: c.req.header() }, c.env);
      const form = response.ok ? await response.text() : (await errorParagraph(response)).toString();
      const page = await readFile(absolutePath('form.html'), 'utf8');
      return c.html(page.replace('<!-- form -->', () => form));
    });
    app.get('/:page{[\\w-]+\\.(?:html|css|js|svg|png|jpg|webp)}', serveStatic({ root: absolutePath('.') }));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    url: `http://localhost:${port}`,
    storage: hasOwnBucket ? `the bucket ${config.bucket}` : 'demo/.data/, as plain files',
    close,
  };
}

const errorParagraph = async (response: Response) =>
  html`<p>${((await response.json()) as { detail: string }).detail}</p>`;

/** The strictest policy that allows previews and uploads to one storage. */
const contentSecurityPolicy = (uploadOrigin: string) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob:",
    `connect-src 'self' ${uploadOrigin}`,
    `form-action 'self' ${uploadOrigin}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types lit-html s3-uploader',
  ].join('; ');

/** The origin that the page uploads to. */
async function findUploadOrigin(client: S3Client, Bucket: string): Promise<string> {
  const { url } = await createPresignedPost(client, { Bucket, Key: 'any' });
  return new URL(url).origin;
}

/** Listens on the preferred port, or on the next one that is free, and returns it. 0 means any free port. */
async function listen(server: Server, preferred: number, log: (message: string) => void): Promise<number> {
  for (let port = preferred; port <= MAX_PORT; port++) {
    try {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
      const address = server.address();
      return typeof address === 'object' && address ? address.port : port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      log(`Port ${port} is taken by another program; trying ${port + 1}. Set PORT to choose another.`);
    }
  }
  throw new Error(`PORT: all ports from ${preferred} to ${MAX_PORT} are taken. Set PORT to a lower number.`);
}
