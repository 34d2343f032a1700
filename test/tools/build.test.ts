import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The entries of the build, as small as they can be. */
const SOURCES = {
  'index.ts': `export const name: string = 'index';`,
  'define.ts': `import { html } from 'lit';
    import { name } from './index.ts';
    export const load = (): Promise<unknown> => import('./view/list.ts').then(({ list }) => html\`\${name} \${list()}\`);`,
  'view/list.ts': `export const list = (): string => navigator.language;`,
  'core/index.ts': `export const core: string = 'core';`,
  'browser/index.ts': `export const browser: string = 'browser';`,
  'browser/checksum-worker.ts': `self.onmessage = () => self.postMessage('checksum');`,
  'media/picture-worker.ts': `self.onmessage = () => self.postMessage('picture');`,
};

for (const name of ['C#', 'my clone é', 'a%20b', 'a?b#c']) {
  test(`the build writes the same files in a folder named "${name}" as elsewhere`, async (t) => {
    const above = await mkdtemp(path.join(os.tmpdir(), 'build-'));
    t.after(() => rm(above, { recursive: true }));
    const clone = path.join(above, name, 'clone');
    for (const file of ['rollup.config.mjs', 'tsconfig.json', 'package.json', 'tools'])
      await cp(path.join(root, file), path.join(clone, file), { recursive: true });
    await symlink(path.join(root, 'node_modules'), path.join(clone, 'node_modules'));
    for (const [file, code] of Object.entries(SOURCES)) {
      await mkdir(path.dirname(path.join(clone, 'widget', file)), { recursive: true });
      await writeFile(path.join(clone, 'widget', file), code);
    }

    await promisify(execFile)(process.execPath, [path.join(root, 'node_modules/rollup/dist/bin/rollup'), '-c'], {
      cwd: clone,
    });

    const written = (await readdir(path.join(clone, 'dist'), { recursive: true }))
      .filter((file) => file.endsWith('.js'))
      .map((file) =>
        file
          .split(path.sep)
          .join('/')
          .replace(/-[0-9a-f]{7}(?=\.js$)/, '-hash'),
      )
      .sort();
    assert.deepEqual(
      written,
      [
        ...['define', 'index', 'core/index', 'browser/index', 'browser/checksum-worker', 'media/picture-worker'],
        ...['view/list', 'cdn/s3-uploader', 'cdn/list-hash', 'cdn/checksum-worker', 'cdn/picture-worker'],
      ]
        .map((file) => `${file}.js`)
        .sort(),
    );
  });
}
