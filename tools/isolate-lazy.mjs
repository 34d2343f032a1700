import { readFile } from 'node:fs/promises';
import path from 'node:path';

const LAZY = '?lazy=';

/**
 * A Rollup plugin: what is loaded by `import()` becomes a chunk that holds all it needs, with copies of its own of the
 * modules it shares with the entry, and imports nothing. Pages load the entry under addresses of their choice
 * (`s3-uploader.js?ver=1`); a chunk that imported `./s3-uploader.js` would load, and run, a second entry.
 *
 * Shared modules must therefore keep no state, and be recognised by what they are, not by their class.
 *
 * @returns {import('rollup').Plugin}
 */
export function isolateLazy() {
  return {
    name: 'isolate-lazy',

    async resolveDynamicImport(specifier, importer) {
      if (typeof specifier !== 'string') {
        this.error(`import() in ${importer} takes no string: its chunk cannot be built`);
      }
      const target = await this.resolve(specifier, without(importer));
      if (!target || target.external) this.error(`${specifier}, which ${importer} imports, was not found`);
      const file = without(target.id);
      return `${file}${LAZY}${path.parse(file).name}`;
    },

    resolveId: {
      order: 'pre',
      async handler(source, importer, options) {
        const lazy = importer && suffix(importer);
        if (!lazy || source.startsWith('\0')) return null;
        const target = await this.resolve(source, without(importer), { ...options, skipSelf: true });
        if (!target || target.external || target.id.startsWith('\0')) return target;
        if (this.getModuleInfo(target.id)?.isEntry)
          this.error(`${importer} imports the entry, and may be loaded lazily`);
        return { ...target, id: without(target.id) + lazy };
      },
    },

    load(id) {
      return suffix(id) ? readFile(without(id), 'utf8') : null;
    },

    generateBundle(_options, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== 'chunk' || !chunk.imports.length) continue;
        this.error(`${chunk.fileName} imports ${chunk.imports.join(', ')}: every file of the bundle is to stand alone`);
      }
    },
  };
}

const suffix = (id) => (id.includes(LAZY) ? id.slice(id.indexOf(LAZY)) : '');
const without = (id) => id.split('?')[0];
