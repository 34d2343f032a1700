import type { BuildOptions, BuildResult } from 'esbuild';

/** One module with everything inside, for Cloudflare Workers with `nodejs_compat`. */
export function bundleWorker<Options extends BuildOptions>(options: Options): Promise<BuildResult<Options>>;
