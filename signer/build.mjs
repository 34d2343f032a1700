// Builds dist/ for npm, and dist/bundle/ for the container, Lambda and Workers. The bundles include all dependencies.
import { execFileSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundleWorker } from './bundle-worker.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const common = {
  absWorkingDir: here('.'),
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  legalComments: 'none',
};

rmSync(here('dist'), { recursive: true, force: true });
await build({
  ...common,
  entryPoints: {
    index: 'index.ts',
    limits: 'limits/limiter.ts',
    metrics: 'service/metrics.ts',
    redis: 'service/redis.ts',
    cli: 'platforms/node/cli.ts',
    server: 'platforms/node/server.ts',
    lambda: 'platforms/lambda.ts',
    worker: 'platforms/worker.ts',
  },
  outdir: 'dist',
  packages: 'external',
  sourcemap: true,
});
chmodSync(here('dist/cli.js'), 0o755);
await build({
  ...common,
  entryPoints: { cli: 'platforms/node/cli.ts', lambda: 'platforms/lambda.ts' },
  outdir: 'dist/bundle',
  outExtension: { '.js': '.mjs' },
  minify: true,
  // Bundled CommonJS packages load Node's own modules with require.
  banner: { js: "import { createRequire as _require } from 'node:module'; const require = _require(import.meta.url);" },
});
await bundleWorker({ outfile: 'dist/bundle/worker.mjs', minify: true });

const typescript = createRequire(import.meta.url).resolve('typescript/bin/tsc');
execFileSync(
  process.execPath,
  [
    ...[typescript, '-p', here('tsconfig.json'), '--noEmit', 'false', '--declaration', '--emitDeclarationOnly'],
    ...['--rootDir', here('..'), '--outDir', here('dist/types')],
  ],
  { stdio: 'inherit' },
);
