import { createHash } from 'node:crypto';
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { literalsHtmlCssMinifier } from '@literals/rollup-plugin-html-css-minifier';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import terser from '@rollup/plugin-terser';
import typescript from '@rollup/plugin-typescript';
import { isolateLazy } from './tools/isolate-lazy.mjs';
import { shareLit } from './tools/share-lit.mjs';

/**
 * Firefox answers every later `import()` of a module that it could not load once with the same failure: only under another
 * address does it ask anew. Not where the page's import map has an `integrity`: there is none for that address.
 */
const ANEW = `const anew = (url) =>
  import(url).catch((error) => {
    if ([...document.querySelectorAll('[type=importmap]')].some((map) => /"integrity"/.test(map.text))) throw error;
    return import(url + '?' + Date.now());
  });`;

/** Workers, in the folders of those who start them. */
const WORKERS = ['browser/checksum-worker', 'media/picture-worker'];

/** @type {import('rollup').RollupOptions[]} */
export default [
  // for bundlers: module by module, with types; Lit stays an import
  {
    input: [
      ...['widget/index.ts', 'widget/define.ts', 'widget/core/index.ts', 'widget/browser/index.ts'],
      ...WORKERS.map((worker) => `widget/${worker}.ts`),
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
  // for a page: workers, and one module that registers the tag, Lit inside, and beside it what a page may never need
  ...WORKERS.map((worker) => forPages(path.basename(worker), `dist/${worker}.js`, [standAlone(worker)])),
  forPages('s3-uploader', 'dist/define.js', [shareLit(), integrity()]),
];

/** @returns {import('rollup').RollupOptions} */
function forPages(name, input, plugins) {
  return {
    input: { [name]: input },
    output: {
      dir: 'dist/cdn',
      format: 'es',
      entryFileNames: '[name].js',
      chunkFileNames: ({ facadeModuleId }) => `${path.parse(facadeModuleId.split('?')[0]).name}-[hash].js`,
      sourcemap: 'hidden', // its comment would cost bytes
      intro: ({ dynamicImports }) => (dynamicImports.length ? ANEW : ''),
    },
    plugins: [
      ...plugins,
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
    ],
  };
}

/** Empties a folder, once the sources are known to compile. */
function clean(folder) {
  return { name: 'clean', renderStart: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Bundlers take a worker that they are told of by its address as it is: it is to bring all that it needs. */
function standAlone(worker) {
  return {
    name: 'stand-alone',
    writeBundle({ dir }) {
      for (const ending of ['.js', '.js.map']) {
        copyFileSync(path.join(dir, path.basename(worker) + ending), `dist/${worker}${ending}`);
      }
    },
  };
}

/** Writes what a page's `integrity` attribute and import map take, for the entry, each chunk and each worker. */
function integrity() {
  return {
    name: 'integrity',
    writeBundle({ dir }) {
      const files = readdirSync(dir).filter((file) => file.endsWith('.js'));
      const hash = (file) =>
        createHash('sha384')
          .update(readFileSync(path.join(dir, file)))
          .digest('base64');
      const hashes = Object.fromEntries(files.sort().map((file) => [file, `sha384-${hash(file)}`]));
      writeFileSync(path.join(dir, 'integrity.json'), `${JSON.stringify(hashes, null, 2)}\n`);
    },
  };
}
