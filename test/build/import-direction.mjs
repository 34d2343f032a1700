import path from 'node:path';

/**
 * Which part of the project may import which, by the folder or file it begins with: the first that fits names a part.
 * `types` may be imported for their types only. `packages` are those of npm (and Node's modules, as `node:`); default any.
 */
const PARTS = [
  { part: 'core', paths: ['widget/core/'], imports: ['core'], packages: ['@aws-sdk/checksums', '@smithy/core'] },
  { part: 'sign', paths: ['widget/sign/'], imports: ['core', 'sign'], packages: [] },
  { part: 'transport', paths: ['widget/transport/'], imports: ['core', 'transport'], packages: ['idb-keyval'] },
  { part: 'locales', paths: ['widget/locales/'], imports: ['locales'], types: ['core', 'view'], packages: [] },
  {
    part: 'view',
    paths: ['widget/view/'],
    imports: ['core', 'locales', 'view'],
    types: ['events'],
    packages: ['lit'],
  },
  { part: 'events', paths: ['widget/events.ts'], imports: [], types: ['core', 'element'], packages: [] },
  {
    part: 'element',
    paths: ['widget/s3-uploader', 'widget/uploads', 'widget/picture'],
    imports: ['core', 'element', 'events', 'locales', 'sign', 'transport', 'view'],
    packages: ['lit'],
  },
  { part: 'define', paths: ['widget/define.ts'], imports: ['element'], packages: [] },
  {
    part: 'index',
    paths: ['widget/index.ts'],
    imports: ['core', 'element', 'events', 'locales', 'sign', 'transport', 'view'],
    packages: [],
  },
  { part: 'signer', paths: ['signer/'], imports: ['signer'], types: ['core/protocol'] },
  { part: 'demo', paths: ['demo/'], imports: ['demo', 'define', 'index', 'core/index', 'signer'] },
  { part: 'test', paths: ['test/'], imports: ['*'] },
];

/**
 * An ESLint rule: imports run one way, `define → s3-uploader → view, sign, transport → core`, so that each part can be
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
      direction: '{{from}} must not import {{to}}: imports run define → s3-uploader → view, sign, transport → core',
      types: '{{from}} may import only types from {{to}}: write `import type`',
      package: '{{from}} must not import the package {{to}}',
      outside: '{{to}} lies in no part of the project that may be imported: see test/build/import-direction.mjs',
    },
  },
  create(context) {
    const file = slashed(path.relative(context.cwd, context.filename));
    const own = partOf(file);
    if (!own) return {};

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

const partOf = (file) => PARTS.find(({ paths }) => paths.some((start) => file.startsWith(start)));
const slashed = (file) => file.split(path.sep).join('/');
