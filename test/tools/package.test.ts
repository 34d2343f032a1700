import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

for (const moduleResolution of [ts.ModuleResolutionKind.NodeNext, ts.ModuleResolutionKind.Bundler]) {
  const isNode = moduleResolution === ts.ModuleResolutionKind.NodeNext;

  test(`an application finds the package's types with ${isNode ? "Node's" : "a bundler's"} module resolution`, () => {
    const found = typeErrors(
      `import { cognito, companion, S3UploaderElement, type Sign } from 's3-uploader';
      import 's3-uploader/define';
      import { Uploader, type UploadItem } from 's3-uploader/core';
      import { browserNetwork, checksumInWorker, keepScreenAwake, promptBeforeUnload, resumeStore, xhr } from 's3-uploader/browser';
      const element: S3UploaderElement = document.createElement('s3-uploader');
      element.addEventListener('upload-success', ({ detail }) => detail.key.toUpperCase());
      element.sign = companion({ url: '/companion', multipartFrom: 2 ** 24 });
      export const sign: Sign = cognito({ identityPoolId: 'eu-central-1:0', region: 'eu-central-1', bucket: 'files' });
      export const items: readonly UploadItem[] = element.files;
      const network = browserNetwork(AbortSignal.timeout(1000));
      const queue = new Uploader({ sign, send: xhr, network, resume: resumeStore('files'), computeChecksum: checksumInWorker() });
      promptBeforeUnload(queue);
      keepScreenAwake(queue, { isAllowed: () => true });
      export const files: number = element.files;
      export const uploader: string = Uploader;`,
      { moduleResolution, module: isNode ? ts.ModuleKind.NodeNext : ts.ModuleKind.ESNext },
    );
    // the last two lines are wrong on purpose
    assert.equal(found.length, 2, found.join('\n'));
    assert.match(found[0] ?? '', /'readonly UploadItem\[\]' is not assignable to type 'number'/);
    assert.match(found[1] ?? '', /'typeof Uploader' is not assignable to type 'string'/);
  });
}

test('importing the class registers no element, importing define does', async () => {
  await import(new URL('../../dist/index.js', import.meta.url).href);
  assert.equal(customElements.get('s3-uploader'), undefined);
  await import(new URL('../../dist/define.js', import.meta.url).href);
  assert.ok(customElements.get('s3-uploader'));
});

test('the core imports neither Lit nor the element', () => {
  const modules = readdirSync(`${root}dist/core`).filter((file) => file.endsWith('.js'));
  assert.ok(modules.length > 0);
  for (const file of modules) {
    assert.doesNotMatch(read(`dist/core/${file}`), /from '(lit|\.\.\/(?!vendor\/))/, file);
  }
});

test('integrity.json has the hash of every script in dist/cdn', () => {
  const integrity = JSON.parse(read('dist/cdn/integrity.json')) as Record<string, string>;
  const scripts = readdirSync(`${root}dist/cdn`).filter((file) => file.endsWith('.js'));
  assert.deepEqual(Object.keys(integrity).sort(), scripts.sort());
  for (const [file, hash] of Object.entries(integrity)) {
    assert.equal(
      hash,
      `sha384-${createHash('sha384')
        .update(read(`dist/cdn/${file}`))
        .digest('base64')}`,
      file,
    );
  }
});

test('no file in dist/cdn contains the path of the build folder', () => {
  for (const file of readdirSync(`${root}dist/cdn`)) {
    assert.ok(!read(`dist/cdn/${file}`).includes(root), file);
  }
});

/** The messages of TypeScript's errors in a module of an application. */
function typeErrors(source: string, options: ts.CompilerOptions): string[] {
  const name = `${root}test/output/application.ts`;
  const settings: ts.CompilerOptions = {
    ...options,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    strict: true,
    noEmit: true,
    types: [],
  };
  const host = ts.createCompilerHost(settings);
  const { readFile, fileExists } = host;
  host.readFile = (file) => (file === name ? source : readFile(file));
  host.fileExists = (file) => file === name || fileExists(file);
  host.getSourceFile = (file, languageVersion) => {
    const text = host.readFile(file);
    return text === undefined ? undefined : ts.createSourceFile(file, text, languageVersion);
  };
  const program = ts.createProgram([name], settings, host);
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}
