import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { transformAsync } from '@babel/core';
import type { TestRunnerConfig } from '@web/test-runner';
import { build, type Plugin, transform } from 'esbuild';
import { compile } from 'svelte/compiler';

type Middleware = NonNullable<TestRunnerConfig['middleware']>[number];

/** Serves `/__frameworks/{name}.js`: the app of that name in test/frameworks/, bundled with its framework. */
export function frameworks(): Middleware {
  return async (context, next) => {
    const [, name] = /^\/__frameworks\/(\w+)\.js$/.exec(context.path) ?? [];
    if (!name) return void (await next());
    const { outputFiles } = await build({
      entryPoints: [fileURLToPath(new URL(`../frameworks/${name}`, import.meta.url))],
      bundle: true,
      write: false,
      format: 'esm',
      conditions: ['browser'],
      define: {
        'process.env.NODE_ENV': '"development"',
        __VUE_OPTIONS_API__: 'true',
        __VUE_PROD_DEVTOOLS__: 'false',
        __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
      },
      alias: { vue: 'vue/dist/vue.esm-bundler.js' }, // the build that compiles templates
      plugins: [svelte, solid],
      logLevel: 'error',
    });
    context.type = 'js';
    context.body = outputFiles[0]!.text;
  };
}

const solid: Plugin = {
  name: 'solid',
  setup({ onLoad }) {
    onLoad({ filter: /solid\.tsx$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, 'utf8'), { loader: 'tsx', jsx: 'preserve' });
      const compiled = await transformAsync(code, { presets: ['solid'], configFile: false, babelrc: false });
      return { contents: compiled!.code! };
    });
  },
};

const svelte: Plugin = {
  name: 'svelte',
  setup({ onLoad }) {
    onLoad({ filter: /\.svelte$/ }, async ({ path }) => ({
      contents: compile(await readFile(path, 'utf8'), { filename: path }).js.code,
    }));
  },
};
