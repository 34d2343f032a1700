import { readFile } from 'node:fs/promises';
import type { UploadServers } from '../fixtures/upload-servers.ts';

/** A page of the built element, and the headers it is served with. */
export interface BuiltPage {
  html: string;
  headers: Record<string, string>;
}

/**
 * A page under the strictest policy that the element supports: that of the demo, except that the signer has an origin of
 * its own.
 *
 * @param policies names of the Trusted Types policies that are allowed
 */
export function strictPage({ endpoint, storage }: UploadServers, policies: string): BuiltPage {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob:",
    `connect-src 'self' ${storage.url} ${new URL(endpoint).origin}`,
    "require-trusted-types-for 'script'",
    `trusted-types ${policies}`,
  ];
  return {
    html: pageWith(endpoint, '/dist/cdn/s3-uploader.js?ver=1'),
    headers: { 'Content-Security-Policy': policy.join('; ') },
  };
}

/** A page that loads the element from another origin: `localhost` in place of 127.0.0.1. */
export const cdnPage = ({ endpoint }: UploadServers, port: string): BuiltPage => ({
  html: pageWith(endpoint, `http://localhost:${port}/dist/cdn/s3-uploader.js`),
  headers: {},
});

/**
 * The README's example of the queue without the element, with the built package and the endpoint of a test. The page keeps
 * what the example logs in `logged`.
 */
export async function headlessPage({ endpoint }: UploadServers): Promise<BuiltPage> {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  const [, section = ''] = readme.split('## Headless\n');
  const [, html] = /```html\n(.*?)```/s.exec(section) ?? [];
  const [, example] = /```js\n(.*?)```/s.exec(section) ?? [];
  if (!html || !example) throw new Error('README.md has no example of the queue without the element');
  const script = example
    .replace("'/sign'", JSON.stringify(endpoint))
    .replace(/'s3-uploader(\/\w+)?'/g, (_, entry = '') => `'/dist${entry}/index.js'`);
  return {
    html: `<!doctype html>
<html lang="en">
  <title>The queue without the element</title>
  ${html}
  <script>
    logged = [];
    console.log = (text) => logged.push(text);
  </script>
  <script type="module">
${script}
document.body.dataset.state = 'ready';
  </script>
</html>`,
    headers: {},
  };
}

const pageWith = (endpoint: string, script: string) => `<!doctype html>
<html lang="en">
  <title>A page with the built element</title>
  <script src="/test/fixtures/csp-violations.js"></script>
  <script type="module" src="${script}"></script>
  <s3-uploader endpoint="${endpoint}" multiple></s3-uploader>
</html>`;
