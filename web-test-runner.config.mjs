// Tests in browsers. BROWSERS=auto (the default) or a list of chromium, firefox, webkit, npm: see test/runner/browsers.ts.
import { fileURLToPath } from 'node:url';
import { esbuildPlugin } from '@web/dev-server-esbuild';
import { defaultReporter } from '@web/test-runner';
import { a11ySnapshotPlugin } from '@web/test-runner-commands/plugins';
import { register } from 'tsx/esm/api';

register(); // what follows is TypeScript
const { launchers } = await import('./test/runner/browsers.ts');
const { commands } = await import('./test/runner/commands.ts');
const { frameworks } = await import('./test/runner/frameworks.ts');
const { lostChunks } = await import('./test/runner/missing-chunks.ts');
const { uploadServers } = await import('./test/runner/servers-plugin.ts');
const { tallyReporter } = await import('./test/runner/results.ts');

const names = (process.env.BROWSERS ?? 'auto').split(',');
const servers = uploadServers();

/** A worker is started by the address that it has once it is built. */
const workers = (context, next) => {
  context.path = context.path.replace(/^(\/widget\/.*-worker)\.js$/, '$1.ts');
  return next();
};

export default {
  files: ['test/{element,view,media,e2e}/**/*.test.ts'],
  hostname: '127.0.0.1', // a bare container may have no /etc/hosts
  nodeResolve: { browser: true }, // packages as bundlers for browsers take them
  browsers: await launchers(names),
  ...(names.includes('webkit') && { concurrency: 1 }),
  middleware: [servers.middleware, lostChunks(), frameworks(), workers],
  plugins: [
    a11ySnapshotPlugin(),
    commands(),
    servers.plugin,
    esbuildPlugin({
      ts: true,
      target: 'es2022',
      tsconfig: fileURLToPath(new URL('tsconfig.json', import.meta.url)),
    }),
  ],
  filterBrowserLogs: ({ args }) => !String(args[0]).startsWith('Lit is in dev mode'),
  reporters: [defaultReporter(), tallyReporter()],
  // in CI three engines share two cores with a storage and a signer: what fails there is tried once more before it counts
  testFramework: { config: { timeout: 20_000, retries: process.env.CI ? 1 : 0 } },
  testsFinishTimeout: 300_000,
  browserStartTimeout: 60_000,
};
