/**
 * A Rollup plugin: hands the modules of a chunk over to the chunks that are loaded after it, without an `import`. The chunk
 * publishes what they need on the page, under its own name with its hash; they take it from there.
 *
 * An `import` between chunks would not do. Firefox never requests a module again that failed to load: a chunk that was loaded
 * at the second attempt has another URL, and imports of the first one would fail for ever.
 *
 * List this plugin after `isolateLazy`.
 *
 * @returns {import('rollup').Plugin}
 */
export function shareModules() {
  return {
    name: 'share-modules',

    renderChunk(code, { fileName, moduleIds }, _options, { chunks }) {
      const used = Object.values(chunks).flatMap(({ importedBindings }) => importedBindings[fileName] ?? []);
      const ownExports = this.getModuleInfo(moduleIds.at(-1)).exports;
      const { body } = this.parse(code);
      const shared = [];
      const edits = [];
      for (const { type, start, end, source, specifiers } of body) {
        if (type === 'ImportDeclaration') {
          const names = specifiers.map(({ imported, local }) => member(imported, local));
          edits.push([start, end, `const { ${names.join(', ')} } = ${registry(source.value)};`]);
        } else if (type === 'ExportNamedDeclaration' && used.length) {
          shared.push(...specifiers.filter(({ exported }) => used.includes(exported.name)));
          const own = specifiers.filter(({ exported: { name } }) => !used.includes(name) || ownExports.includes(name));
          edits.push([start, end, `export { ${own.map((each) => code.slice(each.start, each.end)).join(', ')} };`]);
        }
      }
      for (const { kind, declarations = [] } of body) {
        const changing = kind === 'const' ? undefined : shared.find(({ local }) => declares(declarations, local));
        if (changing) this.error(`${fileName} shares the variable ${changing.local.name}: later values would be lost.`);
      }
      if (!edits.length) return null;
      // imports and exports have a line of their own, and no position in the source map
      for (const [start, end, text] of edits.reverse()) code = code.slice(0, start) + text + code.slice(end);
      const members = shared.map(({ exported, local }) => member(exported, local));
      if (members.length) code += `\n${registry(fileName)} ??= { ${members.join(', ')} };`;
      return { code, map: null };
    },
  };
}

const member = (name, local) => `${name.name}: ${local.name}`;
const declares = (declarations, { name }) => declarations.some(({ id }) => id.name === name);
const registry = (chunk) => `globalThis[Symbol.for('${chunk.replace(/^\.\//, '')}')]`;
