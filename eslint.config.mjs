import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import { configs as lit } from 'eslint-plugin-lit';
import { configs as wc } from 'eslint-plugin-wc';
import globals from 'globals';
import ts from 'typescript-eslint';
import { importDirection } from './tools/import-direction.mjs';

const HTML_FROM_STRINGS = [
  {
    selector: 'MemberExpression[property.name=/^(innerHTML|outerHTML|insertAdjacentHTML|setHTMLUnsafe|srcdoc)$/]',
    message: 'HTML made of strings: render a Lit template, or set textContent.',
  },
  {
    selector: 'ImportSpecifier[imported.name=/^unsafe(HTML|SVG|MathML|Static|CSS)$/]',
    message: 'HTML made of strings: render a Lit template.',
  },
  {
    selector: 'TaggedTemplateExpression[tag.name=/^(html|svg)$/] TemplateElement[value.raw=/\\sstyle\\s*=/]',
    message:
      'A style attribute is refused by a strict Content-Security-Policy: use a class, or set .style in a directive.',
  },
  {
    selector: "CallExpression[callee.property.name='setAttribute'][arguments.0.value=/^(style|on.*)$/]",
    message: 'Refused by a strict Content-Security-Policy: use a class, a property or addEventListener.',
  },
];

const BROWSER_ONLY = [
  ...['window', 'document', 'navigator', 'location', 'history', 'self', 'localStorage', 'sessionStorage', 'indexedDB'],
  ...['XMLHttpRequest', 'customElements', 'HTMLElement', 'Image', 'FileReader', 'Worker', 'requestAnimationFrame'],
];

/** What the strict rules ask for and this code does not do. */
const STRICT_EXCEPTIONS = {
  '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
  '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
  // options come from JavaScript, too: what the types rule out is checked all the same
  '@typescript-eslint/no-unnecessary-condition': 'off',
  // what is deprecated has no successor among the packages here
  '@typescript-eslint/no-deprecated': 'off',
  '@typescript-eslint/no-empty-function': 'off',
  '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
  // the compiler cannot know what a length or a key check has shown
  '@typescript-eslint/no-non-null-assertion': 'off',
  // an async function that awaits nothing still turns what it throws into a rejection
  '@typescript-eslint/require-await': 'off',
  // dependencies are function types, called without a receiver
  '@typescript-eslint/unbound-method': 'off',
  // an empty string, zero and false fall back to the default, too
  '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: true }],
  // the members of an error are the details of another one
  '@typescript-eslint/no-misused-spread': ['error', { allow: [{ from: 'file', name: 'UploadError' }] }],
  // a page's function may return nothing
  '@typescript-eslint/no-invalid-void-type': 'off',
  // a type parameter that stands once names a message, or compares two types
  '@typescript-eslint/no-unnecessary-type-parameters': 'off',
};

export default defineConfig(
  globalIgnores(['**/dist', 'coverage', 'demo/.data', 'test/output', '**/node_modules']),
  js.configs.recommended,
  {
    plugins: { project: { rules: { 'import-direction': importDirection } } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'project/import-direction': 'error',
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-new-func': 'error',
      'no-restricted-syntax': ['error', ...HTML_FROM_STRINGS],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx'], location: 'anywhere' }],
    },
  },
  {
    files: ['**/*.ts'],
    extends: [ts.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-empty-object-type': ['error', { allowInterfaces: 'with-single-extends' }],
      // an async function that awaits nothing still turns what it throws into a rejection
      '@typescript-eslint/require-await': 'off',
      // dependencies are function types, called without a receiver
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['{widget,signer,demo}/**/*.ts'],
    extends: [ts.configs.strictTypeChecked, ts.configs.stylisticTypeChecked],
    rules: STRICT_EXCEPTIONS,
  },
  {
    files: ['widget/**/*.ts'],
    extends: [lit['flat/recommended'], wc['flat/best-practice']],
    languageOptions: { globals: globals.browser },
    settings: { wc: { elementBaseClasses: ['LitElement'] } },
    rules: {
      'lit/no-template-bind': 'error',
      'lit/no-useless-template-literals': 'error',
      'no-console': 'error',
      'wc/guard-super-call': 'off', // LitElement has them all
    },
  },
  {
    files: ['widget/core/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...BROWSER_ONLY.map((name) => ({ name, message: 'The core runs in plain Node: take it as an option.' })),
      ],
    },
  },
  {
    files: ['signer/**/*.ts'],
    ignores: [
      'signer/platforms/node/server.ts',
      'signer/platforms/node/cli.ts',
      'signer/platforms/worker.ts',
      'signer/platforms/lambda.ts',
    ],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Only an entry (server.ts) reads the environment.' },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      'no-restricted-syntax': 'off', // tests plant what a policy refuses
      // `expect(x).to.be.true` is chai's way, and `test()` of node:test need not be awaited
      '@typescript-eslint/no-unused-expressions': 'off',
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            { from: 'package', package: 'node:test', name: ['test', 'describe', 'it', 'suite'] },
          ],
        },
      ],
    },
  },
  {
    files: ['test/{element,view,media,e2e}/**/*.ts'],
    // chai's assertions are typed as promises, whether they are or not; an unhandled rejection fails the run
    rules: { '@typescript-eslint/no-floating-promises': 'off' },
  },
  { files: ['**/*.mjs'], languageOptions: { globals: globals.node } },
  { files: ['demo/*.js', 'test/**/*.js'], languageOptions: { globals: globals.browser } },
);
