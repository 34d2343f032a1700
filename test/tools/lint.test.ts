import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';
import ts from 'typescript-eslint';

const eslint = new ESLint({
  cwd: fileURLToPath(new URL('../../', import.meta.url)),
  // the planted files are not on the disk, so rules that need types cannot run
  overrideConfig: [{ files: ['**/*.ts'], ...ts.configs.disableTypeChecked }],
});

/** The rules that report something in a file with this code, without those on unused variables. */
async function brokenRules(file: string, code: string): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath: file });
  assert.equal(result?.fatalErrorCount, 0, result?.messages[0]?.message);
  return result.messages.map(({ ruleId }) => ruleId ?? '').filter((rule) => !rule.includes('no-unused'));
}

const DIRECTION = 'project/import-direction';

for (const [file, code] of [
  ['widget/core/planted.ts', `import '../view/list.ts';`],
  ['widget/core/planted.ts', `import type { X } from '../element/events.ts';`],
  ['widget/core/planted.ts', `import { html } from 'lit';`],
  ['widget/core/planted.ts', `import fs from 'node:fs';`],
  ['widget/core/deep/planted.ts', `export * from '../../browser/xhr.ts';`],
  ['widget/core/planted.ts', `void import('../sign/contract/endpoint.ts');`],
  ['widget/view/planted.ts', `import { xhr } from '../browser/xhr.ts';`],
  ['widget/view/planted.ts', `import { S3UploaderElement } from '../element/s3-uploader.ts';`],
  ['widget/view/planted.ts', `import { Hono } from 'hono';`],
  ['widget/sign/planted.ts', `import { row } from '../view/row.ts';`],
  ['widget/browser/planted.ts', `import { endpoint } from '../sign/contract/endpoint.ts';`],
  ['widget/element/s3-uploader.ts', `import '../define.ts';`],
  ['widget/element/s3-uploader.ts', `import { createSigner } from '../../signer/core/app.ts';`],
  ['widget/index.ts', `import './define.ts';`],
  ['signer/planted.ts', `import { UploadError } from '../widget/core/protocol.ts';`],
  ['signer/planted.ts', `import type { UploadItem } from '../widget/core/item.ts';`],
  ['signer/planted.ts', `import { serve } from '../demo/serve.ts';`],
  ['signer/core/planted.ts', `import { createService } from '../service/service.ts';`],
  ['signer/auth/planted.ts', `import { readSettings } from '../service/settings.ts';`],
  ['signer/service/planted.ts', `import { createSigner } from '../index.ts';`],
  ['signer/elsewhere/planted.ts', `export const x = 1;`],
  ['widget/elsewhere/planted.ts', `export const x = 1;`],
  ['widget/view/planted.ts', `import type { RelayedEvent } from '../element/events.ts';`],
  ['widget/frameworks/planted.ts', `import { S3UploaderElement } from '../element/s3-uploader.ts';`],
  ['widget/frameworks/planted.ts', `import type { UploadItem } from '../core/item.ts';`],
  ['demo/planted.ts', `import { row } from '../widget/view/row.ts';`],
  ['demo/planted.ts', `import { startFaultProxy } from '../test/helpers/faults.ts';`],
] as const) {
  test(`the import direction rule refuses, in ${file}: ${code}`, async () => {
    assert.deepEqual(await brokenRules(file, code), [DIRECTION]);
  });
}

for (const [file, code] of [
  ['widget/core/planted.ts', `import { UploadError } from './errors.ts'; throw UploadError;`],
  ['widget/view/planted.ts', `import { html } from 'lit'; import { isActive } from '../core/item.ts';`],
  ['widget/element/s3-uploader.ts', `import { xhr } from '../browser/xhr.ts'; import { LitElement } from 'lit';`],
  ['signer/planted.ts', `import type { SignRequest } from '../widget/core/protocol.ts'; import { z } from 'zod';`],
  ['signer/service/planted.ts', `import manifest from '../package.json' with { type: 'json' };`],
  ['widget/frameworks/planted.ts', `import type { S3UploaderElement } from '../element/s3-uploader.ts';`],
  [
    'demo/planted.ts',
    `import { createSigner } from '../signer/index.ts'; import { Uploader } from '../widget/core/index.ts';`,
  ],
  ['test/core/planted.test.ts', `import { row } from '../../widget/view/row.ts';`],
] as const) {
  test(`the import direction rule allows, in ${file}: ${code}`, async () => {
    assert.deepEqual(await brokenRules(file, code), []);
  });
}

for (const code of [
  `element.innerHTML = '<b>' + name;`,
  `const { outerHTML } = element; element.outerHTML = '';`,
  `element.insertAdjacentHTML('beforeend', name);`,
  `import { unsafeHTML } from 'lit/directives/unsafe-html.js';`,
  `import { unsafeSVG } from 'lit/directives/unsafe-svg.js';`,
  'html`<p style="width: ${width}%"></p>`;',
  `element.setAttribute('style', 'width: 1px');`,
  `element.setAttribute('onclick', 'go()');`,
  `eval('1');`,
  `new Function('return 1')();`,
]) {
  test(`ESLint refuses code that a strict Content-Security-Policy or Trusted Types block: ${code}`, async () => {
    const planted = `declare const element: HTMLElement, name: string, width: number, html: any;\nexport {};\n${code}`;
    const found = await brokenRules('widget/view/planted.ts', planted);
    assert.ok(
      found.some((rule) => rule === 'no-restricted-syntax' || rule === 'no-eval' || rule === 'no-new-func'),
      String(found),
    );
  });
}

for (const name of ['document', 'window', 'navigator', 'XMLHttpRequest', 'localStorage']) {
  test(`ESLint refuses ${name} in the core`, async () => {
    assert.deepEqual(await brokenRules('widget/core/planted.ts', `export const x = ${name};`), [
      'no-restricted-globals',
    ]);
  });
}

test('ESLint refuses process.env in the signer, except in its entries', async () => {
  const code = 'export const secret = process.env.SIGNER_SECRET;';
  assert.deepEqual(await brokenRules('signer/planted.ts', code), ['no-restricted-properties']);
  assert.deepEqual(await brokenRules('signer/platforms/node/server.ts', code), []);
});
