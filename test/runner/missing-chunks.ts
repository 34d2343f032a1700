import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestRunnerConfig } from '@web/test-runner';

type Middleware = NonNullable<TestRunnerConfig['middleware']>[number];

const built = fileURLToPath(new URL('../../dist/cdn/', import.meta.url));

/**
 * The built tag on a page whose line is gone once the entry is there: `/__lost/{word}/` answers the page, its body from
 * `?body=`, and cuts each request for a chunk until `POST /__lost/{word}/found`; with `?but=from-attributes`, that one is cut still.
 */
export function lostChunks(): Middleware {
  /** Name of the one chunk that is lost still, by the page's word; empty when none is. */
  const found = new Map<string, string>();
  const isFound = (word: string, name: string): boolean => {
    const lost = found.get(word);
    return lost !== undefined && !(lost && name.startsWith(`${lost}-`));
  };
  return async (context, next) => {
    const [, word, name] = /^\/__lost\/([\w-]+)\/([\w.-]*)$/.exec(context.path) ?? [];
    if (!word || name === undefined) return void (await next());
    if (name === 'found') {
      found.set(word, String(context.query.but ?? ''));
      context.status = 204;
    } else if (name === '') {
      context.type = 'html';
      context.body = page(String(context.query.body));
    } else if (name === 's3-uploader.js' || isFound(word, name)) {
      context.type = 'js';
      context.set('Cache-Control', 'no-store');
      context.body = await readFile(path.join(built, name));
    } else {
      context.respond = false;
      context.req.socket.destroy();
    }
  };
}

const page = (body: string): string => `<!doctype html>
<html lang="en">
  <title>A page that is cut off</title>
  <script>
    rejections = [];
    addEventListener('unhandledrejection', ({ reason }) => rejections.push(String(reason)));
  </script>
  <script type="module" src="s3-uploader.js"></script>
  ${body}
</html>`;
