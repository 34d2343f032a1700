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
import { compose } from '../signer/service/compose.ts';
import type { Env } from '../signer/service/env.ts';
import { COMMON_TYPES, OCTET_STREAM } from '../signer/core/media-types.ts';
import { readSettings } from '../signer/service/settings.ts';
import { demoCredential, startStorage } from './storage/index.ts';

const folder = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Where the local storage keeps objects, as plain files. */
const DATA = folder('.data');

export interface RunningDemo {
  /** The page. */
  readonly url: string;
  /** Where the files go, in words. */
  readonly storage: string;
  close(): Promise<void>;
}

/**
 * The demo page with the tag, the signer at `/sign`, and a storage: the bucket that `S3_BUCKET` names, or a local one on
 * another port, so that the page meets CORS as it would on AWS.
 *
 * @param env `PORT`, default 8080, and the signer's own variables.
 * @param say told when a port is taken.
 * @throws {ConfigError} naming the variables that cannot be used
 */
export async function serveDemo(env: Env, say: (message: string) => void): Promise<RunningDemo> {
  const ownBucket = Boolean(env.S3_BUCKET?.trim());
  const defaults = { PORT: '8080', SIGNER_AUTH: 'public', SIGNER_FORM: '1' };
  const settings = readSettings({ ...defaults, ...env, ...(!ownBucket && localBucket) });
  const { config } = settings;
  // Whatever a visitor may try, the page without a script included, which knows no file's type.
  if (!env.SIGNER_TYPES) config.limits.types = [...COMMON_TYPES, OCTET_STREAM];

  const app = new Hono();
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  const port = await listen(server, config.port, say);
  const origins = [`http://localhost:${port}`, `http://127.0.0.1:${port}`];

  const storage = ownBucket ? undefined : await startStorage({ dir: DATA, cors: { origins } });
  if (storage) config.s3.endpoint = storage.url;
  config.origins = [...origins, ...config.origins];
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
    const policy = contentSecurityPolicy(await uploadOrigin(signer.client, config.bucket));
    app.all('/sign/*', ({ req, env }) => signer.app.fetch(req.raw, env));
    app.use(async (c, next) => {
      await next();
      c.header('Content-Security-Policy', policy);
      c.header('X-Content-Type-Options', 'nosniff');
      c.header('Referrer-Policy', 'no-referrer');
      c.header('Cache-Control', 'no-cache');
    });
    app.get('/dist/*', serveStatic({ root: folder('..') }));
    app.get('/', serveStatic({ path: folder('index.html') }));
    app.get('/form.html', async (c) => {
      const address = new URL('/sign/form?fragment', c.req.url).href;
      const answer = await signer.app.request(address, { headers: c.req.header() }, c.env);
      const form = answer.ok ? await answer.text() : (await refusal(answer)).toString();
      const page = await readFile(folder('form.html'), 'utf8');
      return c.html(page.replace('<!-- form -->', () => form));
    });
    app.get('/:page{[\\w-]+\\.(?:html|css|js|svg|png|jpg|webp)}', serveStatic({ root: folder('.') }));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    url: `http://localhost:${port}`,
    storage: ownBucket ? `the bucket ${config.bucket}` : 'demo/.data/, as plain files',
    close,
  };
}

const refusal = async (answer: Response) => html`<p>${((await answer.json()) as { detail: string }).detail}</p>`;

const localBucket = {
  S3_BUCKET: 'uploads',
  S3_FORCE_PATH_STYLE: '1',
  AWS_REGION: 'us-east-1',
  AWS_ENDPOINT_URL_S3: 'http://127.0.0.1', // its port is known once it runs
  AWS_ACCESS_KEY_ID: demoCredential.accessKeyId,
  AWS_SECRET_ACCESS_KEY: demoCredential.secretAccessKey,
  AWS_SESSION_TOKEN: undefined,
};

/** As strict as a page can be that shows previews and uploads to one storage. */
const contentSecurityPolicy = (storage: string) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob:",
    `connect-src 'self' ${storage}`,
    `form-action 'self' ${storage}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types lit-html s3-uploader',
  ].join('; ');

/** The origin that a page talks to when it uploads. */
async function uploadOrigin(client: S3Client, Bucket: string): Promise<string> {
  const { url } = await createPresignedPost(client, { Bucket, Key: 'any' });
  return new URL(url).origin;
}

/** Listens on the port, or on the next that is free. */
async function listen(server: Server, wanted: number, say: (message: string) => void): Promise<number> {
  for (let port = wanted; port <= 65_535; port++) {
    try {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
      const address = server.address();
      return typeof address === 'object' && address ? address.port : port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      say(`Port ${port} is taken by another program; trying ${port + 1}. Set PORT to choose another.`);
    }
  }
  throw new Error(`PORT: no port from ${wanted} on is free`);
}
