import { createHash } from 'node:crypto';
import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { literalsHtmlCssMinifier } from '@literals/rollup-plugin-html-css-minifier';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import terser from '@rollup/plugin-terser';
import typescript from '@rollup/plugin-typescript';
import { isolateLazy } from './test/build/isolate-lazy.mjs';

/**
 * Firefox answers every later `import()` of a module that it could not load once with the same failure: only under another
 * address does it ask anew. Not where the page's import map has an `integrity`: there is none for that address.
 */
const ANEW = `const anew = (url) =>
  import(url).catch((error) => {
    if ([...document.querySelectorAll('[type=importmap]')].some((map) => /"integrity"/.test(map.text))) throw error;
    return import(url + '?' + Date.now());
  });`;

/** By the folder of those who start them. */
const WORKERS = { 'checksum-worker': 'transport', 'picture-worker': '.' };
const workers = (folder, extension) =>
  Object.entries(WORKERS).map(([name, within]) => [name, path.posix.join(folder, within, `${name}.${extension}`)]);

/** @type {import('rollup').RollupOptions[]} */
export default [
  // for bundlers: module by module, with types; Lit stays an import
  {
    input: [
      ...['widget/index.ts', 'widget/define.ts', 'widget/core/index.ts'],
      ...workers('widget', 'ts').map(([, file]) => file),
    ],
    external: /^lit(\/|$)/,
    output: {
      dir: 'dist',
      format: 'es',
      preserveModules: true,
      preserveModulesRoot: 'widget',
      // npm would leave out a node_modules folder inside of dist
      entryFileNames: ({ name }) => `${name.replaceAll('node_modules/', 'vendor/')}.js`,
      sourcemap: true,
    },
    plugins: [
      clean('dist'),
      nodeResolve({ browser: true }),
      typescript({
        tsconfig: 'tsconfig.json',
        noEmit: false,
        noEmitOnError: true,
        declaration: true,
        outDir: 'dist',
        rootDir: 'widget',
      }),
    ],
  },
  // for a page: one module that registers the tag, Lit inside, and beside it what a page may never need
  {
    input: { 's3-uploader': 'dist/define.js', ...Object.fromEntries(workers('dist', 'js')) },
    output: {
      dir: 'dist/cdn',
      format: 'es',
      entryFileNames: '[name].js',
      chunkFileNames: ({ facadeModuleId }) => `${path.parse(facadeModuleId.split('?')[0]).name}-[hash].js`,
      sourcemap: 'hidden', // its comment would cost bytes
      intro: ({ dynamicImports }) => (dynamicImports.length ? ANEW : ''),
    },
    plugins: [
      isolateLazy(),
      { name: 'anew', renderDynamicImport: () => ({ left: 'anew(', right: ')' }) },
      nodeResolve({ browser: true }),
      literalsHtmlCssMinifier(),
      terser({
        ecma: 2020,
        module: true,
        compress: { passes: 3, unsafe_arrows: true },
        format: { comments: false },
      }),
      integrity(),
      standAlone(),
    ],
  },
];

/** Empties a folder, once the sources are known to compile. */
function clean(folder) {
  return { name: 'clean', renderStart: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Bundlers take a worker that they are told of by its address as it is: it is to bring all that it needs. */
function standAlone() {
  return {
    name: 'stand-alone',
    writeBundle({ dir }) {
      for (const [name, file] of workers('dist', 'js')) {
        for (const ending of ['', '.map']) copyFileSync(`${dir}/${name}.js${ending}`, `${file}${ending}`);
      }
    },
  };
}

/** Writes what a page's `integrity` attribute and import map take, for the entry and each chunk. */
function integrity() {
  return {
    name: 'integrity',
    writeBundle({ dir }, bundle) {
      const hashes = Object.values(bundle)
        .filter(({ type }) => type === 'chunk')
        .map(({ fileName, code }) => [fileName, `sha384-${createHash('sha384').update(code).digest('base64')}`])
        .sort();
      writeFileSync(path.join(dir, 'integrity.json'), `${JSON.stringify(Object.fromEntries(hashes), null, 2)}\n`);
    },
  };
}
