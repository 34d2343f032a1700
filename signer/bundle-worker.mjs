import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Makes the SDK use its own XML parser. For browsers, and so for Workers, it would use DOMParser, which Workers lack. */
const ownXmlParser = {
  name: 'own-xml-parser',
  setup: ({ onResolve }) =>
    onResolve({ filter: /\/xml-parser(\.browser)?$/ }, ({ importer, resolveDir }) =>
      importer.includes('@aws-sdk/xml-builder') ? { path: `${resolveDir}/xml-parser.js` } : undefined,
    ),
};

/** Bundles the signer and all its dependencies into one module, for Cloudflare Workers with `nodejs_compat`. */
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
