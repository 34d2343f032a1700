import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { rollup } from 'rollup';
import type { OutputChunk } from 'rollup';
import { isolateLazy } from '../../tools/isolate-lazy.mjs';

async function bundle(t: TestContext, sources: Record<string, string>): Promise<Map<string, OutputChunk>> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'isolate-lazy-'));
  t.after(() => rm(folder, { recursive: true }));
  for (const [name, code] of Object.entries(sources)) await writeFile(path.join(folder, name), code);
  const build = await rollup({ input: path.join(folder, 'entry.js'), plugins: [isolateLazy()] });
  const { output } = await build.generate({ format: 'es', chunkFileNames: '[name].js' });
  return new Map(output.filter((file) => file.type === 'chunk').map((chunk) => [chunk.fileName, chunk]));
}

test('a chunk has its own copy of what it shares with the entry and with other chunks', async (t) => {
  const chunks = await bundle(t, {
    'entry.js': `import { shared } from './shared.js';
      console.log(shared, () => import('./one.js'), () => import('./two.js'));`,
    'shared.js': `export const shared = 'the shared text';`,
    'one.js': `import { shared } from './shared.js'; export const one = () => [shared, import('./two.js')];`,
    'two.js': `import { shared } from './shared.js'; export const two = shared + ' twice';`,
  });
  assert.equal(chunks.size, 3);
  for (const { fileName, code, imports } of chunks.values()) {
    assert.deepEqual(imports, [], fileName);
    assert.match(code, /the shared text/, fileName);
  }
});

test('a build fails whose chunk imports the entry', async (t) => {
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
    /seen\.js keeps state \(seen\).*entry\.js, lazy\.js/s,
  );
});

test('a build passes whose only copy of a module keeps mutable state', async (t) => {
  const chunks = await bundle(t, {
    'entry.js': `export const load = () => import('./lazy.js');`,
    'lazy.js': `import { seen } from './seen.js'; seen.add(1); console.log(seen);`,
    'seen.js': `export const seen = new Set();`,
  });
  assert.equal(chunks.size, 2);
});
