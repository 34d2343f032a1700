import path from 'node:path';
import { createAdaptorServer } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { build } from 'esbuild';
import { type Context, Hono } from 'hono';
import { proxy } from 'hono/proxy';
import { listen } from './listen.ts';

/** A server with one page for each uploader. */
export interface PageServer extends AsyncDisposable {
  readonly origin: string;
  /** Paths of the built files that pages have loaded since the last call of `forgetLoaded()`, each once. */
  readonly loaded: ReadonlySet<string>;
  forgetLoaded(): void;
  /** URL of the page with an uploader; see {@link bundleUploader}. */
  pageUrl(module: string): string;
  /** URL of a page with the element alone, as in its README. The page's own server passes its requests on to the signer. */
  elementUrl(signerUrl: string): string;
}

/** What a page loads for an uploader. */
export interface Bundle {
  script: string;
  style: string;
}

/**
 * Starts it. Build the package first: the pages load `dist/cdn`. Each uploader is bundled and minified when it is first used.
 */
export async function startPageServer(): Promise<PageServer> {
  const loaded = new Set<string>();
  const bundles = new Map<string, Promise<Bundle>>();
  const bundleOf = (module: string): Promise<Bundle> => {
    const bundle = bundles.get(module) ?? bundleUploader(module, true);
    bundles.set(module, bundle);
    return bundle;
  };
  let signer = '';
  const app = new Hono();
  app.get('/uploader', (c) =>
    c.html(`<!doctype html><html lang="en"><meta charset="utf-8"><title>bench</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="style.css?${c.req.query('module')}"><input type="file" id="pick" multiple hidden>
<div id="root"></div><script src="script.js?${c.req.query('module')}"></script></html>`),
  );
  const queryOf = (url: string): string => decodeURIComponent(new URL(url).search.slice(1));
  app.get('/script.js', async (c) =>
    c.body((await bundleOf(queryOf(c.req.url))).script, 200, { 'content-type': 'text/javascript; charset=utf-8' }),
  );
  app.get('/style.css', async (c) =>
    c.body((await bundleOf(queryOf(c.req.url))).style, 200, { 'content-type': 'text/css; charset=utf-8' }),
  );
  app.get('/element', (c) =>
    c.html(`<!doctype html><html lang="en"><meta charset="utf-8"><title>bench</title><link rel="icon" href="data:,">
<script type="module" src="/dist/cdn/s3-uploader.js"></script>
<s3-uploader endpoint="/sign" multiple></s3-uploader></html>`),
  );
  const passOn = (c: Context) => proxy(signer + c.req.path.slice('/sign'.length), c.req);
  app.all('/sign', passOn);
  app.all('/sign/*', passOn);
  app.use('/dist/*', (c, next) => {
    loaded.add(new URL(c.req.url).pathname.slice(1));
    return next();
  });
  app.use('/dist/*', serveStatic({ root: '.' }));
  const server = createAdaptorServer(app);
  const origin = await listen(server);
  return {
    origin,
    loaded,
    forgetLoaded: () => loaded.clear(),
    pageUrl: (module) => `${origin}/uploader?module=${encodeURIComponent(module)}`,
    elementUrl(signerUrl) {
      signer = signerUrl;
      return `${origin}/element`;
    },
    async [Symbol.asyncDispose]() {
      if ('closeAllConnections' in server) server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/**
 * Bundles and minifies an uploader's module.
 *
 * @param module path of the module, relative to this folder
 * @param hasDriver whether the page's driver is part of it; without it, it is what a real page would load
 */
export async function bundleUploader(module: string, hasDriver: boolean): Promise<Bundle> {
  const folder = import.meta.dirname;
  const contents = hasDriver
    ? `import { mount } from './${module}'; import { install } from './page/install.ts'; install(mount);`
    : `export { mount } from './${module}';`;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: folder, loader: 'ts' },
    bundle: true,
    minify: true,
    format: hasDriver ? 'iife' : 'esm',
    target: 'es2022',
    write: false,
    outdir: path.join(folder, 'out'),
    legalComments: 'none',
    define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
    external: ['*.gif'],
    logLevel: 'error',
  });
  const text = (extension: string): string => outputFiles.find((file) => file.path.endsWith(extension))?.text ?? '';
  return { script: text('.js'), style: text('.css') };
}
