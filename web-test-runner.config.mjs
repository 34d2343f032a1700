// Tests in browsers. BROWSERS=auto (the default) or a list of chromium, firefox, webkit, npm: see test/runner/browsers.ts.
import { fileURLToPath } from 'node:url';
import { esbuildPlugin } from '@web/dev-server-esbuild';
import { defaultReporter } from '@web/test-runner';
import { a11ySnapshotPlugin } from '@web/test-runner-commands/plugins';
import { register } from 'tsx/esm/api';

register(); // the following modules are TypeScript
const { browserResults } = await import('./test/runner/browser-results.ts');
const { launchers } = await import('./test/runner/browsers.ts');
const { commands } = await import('./test/runner/commands.ts');
const { frameworks } = await import('./test/runner/frameworks.ts');
const { missingChunks } = await import('./test/runner/missing-chunks.ts');
const { uploadServers } = await import('./test/runner/servers-plugin.ts');

const names = (process.env.BROWSERS ?? 'auto').split(',');
const servers = uploadServers();
const results = browserResults();

/** Serves workers from their source: the element starts them by the name that they have once they are built. */
const workers = (context, next) => {
  context.path = context.path.replace(/^(\/widget\/.*-worker)\.js$/, '$1.ts');
  return next();
};

export default {
  files: ['test/{element,view,media,e2e}/**/*.test.ts', 'test/faults/{faults,soak,commands}.test.ts'],
  hostname: '127.0.0.1', // a bare container may have no /etc/hosts
  nodeResolve: { browser: true }, // packages as bundlers for browsers take them
  browsers: await launchers(names),
  ...(names.includes('webkit') && { concurrency: 1 }),
  middleware: [servers.middleware, missingChunks(), frameworks(), workers],
  plugins: [
    a11ySnapshotPlugin(),
    commands(),
    results.plugin,
    servers.plugin,
    esbuildPlugin({
      ts: true,
      target: 'es2022',
      tsconfig: fileURLToPath(new URL('tsconfig.json', import.meta.url)),
    }),
  ],
  filterBrowserLogs: ({ args }) => !String(args[0]).startsWith('Lit is in dev mode'),
  reporters: [defaultReporter(), results.reporter],
  // one script, so that both modules are loaded before Mocha runs
  testRunnerHtml: (testFramework) => `<!doctype html>
    <script type="module">
      import '${testFramework}';
      import '/test/runner/report-retries.ts';
    </script>`,
  // In CI, three engines share two cores with a storage and a signer, so a failed test runs once more. The summary of
  // test/runner/run.mjs lists every test that did.
  testFramework: { config: { timeout: 20_000, retries: process.env.CI ? 1 : 0 } },
  testsFinishTimeout: 600_000,
  browserStartTimeout: 60_000,
};
