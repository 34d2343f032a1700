import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { mutableState } from './mutable-state.mjs';

/** Marks a copy of a module that belongs to one lazy chunk: `list.ts?lazy=files-session`. */
const LAZY = '?lazy=';

/** Between the name of the host and the name of a chunk that only the host loads: `put.ts?lazy=files-session/put`. */
const BEHIND = '/';

/**
 * A Rollup plugin: each `import()` becomes a chunk that imports nothing. Modules that a chunk shares with the entry are copied
 * into it.
 *
 * Pages load the entry under addresses of their choice (`s3-uploader.js?ver=1`). A chunk that imported `./s3-uploader.js`
 * would load and run a second entry. `tools/compare-builds.mjs` measures the alternative, a small loader in front of shared
 * chunks.
 *
 * One chunk is the host. Chunks that it loads, and those that they load in turn, use its modules instead of copies: the host is
 * there before them. `shareModules` hands the modules over. A chunk that can also be loaded without the host is built twice.
 *
 * Two rules follow from the copies, and both fail the build:
 * - A module that lands in several chunks keeps no mutable state: each copy would have its own.
 * - A chunk never imports the entry.
 *
 * @param {string} [host] name of the host's source file without its ending; default: each chunk has copies of all it needs
 * @returns {import('rollup').Plugin}
 */
export function isolateLazy(host) {
  /** The source files of the host; undefined until it was found. @type {Promise<Set<string>> | undefined} */
  let hostFiles;
  return {
    name: 'isolate-lazy',

    async resolveDynamicImport(specifier, importer) {
      if (typeof specifier !== 'string') {
        this.error(`The import() in ${importer} has no string literal: Rollup cannot build its chunk.`);
      }
      const target = await this.resolve(specifier, withoutQuery(importer));
      if (!target || target.external) this.error(`${specifier}, imported by ${importer}, was not found.`);
      const file = withoutQuery(target.id);
      const { name } = path.parse(file);
      if (name === host) hostFiles ??= staticImports(this, file);
      else if (hostOf(lazyQuery(importer)) === LAZY + host) {
        const [files, hosts] = await Promise.all([staticImports(this, file), hostFiles]);
        if ([...files].some((each) => hosts.has(each))) return file + LAZY + host + BEHIND + name;
      }
      return file + LAZY + name;
    },

    resolveId: {
      order: 'pre',
      async handler(source, importer, options) {
        const lazy = importer && lazyQuery(importer);
        if (!lazy || source.startsWith('\0')) return null;
        const target = await this.resolve(source, withoutQuery(importer), { ...options, skipSelf: true });
        if (!target || target.external || target.id.startsWith('\0')) return target;
        if (this.getModuleInfo(target.id)?.isEntry) this.error(`${importer} is loaded lazily and imports the entry.`);
        const file = withoutQuery(target.id);
        const isHosts = lazy.includes(BEHIND) && (await hostFiles).has(file);
        return { ...target, id: file + (isHosts ? hostOf(lazy) : lazy) };
      },
    },

    load(id) {
      return lazyQuery(id) ? readFile(withoutQuery(id), 'utf8') : null;
    },

    generateBundle(_options, bundle) {
      const chunks = Object.values(bundle).filter(({ type }) => type === 'chunk');
      for (const { fileName, code } of chunks) {
        const { source } = this.parse(code).body.find(({ source }) => source) ?? {};
        if (source) this.error(`${fileName} imports ${source.value}: every file of the bundle must stand alone.`);
      }
      const faults = [...copiesByFile(chunks)].flatMap(([file, copies]) => {
        const state = copies.length > 1 && copies.flatMap(({ code }) => mutableState(this.parse(code)));
        const names = copies.map(({ chunk }) => chunk).join(', ');
        return state.length
          ? `${file} keeps state (${[...new Set(state)].join(', ')}), and each of these has its own copy: ${names}`
          : [];
      });
      if (faults.length) this.error(`A module in several chunks must not keep mutable state.\n${faults.join('\n')}`);
    },
  };
}

/** The source files that a file imports, with itself, however far away; without those of `import()`. */
async function staticImports(context, entry) {
  const files = new Set();
  const add = async (file) => {
    if (files.has(file)) return;
    files.add(file);
    const { body } = context.parse(await readFile(file, 'utf8'));
    const sources = body.flatMap(({ source }) => source?.value ?? []);
    const targets = await Promise.all(sources.map((source) => context.resolve(source, file)));
    for (const target of targets) if (target && !target.external && !target.id.startsWith('\0')) await add(target.id);
  };
  await add(entry);
  return files;
}

/** The copies of each source file in the bundle, with the code that survived tree-shaking. */
function copiesByFile(chunks) {
  const files = new Map();
  for (const { fileName, modules } of chunks) {
    for (const [id, { code }] of Object.entries(modules)) {
      if (!code || id.startsWith('\0')) continue;
      const file = withoutQuery(id);
      files.set(file, [...(files.get(file) ?? []), { chunk: fileName, code }]);
    }
  }
  return files;
}

/** The query of a module that belongs to a lazy chunk, or an empty string. The path before it may have a `?` of its own. */
export const lazyQuery = (id) => (id.includes(LAZY) ? id.slice(id.lastIndexOf(LAZY)) : '');
/** The path of a module. */
export const withoutQuery = (id) => id.slice(0, id.length - lazyQuery(id).length);
/** The query of the modules whose copies a chunk with this query uses: the host's behind the host, otherwise its own. */
export const hostOf = (query) => query.split(BEHIND)[0];
