import path from 'node:path';

/**
 * The parts of the project and the imports that each may have. A file belongs to the first part whose path it starts with;
 * `signer/*` means the files of that folder alone, without its subfolders.
 * `imports` names parts or single modules; of those in `types`, only types may be imported. `packages` are npm packages,
 * and Node's modules as `node:`; without it, any are allowed.
 */
const PARTS = [
  { part: 'core', paths: ['widget/core/'], imports: ['core'], packages: ['@aws-sdk/checksums', '@smithy/core'] },
  { part: 'sign', paths: ['widget/sign/'], imports: ['core', 'sign'], packages: ['@smithy/core'] },
  { part: 'browser', paths: ['widget/browser/'], imports: ['core', 'browser'], packages: ['idb-keyval'] },
  { part: 'media', paths: ['widget/media/'], imports: ['core', 'browser', 'media'], packages: [] },
  { part: 'locales', paths: ['widget/locales/'], imports: ['locales'], packages: [] },
  {
    part: 'view',
    paths: ['widget/view/'],
    imports: ['core', 'locales', 'media', 'view'],
    packages: ['lit'],
  },
  {
    part: 'element',
    paths: ['widget/element/'],
    imports: ['browser', 'core', 'element', 'locales', 'media', 'sign', 'view'],
    packages: ['lit'],
  },
  {
    part: 'frameworks',
    paths: ['widget/frameworks/'],
    imports: ['frameworks'],
    types: ['element'],
    packages: ['lit', 'react', 'solid-js', 'svelte', 'vue'],
  },
  { part: 'define', paths: ['widget/define.ts'], imports: ['element'], packages: [] },
  {
    part: 'index',
    paths: ['widget/index.ts'],
    imports: ['browser', 'core', 'element', 'locales', 'sign'],
    packages: [],
  },
  { part: 'signer/core', paths: ['signer/core/'], imports: ['signer/core'], types: ['core/protocol'] },
  { part: 'signer/auth', paths: ['signer/auth/'], imports: ['signer/auth', 'signer/core'], types: ['core/protocol'] },
  { part: 'signer/limits', paths: ['signer/limits/'], imports: ['signer/core', 'signer/limits'] },
  {
    part: 'signer/service',
    paths: ['signer/service/'],
    imports: ['signer/auth', 'signer/core', 'signer/limits', 'signer/package', 'signer/service'],
    types: ['core/protocol'],
  },
  {
    part: 'signer/doctor',
    paths: ['signer/doctor/'],
    imports: ['signer/core', 'signer/doctor', 'signer/service'],
    types: ['core/protocol'],
  },
  {
    part: 'signer/platforms',
    paths: ['signer/platforms/'],
    imports: ['signer/core', 'signer/doctor', 'signer/limits', 'signer/platforms', 'signer/service'],
  },
  {
    part: 'signer',
    paths: ['signer/*'],
    imports: ['signer', 'signer/auth', 'signer/core', 'signer/limits', 'signer/service'],
    types: ['core/protocol'],
  },
  {
    part: 'demo',
    paths: ['demo/'],
    imports: ['demo', 'define', 'index', 'core/index', 'signer', 'signer/core', 'signer/service'],
  },
  { part: 'tools', paths: ['tools/'], imports: ['tools', 'signer/service', 'locales', 'view'] },
  { part: 'test', paths: ['test/'], imports: ['*'] },
];

/** Folders whose every file must belong to a part. */
const COVERED = /^(demo|signer|tools|widget)\//;

/**
 * An ESLint rule: imports run one way, `define → element → view, sign, media, browser → core`, so that each part can be
 * read, tested and shipped without those that stand on it.
 *
 * @type {import('eslint').Rule.RuleModule}
 */
export const importDirection = {
  meta: {
    type: 'problem',
    docs: { description: 'Keep imports between the folders running one way' },
    schema: [],
    messages: {
      direction: '{{from}} must not import {{to}}: imports run define → element → view, sign, media, browser → core',
      types: '{{from}} may import only types from {{to}}: write `import type`',
      package: '{{from}} must not import the package {{to}}',
      noPart: '{{file}} belongs to no part of the project: add its folder to tools/import-direction.mjs',
      outside: '{{to}} lies in no part of the project that may be imported: see tools/import-direction.mjs',
    },
  },
  create(context) {
    const file = slashed(path.relative(context.cwd, context.filename));
    const own = partOf(file);
    if (!own) {
      const isCovered = COVERED.test(file);
      return isCovered ? { Program: (node) => context.report({ node, messageId: 'noPart', data: { file } }) } : {};
    }

    const check = (node, source, typeOnly) => {
      if (typeof source?.value !== 'string') return;
      const specifier = source.value;
      const data = { from: own.part, to: specifier };
      if (!specifier.startsWith('.')) {
        const allowed = own.packages?.some((name) => specifier === name || specifier.startsWith(`${name}/`)) ?? true;
        if (!allowed) context.report({ node, messageId: 'package', data });
        return;
      }
      const target = slashed(path.join(path.dirname(file), specifier));
      const other = partOf(target);
      if (own.imports.includes('*')) return;
      if (!other) return context.report({ node, messageId: 'outside', data });
      // a part, or one module of it
      const names = [other.part, target.replace(/^widget\//, '').replace(/\.[a-z]+$/, '')];
      if (names.some((name) => own.imports.includes(name))) return;
      if (!names.some((name) => own.types?.includes(name))) context.report({ node, messageId: 'direction', data });
      else if (!typeOnly) context.report({ node, messageId: 'types', data });
    };

    return {
      ImportDeclaration: (node) => check(node, node.source, node.importKind === 'type'),
      ExportNamedDeclaration: (node) => check(node, node.source, node.exportKind === 'type'),
      ExportAllDeclaration: (node) => check(node, node.source, node.exportKind === 'type'),
      ImportExpression: (node) => check(node, node.source, false),
    };
  },
};

const partOf = (file) => PARTS.find(({ paths }) => paths.some((start) => isUnder(start, file)));

function isUnder(start, file) {
  if (!start.endsWith('*')) return file.startsWith(start);
  return path.posix.dirname(file) === path.posix.dirname(start);
}

const slashed = (file) => file.split(path.sep).join('/');
