import { createHash } from 'node:crypto';
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { literalsHtmlCssMinifier } from '@literals/rollup-plugin-html-css-minifier';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import terser from '@rollup/plugin-terser';
import typescript from '@rollup/plugin-typescript';
import { isolateLazy, withoutQuery } from './tools/isolate-lazy.mjs';
import { shareLit } from './tools/share-lit.mjs';
import { shareModules } from './tools/share-modules.mjs';

/**
 * Imports a chunk; if that fails, once more by another URL: Firefox never requests a module again that failed to load. A page
 * whose import map has an `integrity` gets no second import, since its hash is only for the first URL.
 */
const IMPORT_CHUNK = `const importChunk = (url) =>
  import(url).catch((error) => {
    if ([...document.querySelectorAll('[type=importmap]')].some((map) => /"integrity"/.test(map.text))) throw error;
    return import(url + '?' + Date.now());
  });`;

/** Workers, beside the code that starts them. */
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
      entryFileNames: ({ name, facadeModuleId }) => `${moduleName(facadeModuleId) ?? name}.js`,
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
  // for pages: workers, and the entry, which registers the element and contains Lit, with its lazy chunks
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
      // a chunk that publishes modules is not called the facade of its last module, which `import()` loads
      chunkFileNames: ({ facadeModuleId, moduleIds }) =>
        `${path.parse(withoutQuery(facadeModuleId ?? moduleIds.at(-1))).name}-[hash:7].js`,
      hashCharacters: 'hex', // compresses better than base64
      sourcemap: 'hidden', // its comment would cost bytes
      intro: ({ dynamicImports }) => (dynamicImports.length ? IMPORT_CHUNK : ''),
    },
    plugins: [
      ...plugins,
      isolateLazy('files-session'),
      shareModules(),
      { name: 'import-chunk', renderDynamicImport: () => ({ left: 'importChunk(', right: ')' }) },
      nodeResolve({ browser: true }),
      literalsHtmlCssMinifier(),
      terser({
        ecma: 2020,
        module: true,
        compress: { passes: 3, unsafe_arrows: true, keep_fargs: false },
        format: { comments: false },
      }),
    ],
  };
}

/**
 * The path of a module below dist/, without its ending. Rollup's own name of a module is wrong where a folder above the clone
 * has a `#` or `?` in its name, because it takes the rest of the path for a query:
 * https://github.com/rollup/rollup/blob/v4.67.4/src/Chunk.ts (`QUERY_HASH_REGEX`).
 *
 * @returns undefined for a module without a file
 */
function moduleName(id) {
  if (!id || id.startsWith('\0')) return undefined;
  const { dir, name } = path.parse(path.relative('', id).replaceAll(path.sep, '/'));
  // npm would leave out a node_modules folder inside of dist
  return `${dir}/${name}`.replace(/^widget\//, '').replaceAll('node_modules/', 'vendor/');
}

/** Empties a folder once the sources have compiled. */
function clean(folder) {
  return { name: 'clean', renderStart: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Copies a worker with all its imports: bundlers copy a worker's file by its URL and do not follow its imports. */
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

/** Writes the hashes of entry, chunks and workers for a page's `integrity` attribute and import map. */
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
