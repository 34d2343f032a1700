import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { S3UploaderElement } from '../../widget/index.ts';
import { DOCUMENTS, withTables } from '../../tools/readme-tables.mjs';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

interface Manifest {
  modules: { declarations?: { tagName?: string; attributes?: { name: string; description?: string }[] }[] }[];
}
const manifest = JSON.parse(read('dist/custom-elements.json')) as Manifest;

for (const document of DOCUMENTS) {
  test(`the tables in ${document} are current`, async () => {
    const text = read(document);
    assert.ok((await withTables(text, manifest)) === text, `${document} is out of date: run npm run readme`);
  });
}

test('withTables replaces an outdated table and keeps the text around it', async () => {
  const stale = 'Before\n\n<!-- attributes:start -->\n\nstale\n\n<!-- attributes:end -->\n\nAfter\n';
  const current = await withTables(stale, manifest);
  assert.match(current, /^Before\n\n<!-- attributes:start -->\n\n\| Attribute +\|/);
  assert.match(current, /\n\| `endpoint` +\| string +\| .+\|\n/);
  assert.match(current, /<!-- attributes:end -->\n\nAfter\n$/);
  assert.doesNotMatch(current, /stale/);
});

test('the manifest documents exactly the attributes that the element observes', () => {
  const element = manifest.modules
    .flatMap(({ declarations }) => declarations ?? [])
    .find(({ tagName }) => tagName === 's3-uploader');
  const documented = element?.attributes ?? [];
  // `lang` is a global attribute, which the element watches on itself and on its ancestors in another way
  const observed = [...S3UploaderElement.observedAttributes, 'lang'].sort();
  assert.deepEqual(documented.map(({ name }) => name).sort(), observed);
  assert.deepEqual(
    documented.filter(({ description }) => !description),
    [],
  );
});
