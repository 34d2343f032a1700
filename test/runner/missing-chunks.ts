import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestRunnerConfig } from '@web/test-runner';

type Middleware = NonNullable<TestRunnerConfig['middleware']>[number];

const dist = fileURLToPath(new URL('../../dist/cdn/', import.meta.url));

/**
 * Serves pages with the built element that lose the network once its entry is loaded. `/__missing-chunks/{page}/` is such
 * a page, with the body in `?body=`; `{page}` is any name. Requests for its chunks are cut until the test sends
 * `POST /__missing-chunks/{page}/restore`. With `?except=multipart`, only the chunk of that name stays missing.
 *
 * With `?gone` beside `?body=`, the server answers, but has no chunks any more (404), as after a deployment. With
 * `?gone=text/html`, it sends a page of that type in place of a chunk. With `?integrity`, it sends every chunk, and the page's
 * import map has other hashes. With `?hang`, it does not answer requests for chunks until they are restored.
 */
export function missingChunks(): Middleware {
  /** The chunk that is still missing, by page; empty when none is. Pages that are not listed miss all. */
  const restored = new Map<string, string>();
  /** Pages whose server has no chunks any more, and the type of what it sends instead; empty for 404. */
  const gone = new Map<string, string>();
  /** Pages whose server does not answer requests for chunks. */
  const hanging = new Set<string>();
  const isServed = (page: string, file: string, method: string): boolean => {
    // page and entry are loaded by GET; a HEAD asks whether the server can be reached
    if (file === 's3-uploader.js' && (method === 'GET' || gone.has(page))) return true;
    const missing = restored.get(page);
    return missing !== undefined && !(missing && file.startsWith(`${missing}-`));
  };
  return async (context, next) => {
    const [, page, file] = /^\/__missing-chunks\/([\w-]+)\/([\w.-]*)$/.exec(context.path) ?? [];
    if (!page || file === undefined) return void (await next());
    if (file === 'restore') {
      const missing = String(context.query.except ?? '');
      const isBuilt = (await chunks()).some((file) => file.startsWith(`${missing}-`));
      if (missing && !isBuilt) throw new Error(`No chunk in dist/cdn is called ${missing}`);
      restored.set(page, missing);
      context.status = 204;
    } else if (file === '' && (context.method === 'GET' || gone.has(page) || restored.has(page))) {
      const { body, gone: type, integrity, hang } = context.query;
      if (hang !== undefined) hanging.add(page);
      if (type !== undefined) gone.set(page, String(type));
      if (integrity !== undefined) restored.set(page, '');
      context.type = 'html';
      context.body = pageWith(String(body), integrity === undefined ? [] : await chunks());
    } else if (isServed(page, file, context.method)) {
      context.type = 'js';
      context.set('Cache-Control', 'no-store');
      context.body = await readFile(path.join(dist, file));
    } else if (gone.has(page)) {
      const type = gone.get(page);
      context.status = type ? 200 : 404;
      if (type) context.type = type;
      context.body = '<!doctype html><title>Start page</title>';
    } else {
      context.respond = false;
      if (!hanging.has(page)) context.req.socket.destroy();
    }
  };
}

const chunks = async (): Promise<string[]> => (await readdir(dist)).filter((file) => /-[0-9a-f]{7}\.js$/.test(file));

/** The hash of an empty file. */
const OTHER_HASH = `sha384-${createHash('sha384').digest('base64')}`;

const importMap = (altered: readonly string[]): string =>
  JSON.stringify({ integrity: Object.fromEntries(altered.map((file) => [`./${file}`, OTHER_HASH])) });

/** @param altered the chunks for which the page's import map has another hash */
const pageWith = (body: string, altered: readonly string[]): string => `<!doctype html>
<html lang="en">
  <title>A page whose chunks are missing</title>
  ${altered.length ? `<script type="importmap">${importMap(altered)}</script>` : ''}
  <script>
    rejections = [];
    addEventListener('unhandledrejection', ({ reason }) => rejections.push(String(reason)));
  </script>
  <script type="module" src="s3-uploader.js"></script>
  ${body}
</html>`;
