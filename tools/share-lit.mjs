import { hostOf, lazyQuery } from './isolate-lazy.mjs';

/** The exports of Lit that the entry publishes, and the only ones that lazy chunks may import. */
const NAMES = ['css', 'html', 'nothing', 'render'];
/** Where the entry publishes them on the page. The names are in the key, so that two releases can share a page. */
const KEY = `Symbol.for('s3-uploader: ${NAMES.join(' ')}')`;
const PUBLISH = '\0publish-lit';
const PUBLISHED = '\0published-lit';

/**
 * A Rollup plugin: lazy chunks use the copy of Lit that is in the entry. Without it `isolateLazy` would copy Lit into each
 * chunk that draws, some 3 kB each, and templates of one copy would not render in another.
 *
 * List this plugin before `isolateLazy`.
 *
 * @returns {import('rollup').Plugin}
 */
export function shareLit() {
  return {
    name: 'share-lit',

    resolveId: {
      order: 'pre',
      handler(source, importer) {
        if (source === PUBLISH) return PUBLISH;
        const lazy = source === 'lit' && importer ? lazyQuery(importer) : '';
        return lazy ? PUBLISHED + hostOf(lazy) : null;
      },
    },

    load(id) {
      const names = NAMES.join(', ');
      if (id === PUBLISH) return `import { ${names} } from 'lit';\nglobalThis[${KEY}] ??= { ${names} };`;
      if (id.startsWith(PUBLISHED)) return `export const { ${names} } = globalThis[${KEY}];`;
      return null;
    },

    transform(code, id) {
      // at the end, so that positions in the source map stay
      return this.getModuleInfo(id).isEntry ? { code: `${code}\nimport '${PUBLISH}';`, map: null } : null;
    },
  };
}
