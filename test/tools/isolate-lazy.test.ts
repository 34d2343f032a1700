import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { rollup } from 'rollup';
import type { OutputChunk } from 'rollup';
import { isolateLazy, withoutQuery } from '../../tools/isolate-lazy.mjs';
import { shareModules } from '../../tools/share-modules.mjs';

/** Builds the sources, of which `entry.js` is the entry, and writes the chunks to `folder`. */
async function bundle(
  t: TestContext,
  sources: Record<string, string>,
  host?: string,
): Promise<{ chunks: readonly OutputChunk[]; folder: string }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'isolate-lazy-'));
  t.after(() => rm(folder, { recursive: true }));
  for (const [name, code] of Object.entries(sources)) await writeFile(path.join(folder, name), code);
  const build = await rollup({ input: path.join(folder, 'entry.js'), plugins: [isolateLazy(host), shareModules()] });
  const { output } = await build.write({
    dir: path.join(folder, 'built'),
    format: 'es',
    entryFileNames: '[name].mjs',
    chunkFileNames: ({ moduleIds }) => `${path.parse(String(withoutQuery(moduleIds.at(-1)!))).name}.mjs`,
  });
  return { chunks: output.filter((file) => file.type === 'chunk'), folder: path.join(folder, 'built') };
}

test('each chunk gets its own copy of the modules that it shares with the entry and other chunks', async (t) => {
  const { chunks } = await bundle(t, {
    'entry.js': `import { shared } from './shared.js';
      console.log(shared, () => import('./one.js'), () => import('./two.js'));`,
    'shared.js': `export const shared = 'the shared text';`,
    'one.js': `import { shared } from './shared.js'; export const one = () => [shared, import('./two.js')];`,
    'two.js': `import { shared } from './shared.js'; export const two = shared + ' twice';`,
  });
  assert.equal(chunks.length, 3);
  for (const { fileName, code, imports } of chunks) {
    assert.deepEqual(imports, [], fileName);
    assert.match(code, /the shared text/, fileName);
  }
});

test('the build fails when a chunk imports the entry', async (t) => {
  await assert.rejects(
    bundle(t, {
      'entry.js': `export const kept = {}; import('./lazy.js');`,
      'lazy.js': `import { kept } from './entry.js'; console.log(kept);`,
    }),
    /imports the entry/,
  );
});

test('a build fails whose chunks share a module with mutable state', async (t) => {
  await assert.rejects(
    bundle(t, {
      'entry.js': `import { seen } from './seen.js'; seen.add(1); import('./lazy.js');`,
      'lazy.js': `import { seen } from './seen.js'; console.log(seen);`,
      'seen.js': `export const seen = new Set();`,
    }),
    /seen\.js keeps state \(seen\).*entry\.mjs, lazy\.mjs/s,
  );
});

test('a build passes whose only copy of a module keeps mutable state', async (t) => {
  const { chunks } = await bundle(t, {
    'entry.js': `export const load = () => import('./lazy.js');`,
    'lazy.js': `import { seen } from './seen.js'; seen.add(1); console.log(seen);`,
    'seen.js': `export const seen = new Set();`,
  });
  assert.equal(chunks.length, 2);
});

/** Sources of an entry, a host, and a chunk behind the host, which share a class. */
const WITH_HOST = {
  'entry.js': `export const open = (query = '') => query ? import('./host.js').then(() => null) : import('./host.js');`,
  'host.js': `import { Shared } from './shared.js'; export { Shared }; export const load = () => import('./behind.js');`,
  'shared.js': `export class Shared { text = 'the shared text'; }`,
  'behind.js': `import { Shared } from './shared.js'; export const make = () => new Shared();`,
};

const codeOf = (chunks: readonly OutputChunk[], name: string): string[] =>
  chunks.filter(({ fileName }) => fileName.startsWith(`${name}.`)).map(({ code }) => code);

test('a chunk behind the host uses the host’s modules, and imports nothing', async (t) => {
  const { chunks } = await bundle(t, WITH_HOST, 'host');
  assert.deepEqual(chunks.map(({ fileName, code }) => [fileName, code.includes('the shared text')]).sort(), [
    ['behind.mjs', false],
    ['entry.mjs', false],
    ['host.mjs', true],
  ]);
  for (const { code } of chunks) assert.doesNotMatch(code, /^import /m);
});

test('a chunk behind the host has the same classes as the host, also when the host was loaded by another URL', async (t) => {
  const { folder } = await bundle(t, WITH_HOST, 'host');
  // as after a first attempt that failed
  const exports = (await import(`${path.join(folder, 'host.mjs')}?again`)) as Record<string, unknown>;
  const { Shared, load } = [exports, ...Object.values(exports)].find(
    (each): each is { Shared: new () => object; load: () => Promise<{ make: () => object }> } => 'load' in Object(each),
  )!;
  const { make } = await load();
  assert.ok(make() instanceof Shared);
});

test('a chunk that the host and the entry load is built twice, and the one of the entry stands alone', async (t) => {
  const { chunks } = await bundle(
    t,
    { ...WITH_HOST, 'entry.js': `export const open = () => [import('./host.js'), import('./behind.js')];` },
    'host',
  );
  const copies = chunks.filter(({ facadeModuleId }) => /behind\.js/.test(facadeModuleId ?? ''));
  assert.deepEqual(copies.map(({ code }) => code.includes('the shared text')).sort(), [false, true]);
});

test('a chunk that shares nothing with the host is built once', async (t) => {
  const { chunks } = await bundle(
    t,
    {
      ...WITH_HOST,
      'entry.js': `export const open = () => [import('./host.js'), import('./behind.js')];`,
      'behind.js': `export const make = () => 'alone';`,
    },
    'host',
  );
  assert.equal(codeOf(chunks, 'behind').length, 1);
});

test('the build fails when the host shares a variable that changes', async (t) => {
  await assert.rejects(
    bundle(
      t,
      {
        ...WITH_HOST,
        'host.js': `import { count } from './shared.js'; console.log(count); export const load = () => import('./behind.js');`,
        'shared.js': `export let count = 0; export const add = () => count++;`,
        'behind.js': `import { add, count } from './shared.js'; add(); export const behind = count;`,
      },
      'host',
    ),
    /host\.mjs shares the variable count/,
  );
});
