import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { PUBLISHED, readAllComponents, sbomOf, type Sbom } from '../../tools/sbom.mjs';

interface Manifest {
  name: string;
  version: string;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}
const root = new URL('../../', import.meta.url);
const manifestOf = (folder: string) =>
  JSON.parse(readFileSync(new URL(`${folder}/package.json`, root), 'utf8')) as Manifest;

describe('The bill of materials', () => {
  let all: Sbom;
  before(() => {
    all = readAllComponents();
  });

  const refsOf = (sbom: Sbom) => new Set(sbom.components.map((component) => component['bom-ref']));

  for (const published of PUBLISHED) {
    const { folder } = published;
    const { name, version, dependencies, optionalDependencies } = manifestOf(folder);

    it(`of ${name} is CycloneDX, and lists every dependency of the package with its version and hash`, () => {
      const sbom = sbomOf(published, all);
      assert.deepEqual([sbom.bomFormat, sbom.specVersion.startsWith('1.')], ['CycloneDX', true]);
      assert.deepEqual([sbom.metadata.component.name, sbom.metadata.component.version], [name, version]);
      const refs = refsOf(sbom);
      for (const entry of Object.entries({ ...dependencies, ...optionalDependencies }))
        assert.ok(refs.has(entry.join('@')), entry[0]);
      for (const component of sbom.components) {
        assert.ok(component.hashes?.length, component['bom-ref']);
        assert.match(component.purl, /^pkg:npm\/.+@\d/);
      }
    });

    it(`of ${name} lists what its dependencies depend on, and no tool of the repository`, () => {
      const sbom = sbomOf(published, all);
      const refs = refsOf(sbom);
      for (const { ref, dependsOn } of sbom.dependencies) {
        for (const next of dependsOn) assert.ok(refs.has(next), `${ref} needs ${next}`);
      }
      const names = new Set(sbom.components.map((component) => component.name));
      for (const tool of ['eslint', 'typescript', 'rollup', 'prettier']) assert.ok(!names.has(tool), tool);
    });

    it(`of ${name} names neither a registry nor a folder of the machine`, () => {
      const text = JSON.stringify(sbomOf(published, all));
      assert.doesNotMatch(text, /"distribution"|node_modules|\.tgz/);
    });
  }

  it('of s3-uploader lists the packages whose code is in its files', () => {
    const sbom = sbomOf(PUBLISHED[0]!, all);
    const names = new Set(sbom.components.map((component) => component.name));
    const folders = readdirSync(new URL('dist/vendor/', root));
    assert.ok(folders.length > 0);
    for (const name of ['idb-keyval', '@smithy/core', '@aws-sdk/checksums', 'lit']) assert.ok(names.has(name), name);
  });
});
