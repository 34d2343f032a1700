// Compares two ways to build the files for pages, by the requests and bytes of a first upload of a photo:
//
//   isolated   the build in use: a self-contained entry, and lazy chunks that import nothing (tools/isolate-lazy.mjs)
//   shared     plain Rollup: a loader that imports `element-[hash].js`, and chunks that share modules
//
//   npm run build && node tools/compare-builds.mjs
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { literalsHtmlCssMinifier } from '@literals/rollup-plugin-html-css-minifier';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import terser from '@rollup/plugin-terser';
import { rollup } from 'rollup';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
/** The chunks that load from the script tag until a photo with a preview is uploaded by POST, in order. */
const PHOTO = ['s3-uploader', 'files-session', 'preview', 'thumbnail'];
/** Seconds of a round trip on a bad mobile connection. */
const ROUND_TRIP_S = 2;

const isolated = readFiles(path.join(dist, 'cdn'));
const shared = await buildShared();
const rows = { isolated: cost(isolated), shared: cost(shared) };
console.table(rows);
const ratio = (rows.shared['Brotli bytes'] / rows.isolated['Brotli bytes']).toFixed(2);
console.log(`bytes of a first photo, shared / isolated: ${ratio}`);

/** Files by name, without those that only other features need. */
function readFiles(folder) {
  const names = readdirSync(folder).filter((name) => name.endsWith('.js'));
  return new Map(names.map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]));
}

async function buildShared() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 's3-uploader-shared-'));
  try {
    const build = await rollup({
      input: { element: path.join(dist, 'define.js') },
      plugins: [
        nodeResolve({ browser: true }),
        literalsHtmlCssMinifier(),
        terser({
          ecma: 2020,
          module: true,
          compress: { passes: 3, unsafe_arrows: true, keep_fargs: false },
          format: { comments: false },
        }),
      ],
    });
    const { output } = await build.write({ dir: folder, entryFileNames: '[name]-[hash].js' });
    return readFiles(folder).set('s3-uploader.js', `import"./${output[0].fileName}"`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Requests, bytes, and the time until the button can be clicked, if nothing is preloaded. */
function cost(files) {
  const loaded = new Set();
  let depth = 0;
  for (const name of PHOTO) {
    const file = [...files.keys()].find((each) => each === `${name}.js` || each.startsWith(`${name}-`));
    if (!file) throw new Error(`No file of the build is called ${name}.`);
    const reached = load(file, files, loaded, 1);
    if (name === 's3-uploader') depth = reached;
  }
  const bytes = [...loaded].reduce((sum, file) => sum + brotliCompressSync(files.get(file)).length, 0);
  return { requests: loaded.size, 'Brotli bytes': bytes, 'usable after (s)': depth * ROUND_TRIP_S };
}

/** Adds a file and its static imports. @returns how many requests follow one another until all are there */
function load(file, files, loaded, depth) {
  if (loaded.has(file)) return depth;
  loaded.add(file);
  const imports = [...files.get(file).matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)].map(([, name]) => name);
  return Math.max(depth, ...imports.map((name) => load(name, files, loaded, depth + 1)));
}
