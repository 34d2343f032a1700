import assert from 'node:assert/strict';
import { test } from 'node:test';

test('the element can be imported on a server, and defines nothing there', async () => {
  assert.equal(typeof globalThis.customElements, 'undefined');
  const { S3UploaderElement } = await import('../../widget/define.ts');
  assert.equal(typeof S3UploaderElement, 'function');
  assert.equal(typeof (await import('../../widget/index.ts')).Uploader, 'function');
});
