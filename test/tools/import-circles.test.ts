import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

type Imports = ReadonlyMap<string, readonly string[]>;

const root = fileURLToPath(new URL('../../', import.meta.url));

test('no modules import each other in a circle, not even for their types', () => {
  const imports = new Map(['widget', 'signer', 'demo', 'tools'].flatMap(readImports));
  assert.ok(imports.size > 100, `${imports.size} modules`);
  assert.deepEqual(findCircles(imports).map(describe), []);
});

test('a circle of imports is found and reported by its files', () => {
  const imports = new Map([
    ['entry.ts', ['a.ts', 'shared.ts']],
    ['a.ts', ['b.ts', 'shared.ts']],
    ['b.ts', ['c.ts']],
    ['c.ts', ['a.ts', 'shared.ts']],
    ['shared.ts', []],
  ]);
  assert.deepEqual(findCircles(imports).map(describe), ['a.ts → b.ts → c.ts → a.ts']);
});

test('imports are found in every form that they can have', () => {
  const source = `
    import './side-effect.ts';
    import type { A } from './type.ts';
    export { b } from './export.ts';
    export type * from './export-type.ts';
    void import('./dynamic.ts');
    type D = import('./inline-type.ts').D;`;
  assert.deepEqual(importsOf('widget/core/file.ts', source), [
    'widget/core/side-effect.ts',
    'widget/core/type.ts',
    'widget/core/export.ts',
    'widget/core/export-type.ts',
    'widget/core/dynamic.ts',
    'widget/core/inline-type.ts',
  ]);
});

/** The modules below a folder with the files that each imports, as paths from the repository's root. */
function readImports(folder: string): [file: string, imported: string[]][] {
  const files = readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => path.posix.join(folder, file.split(path.sep).join('/')))
    .filter((file) => /\.(ts|mjs|js)$/.test(file) && !/\/(node_modules|dist)\//.test(file));
  return files.map((file) => [file, importsOf(file, readFileSync(path.join(root, file), 'utf8'))]);
}

function importsOf(file: string, source: string): string[] {
  return ts
    .preProcessFile(source)
    .importedFiles.map(({ fileName }) => fileName)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => path.posix.join(path.posix.dirname(file), specifier));
}

/** At least one circle of each group of files that import each other, as a path through it. */
function findCircles(imports: Imports): string[][] {
  const circles: string[][] = [];
  const visited = new Set<string>();
  const visit = (file: string, importers: readonly string[]): void => {
    const start = importers.indexOf(file);
    if (start >= 0) circles.push(importers.slice(start));
    if (start >= 0 || visited.has(file)) return;
    for (const imported of imports.get(file) ?? []) visit(imported, [...importers, file]);
    visited.add(file);
  };
  for (const file of imports.keys()) visit(file, []);
  return circles;
}

const describe = (circle: readonly string[]): string => [...circle, circle[0]].join(' → ');
