import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** The SDK reads XML with the browser's DOMParser, or with its own parser elsewhere. Workers are no browser in this. */
const ownXmlParser = {
  name: 'own-xml-parser',
  setup: ({ onResolve }) =>
    onResolve({ filter: /\/xml-parser(\.browser)?$/ }, ({ importer, resolveDir }) =>
      importer.includes('@aws-sdk/xml-builder') ? { path: `${resolveDir}/xml-parser.js` } : undefined,
    ),
};

/** One module with everything inside, for Cloudflare Workers with `nodejs_compat`. */
export const bundleWorker = (options) =>
  build({
    absWorkingDir: here('.'),
    entryPoints: ['platforms/worker.ts'],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['node:*', 'cloudflare:*'],
    legalComments: 'none',
    plugins: [ownXmlParser],
    ...options,
  });
