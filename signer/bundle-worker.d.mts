import type { BuildOptions, BuildResult } from 'esbuild';

/** Bundles the signer and all its dependencies into one module, for Cloudflare Workers with `nodejs_compat`. */
export function bundleWorker<Options extends BuildOptions>(options: Options): Promise<BuildResult<Options>>;
